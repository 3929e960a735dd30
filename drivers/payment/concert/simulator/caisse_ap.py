"""A simulated terminal that speaks Concert V3 (Caisse-AP), over TCP or on a line.

Like the real ones it goes on with a payment whose connection was cut, performs a request as often
as it is sent, and tells nobody afterwards.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from drivers.payment.concert.simulator.line import PoiLine
from drivers.payment.concert.simulator.personality import Personality
from drivers.payment.concert.simulator.wire import TricklingPoi, soonest
from drivers.payment.currency import letters_of
from drivers.payment.poi_display import LEAK
from drivers.payment.poi_plan import IN_PART
from drivers.payment.simulator import TERMINAL_ID, Running
from drivers.payment.transaction import (
    CANCELLED,
    DECLINED,
    PAYMENT,
    REFUND,
    STANDING,
    TIMED_OUT,
    Transaction,
)
from drivers.simulation import UnknownAction

SERIAL = "330538600404"
CONTRACT = "4242424"
CHEQUE = "00C"
MAX_REQUEST = 1024
MAX_TICKET_BYTES = 660
"""AK has at most 900 characters, in base64."""
_DIGITS = {"CA": 2, "CE": 3, "CJ": 12}
_REASONS = {DECLINED: "04", CANCELLED: "11", TIMED_OUT: "08", "reversed": "07"}
_BUSY, _BAD_FORMAT, _BAD_CHOICE, _UNKNOWN_ACTION, _BAD_CURRENCY = "07", "09", "10", "12", "13"


class CaisseApSimulator(TricklingPoi):
    """The terminal; ``quiet_s`` without a byte end a request over TCP. Knob: ``personality``."""

    offers = IN_PART

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        quiet_s: float = 0.05,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._personality = Personality()
        self._quiet_s = quiet_s
        self._request = b""
        self._quiet_at: float | None = None
        self._asked: Mapping[str, str] = {}
        self._asks = 0

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "personality": self._set_personality}

    def _set_personality(
        self,
        *,
        red_key_omits_amount: bool | None = None,
        pads_amount: bool | None = None,
        private: str | None = None,
        omits: tuple[str, ...] | None = None,
        duplicata: str | None = None,
        knows_status: bool | None = None,
        cancels: bool | None = None,
        reason_of_success: str | None = None,
    ) -> None:
        habits = {name: value for name, value in locals().items() if name != "self"}
        given: dict[str, Any] = {n: value for n, value in habits.items() if value is not None}
        try:
            self._personality = replace(self._personality, **given)
        except ValueError as error:
            raise UnknownAction(str(error)) from error

    # --- wire ---

    def _connected(self) -> None:
        self._request, self._quiet_at = b"", None
        super()._connected()

    def _disconnected(self) -> None:
        self._act()  # what had come whole is carried out although nobody listens
        self._request, self._quiet_at = b"", None
        super()._disconnected()

    def _stopped(self) -> None:
        self._request, self._quiet_at = b"", None
        super()._stopped()

    def _read(self, data: bytes) -> None:
        self._request = (self._request + data)[-MAX_REQUEST:]
        self._quiet_at = self.monotonic() + self._quiet_s
        self.changed.notify_all()  # who waits for an answer must be there when it is due

    def advance(self) -> float | None:
        """Take a request whose bytes have stopped coming, and do what else is due."""
        if self._quiet_at is not None and self.monotonic() >= self._quiet_at:
            self._act()
        left = None if self._quiet_at is None else self._quiet_at - self.monotonic()
        return soonest(left, super().advance())

    def _act(self) -> None:
        self._quiet_at = None
        fields = _fields(self._request)
        if fields:
            self._request = b""
            self._on_request(fields)

    def _send_answer(self, body: bytes) -> None:
        """Put an answer on the wire."""
        self._say(body)

    # --- requests ---

    def _on_request(self, asked: Mapping[str, str]) -> None:
        """Carry out one request."""
        answers: Mapping[str, Callable[[Mapping[str, str]], None]] = {
            "0": self._on_money,
            "1": self._on_money,
            "2": self._on_cancel,
            "3": self._on_duplicata,
            "I": self._on_identify,
            "B": self._on_collect,
            "T": self._on_status,
        }
        action = answers.get(asked.get("CD", ""))
        if not _is_well_formed(asked):
            self._refuse(asked, _BAD_FORMAT)
        elif action is None:
            self._refuse(asked, _UNKNOWN_ACTION)
        elif self._running is not None and action != self._on_identify:
            self._refuse(asked, _BUSY)
        else:
            action(asked)

    def _on_money(self, asked: Mapping[str, str]) -> None:
        amount, currency = _amount(asked), letters_of(asked.get("CE", ""))
        if not amount or "CE" not in asked:
            self._refuse(asked, _BAD_FORMAT)
        elif not currency:
            self._refuse(asked, _BAD_CURRENCY)
        else:
            self._asks += 1
            self._asked = asked
            if asked.get("BA") == "1":
                self._reply(asked, {"AE": "11"})
            op = PAYMENT if asked["CD"] == "0" else REFUND
            self._begin(self._asks, self._unheard_ref(asked.get("CF", "")), op, amount, currency)

    def _on_cancel(self, asked: Mapping[str, str]) -> None:
        if not self._personality.cancels:
            self._refuse(asked, _UNKNOWN_ACTION)
            return
        found = self._newest(_amount(asked), asked.get("CH", ""))
        if found is None:
            self._refuse(asked, _BAD_CHOICE)
            return
        undone, say = self._reverse(found, asked.get("CF", "cancelled"))
        if undone is None:
            self._refuse(asked, _REASONS[DECLINED])
        elif say:
            self._reply(asked, {"AE": "10", **self._ticket(asked, undone)})

    def _on_duplicata(self, asked: Mapping[str, str]) -> None:
        last = self._ledger.find_last()
        habit = self._personality.duplicata
        if habit == "refused":
            self._refuse(asked, _UNKNOWN_ACTION)
        elif last is None or last.outcome not in STANDING:
            self._refuse(asked, _BAD_CHOICE)
        elif habit == "reference":
            own = {"CF": last.ref, "CB": f"{last.authorized:02}", "CE": _number(last.currency)}
            self._reply({**asked, **own}, {"AE": "10", **self._details(last, asked)})
        else:
            self._reply(asked, {"AE": "10", **self._ticket(asked, last)})

    def _on_identify(self, asked: Mapping[str, str]) -> None:
        self._reply({**asked, "CJ": SERIAL}, {"AE": "10"})

    def _on_collect(self, asked: Mapping[str, str]) -> None:
        day = self._close_day()
        lines = ("TELECOLLECTE", f"DEBITS {day.payments}", f"CREDITS {day.refunds}")
        self._reply(asked, {"AE": "10", **_ticket_tag(asked, lines)})

    def _on_status(self, asked: Mapping[str, str]) -> None:
        found = self._ledger.find(asked.get("CF", ""))
        if not self._personality.knows_status:
            self._refuse(asked, _UNKNOWN_ACTION)
        elif found is None:
            self._refuse(asked, _BAD_CHOICE)
        elif found.outcome in STANDING:
            said = {"AE": "10", "AF": "01", **self._details(found, asked)}
            self._reply({**asked, "CB": f"{found.authorized:02}"}, said)
        else:
            self._refuse(asked, _REASONS.get(found.outcome, "00"))

    # --- answers ---

    def _tell_end(self, running: Running, said: Transaction) -> None:
        asked = dict(self._asked)
        if asked.get("BA") == "1":
            return  # it was answered when it came
        if said.ref != running.ref:
            asked["CF"] = said.ref
        if said.currency != running.currency:
            asked["CE"] = "999"
        if said.op != running.op:
            asked["CD"] = "1" if said.op == REFUND else "0"
        if said.outcome not in STANDING:
            if said.outcome == CANCELLED and self._personality.red_key_omits_amount:
                asked.pop("CB", None)
            self._refuse(asked, _REASONS[said.outcome])
            return
        asked["CB"] = f"{said.authorized:02}"
        reason = self._personality.reason_of_success
        status = {"AE": "10", **({"AF": reason} if reason else {})}
        self._reply(asked, {**status, **self._details(said, asked)})

    def _details(self, said: Transaction, asked: Mapping[str, str]) -> dict[str, str]:
        """Return what an approval says of itself, and of the card, unless it was a cheque."""
        marks = {"AC": said.approval, "CG": CONTRACT, "CH": said.transaction, "AQ": TERMINAL_ID}
        marks |= self._ticket(asked, said)
        if asked.get("CC") == CHEQUE:
            return {"CC": CHEQUE, **marks}
        pan = LEAK.replace(" ", "") if self._leaky else f"{'#' * 12}{said.last4}"
        return {
            "CC": "00B",
            "CI": "2",
            "AA": pan,
            "AB": "2709",
            "AI": said.aid,
            "AL": "1",
            **marks,
        }

    def _ticket(self, asked: Mapping[str, str], said: Transaction) -> dict[str, str]:
        return _ticket_tag(asked, said.slip)

    def _refuse(self, asked: Mapping[str, str], reason: str) -> None:
        self._reply(asked, {"AE": "01", "AF": reason})

    def _reply(self, asked: Mapping[str, str], said: Mapping[str, str]) -> None:
        """Send back what was asked, then what there is to say, CZ first and no tag twice."""
        back = {tag: value for tag, value in asked.items() if tag[0] == "C" and tag != "CK"}
        if "CB" in back and self._personality.pads_amount:
            back["CB"] = back["CB"].rjust(12, "0")
        if self._personality.private == "none" or (
            self._personality.private == "own" and said["AE"] != "10"
        ):
            back.pop("CF", None)
        elif self._personality.private == "own":
            back["CF"] = "1010000000"
        if said["AE"] == "10":
            back = {tag: value for tag, value in back.items() if tag not in self._personality.omits}
        fields = {"CZ": "0300", **back, **said}
        self._send_answer(
            "".join(f"{tag}{len(value):03}{value}" for tag, value in fields.items()).encode(
                "latin-1"
            )
        )


class CaisseApSerialSimulator(CaisseApSimulator):
    """The same terminal on a line, in the envelope of Concert."""

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._line = PoiLine(self._say, self._on_body, lambda: self._running is not None, monotonic)

    def _connected(self) -> None:
        self._line.reset()
        super()._connected()

    def _read(self, data: bytes) -> None:
        self._line.receive(data)

    def advance(self) -> float | None:
        """Do what is due on the line and in the terminal."""
        return soonest(self._line.run(), super().advance())

    def _on_body(self, body: bytes) -> None:
        fields = _fields(body)
        if fields:
            self._on_request(fields)

    def _send_answer(self, body: bytes) -> None:
        self._line.tell(body)


def _fields(data: bytes) -> dict[str, str]:
    """Return tags and values; empty when the bytes are no whole request."""
    text, place = data.decode("latin-1"), 0
    fields: dict[str, str] = {}
    while place < len(text):
        tag, size = text[place : place + 2], text[place + 2 : place + 5]
        if len(size) < 3 or not size.isdigit() or tag in fields:
            return {}
        end = place + 5 + int(size)
        if end > len(text):
            return {}
        fields[tag] = text[place + 5 : end]
        place = end
    return fields if next(iter(fields), "") == "CZ" else {}


def _is_well_formed(asked: Mapping[str, str]) -> bool:
    """Tell whether what every request must have is there, and digits where digits belong."""
    return {"CJ", "CA", "CD"} <= asked.keys() and all(
        asked[tag].isdigit() and len(asked[tag]) == size
        for tag, size in _DIGITS.items()
        if tag in asked
    )


def _amount(asked: Mapping[str, str]) -> int:
    value = asked.get("CB", "")
    return int(value) if value.isdigit() and 2 <= len(value) <= 12 else 0


def _number(letters: str) -> str:
    return {"EUR": "978"}.get(letters, "999")


def _ticket_tag(asked: Mapping[str, str], lines: tuple[str, ...]) -> dict[str, str]:
    """Return ZT with the customer's ticket, when the till asked for one."""
    if not asked.get("CK", "").startswith("1") or not lines:
        return {}
    text = "\n".join(lines).encode("latin-1", "replace")[:MAX_TICKET_BYTES]
    ticket = base64.b64encode(text).decode("ascii")
    return {"ZT": f"CK003100AK{len(ticket):03}{ticket}"}
