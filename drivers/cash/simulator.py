"""A simulated CashDro: coins and notes, a memory that survives, and the faults of its mechanics.

Every piece that falls in is on the disk before the next can be inserted: a real machine counts them
mechanically, and a power cut takes no cash away.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from drivers.http_device import HttpCall, HttpDevice
from drivers.simulation import DurableLines, UnknownAction, at_least

PIECES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
FLOAT = 20
"""Pieces of each denomination in a new machine."""
MIN_LEVEL, MAX_LEVEL = 5, 100
INITIAL, EXECUTING, FINISHED = "I", "E", "F"
SALE, PAYOUT = "4", "3"


@dataclass(frozen=True, slots=True)
class _Operation:
    number: str
    kind: str
    amount: int
    state: str = INITIAL
    totalin: int = 0
    totalout: int = 0
    missing: int = 0
    imported: bool = False


class CashDroSimulator(HttpDevice):
    """The simulated cash machine. ``memory`` is the file of its memory, None to forget."""

    name = "cash"

    def __init__(
        self,
        memory: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        operator: str = "admin",
        password: str = "password",  # noqa: S107 - a simulator guards nothing
    ) -> None:
        super().__init__(monotonic)
        self._memory = DurableLines(memory)
        self._operator = (operator, password)
        self._operations: dict[str, _Operation] = {}
        self._counts = dict.fromkeys(PIECES, FLOAT)
        self._jammed = False
        self._mute = ""
        self._done = DurableLines(None)
        self._in_hand: tuple[int, ...] = ()
        for record in self._memory.load():
            self._apply(record)

    def keep_ledger(self, file: Path) -> None:
        """Keep the operations that have ended, and what moved, in a file of JSON lines."""
        with self.changed:
            self._done = DurableLines(file)
            self._done.replace(
                asdict(one) for one in self._operations.values() if one.state == FINISHED
            )

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "insert": self._insert,
            "next": self._next_customer,
            "fill": self._fill,
            "jam": self._jam,
            "lose_answer": self._lose_answer,
            "ledger": self._ledger,
        }

    def _insert(self, value: int) -> Mapping[str, Any]:
        """Insert a coin or note; it falls through when the machine takes none."""
        if value not in PIECES:
            raise UnknownAction(f"{value} is no coin or note of {PIECES}")
        running = self._running()
        if not self._powered or self._jammed or running is None or running.kind != SALE:
            return {"taken": False}
        inside = replace(running, totalin=running.totalin + value)
        self._write(inside, {value: 1})
        if inside.totalin >= inside.amount:
            self._end(inside, inside.totalin - inside.amount)
        return {"taken": True}

    def _next_customer(self, pieces: list[int]) -> None:
        """Have these coins and notes inserted as soon as the next sale begins."""
        if not isinstance(pieces, list) or not set(pieces) <= set(PIECES):
            raise UnknownAction(f"pieces must be a list of coins and notes of {PIECES}")
        self._in_hand = tuple(pieces)

    def _fill(self, value: int, count: int) -> None:
        """Set how many pieces of a denomination there are."""
        if value not in PIECES:
            raise UnknownAction(f"{value} is no coin or note of {PIECES}")
        change = at_least("count", count, 0) - self._counts[value]
        self._write(None, {value: change})

    def _jam(self, on: bool) -> None:
        """Jam the mechanics, or clear them."""
        self._jammed = on

    def _lose_answer(self, operation: str) -> None:
        """Do the next request of this name, and never answer it."""
        self._mute = operation

    def _ledger(self) -> Mapping[str, Any]:
        return {
            "operations": [asdict(operation) for operation in self._operations.values()],
            "cash_minor": self._cash(),
        }

    def _visible(self) -> Mapping[str, Any]:
        running = self._running()
        return {
            "stage": "idle" if running is None else "taking" if running.kind == SALE else "paying",
            "due_minor": 0 if running is None else max(0, running.amount - running.totalin),
            "cash_minor": self._cash(),
            "jammed": self._jammed,
        }

    # --- requests ---

    def _receive(self, data: bytes) -> int:
        self._read(data)
        return len(data)

    def _serve(self, call: HttpCall) -> None:
        target = urlsplit(call.target)
        asked = dict(parse_qsl(target.query, keep_blank_values=True))
        if call.method != "GET" or target.path != "/Cashdro3WS/index.php":
            self._answer(call, 404)
            return
        code, data = self._carry_out(asked)
        if self._mute and asked.get("operation") == self._mute:
            self._mute = ""
            return
        body = {"code": code, "data": data}
        self._answer(call, 200, json.dumps(body, separators=(",", ":")).encode())

    def _carry_out(self, asked: Mapping[str, str]) -> tuple[int, object]:
        if (asked.get("name"), asked.get("password")) != self._operator:
            return -1, "Authentication Failed"
        name = asked.get("operation", "")
        if name == "startOperation":
            return self._start(asked)
        if name == "getPiecesCurrency":
            return 1, [self._piece(value) for value in PIECES]
        found = self._operations.get(asked.get("operationId", ""))
        if found is None:
            return -2, "Operation not found"
        match name:
            case "acknowledgeOperationId":
                return self._acknowledge(found)
            case "askOperation":
                return 1, json.dumps(self._told(found))
            case "finishOperation":
                return self._finish(found, asked.get("type", ""))
            case "setOperationImported":
                self._write(replace(found, imported=True), {})
                return 1, ""
        return -4, "Unknown operation"

    def _start(self, asked: Mapping[str, str]) -> tuple[int, object]:
        try:
            amount = int(json.loads(asked.get("parameters", "{}"))["amount"])
        except (ValueError, KeyError, TypeError):
            return -3, "Bad parameters"
        kind = asked.get("type", "")
        if kind not in (SALE, PAYOUT) or amount <= 0:
            return -3, "Bad parameters"
        number = str(len(self._operations) + 1)
        self._write(_Operation(number, kind, amount), {})
        return 1, number

    def _acknowledge(self, found: _Operation) -> tuple[int, object]:
        if found.state != INITIAL:
            return 1, ""
        if self._running() is not None or self._jammed:
            return -5, "Busy"
        begun = replace(found, state=EXECUTING)
        self._write(begun, {})
        if begun.kind == PAYOUT:
            self._end(begun, begun.amount)
            return 1, ""
        pieces, self._in_hand = self._in_hand, ()
        for value in pieces:
            self._insert(value)
        return 1, ""

    def _finish(self, found: _Operation, how: str) -> tuple[int, object]:
        if found.state == FINISHED:
            return -2, "Operation not in execution"
        self._end(found, found.totalin if how == "2" else 0)
        return 1, ""

    def _end(self, operation: _Operation, to_pay: int) -> None:
        """Pay out as much of ``to_pay`` as there are pieces for, and finish."""
        paid: dict[int, int] = {}
        left = to_pay
        for value in sorted(PIECES, reverse=True):
            pieces = min(left // value, self._counts[value])
            if pieces:
                paid[value] = -pieces
                left -= pieces * value
        ended = replace(
            operation, state=FINISHED, totalout=operation.totalout + to_pay - left, missing=left
        )
        self._write(ended, paid)

    # --- memory ---

    def _write(self, operation: _Operation | None, pieces: Mapping[int, int]) -> None:
        record = {
            "operation": None if operation is None else asdict(operation),
            "pieces": [[value, count] for value, count in pieces.items()],
        }
        self._memory.append([record])
        self._apply(record)
        if operation is not None and operation.state == FINISHED and not operation.imported:
            self._done.append([asdict(operation)])

    def _apply(self, record: Mapping[str, Any]) -> None:
        if record["operation"] is not None:
            operation = _Operation(**record["operation"])
            self._operations[operation.number] = operation
        for value, count in record["pieces"]:
            self._counts[value] += count

    def _running(self) -> _Operation | None:
        for operation in reversed(self._operations.values()):
            if operation.state == EXECUTING:
                return operation
        return None

    def _cash(self) -> int:
        return sum(value * count for value, count in self._counts.items())

    def _told(self, found: _Operation) -> Mapping[str, Any]:
        return {
            "operation": {
                "operationid": found.number,
                "state": found.state,
                "type": found.kind,
                "total": str(found.amount),
                "totalin": str(found.totalin),
                "totalout": str(found.totalout),
                "amountchangenotavailable": str(found.missing),
            },
            "devices": [],
            "withError": "true" if self._jammed else "false",
        }

    def _piece(self, value: int) -> Mapping[str, str]:
        return {
            "CurrencyId": "EUR",
            "Value": str(value),
            "Type": "1" if value < 500 else "2",
            "MinLevel": str(MIN_LEVEL),
            "MaxLevel": str(MAX_LEVEL),
            "LevelRecycler": str(self._counts[value]),
            "LevelCasete": "0",
        }
