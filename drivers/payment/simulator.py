"""A payment terminal made of software: display, keys, memory, and every way of going wrong.

It records an outcome in its journal, synced, before it answers, so that the program it runs in can
be killed at any moment and the truth about the money is still there.

How the next requests end (knob ``next``, a queue; approve when it is empty):

    approve, decline, cancel, time_out   as they say
    partial       approves ``amount_minor``, by default half of what was asked
    stall         works on it for ever: an enquiry says running; abort or a power cycle ends it
    late_answer   as stall, but approves after ``delay_s`` and cannot be aborted
    lose_answer   approves and records, but the result is never sent
    unplug        the link dies when the request has arrived; recorded as approved when ``approved``
                  is true, and by a seeded coin when it is not given
    mismatch      answers with another ``field``: amount (taken so as well), ref, currency or op
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.payment.ledger import Ledger
from drivers.payment.poi_display import Screen, screen_of
from drivers.payment.simple_protocol import FrameDecoder, Transaction, encode_frame
from drivers.payment.simple_protocol import MAX_MINOR
from drivers.simulation import DurableLines, SimulatedDevice, UnknownAction, at_least

OUTCOMES = (
    "approve", "decline", "cancel", "time_out", "partial", "stall", "late_answer", "lose_answer",
    "unplug", "mismatch",
)
MISMATCHES = ("amount", "ref", "currency", "op")
MAX_PLANNED = 1000
TERMINAL_ID = "SIM00001"
LEAK = "4242 4242 4242 4242"
"""A well-known test number that passes the Luhn check, for the knob ``leaky``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a request is going to end."""

    outcome: str = "approve"
    approved: bool | None = None
    delay_s: float = 2.0
    amount_minor: int = 0
    field: str = "amount"


@dataclass(slots=True)
class _Running:
    """The request that the terminal works on."""

    n: int
    ref: str
    op: str
    amount: int
    currency: str
    stage: str
    listening: bool = True
    """The connection that asked is still there."""
    plan: Plan | None = None
    due: float | None = None


class PoiSimulator(SimulatedDevice):
    """The simulated payment terminal. ``memory`` is the file of its journal, None to forget."""

    name = "poi"

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(monotonic)
        self._seed = seed
        self._ledger = Ledger(DurableLines(memory))
        self._ledger.undo_unacked()
        self._decoder = FrameDecoder()
        self._plans: deque[Plan] = deque()
        self._reversals: deque[str] = deque()
        self._running: _Running | None = None
        self._auto = True
        self._mute = False
        self._leaky = False
        self._commit_by_ack = False
        self._last_outcome = ""

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "next": self._plan,
            "next_reversal": self._plan_reversal,
            "auto": self._set_auto,
            "mute": self._set_mute,
            "leaky": self._set_leaky,
            "commit_by_ack": self._set_commit_by_ack,
            "present_card": self._present_card,
            "press": self._press,
            "ledger": self._show_ledger,
        }

    def _plan(
        self,
        outcome: str,
        approved: bool | None = None,
        delay_s: float = 2.0,
        amount_minor: int = 0,
        field: str = "amount",
    ) -> None:
        if outcome not in OUTCOMES:
            raise UnknownAction(f"outcome {outcome!r} is none of {', '.join(OUTCOMES)}")
        if field not in MISMATCHES:
            raise UnknownAction(f"field {field!r} is none of {', '.join(MISMATCHES)}")
        if len(self._plans) >= MAX_PLANNED:
            raise UnknownAction(f"no more than {MAX_PLANNED} outcomes can be planned")
        at_least("amount_minor", amount_minor, 0)
        self._plans.append(Plan(outcome, approved, delay_s, amount_minor, field))

    def _plan_reversal(self, outcome: str) -> None:
        if outcome not in ("approve", "decline", "lose_answer"):
            raise UnknownAction("a reversal can approve, decline or lose_answer")
        if len(self._reversals) >= MAX_PLANNED:
            raise UnknownAction(f"no more than {MAX_PLANNED} outcomes can be planned")
        self._reversals.append(outcome)

    def _set_auto(self, on: bool) -> None:
        self._auto = on

    def _set_mute(self, on: bool) -> None:
        self._mute = on

    def _set_leaky(self, on: bool) -> None:
        self._leaky = on

    def _set_commit_by_ack(self, on: bool) -> None:
        self._commit_by_ack = on

    def _show_ledger(self) -> Mapping[str, Any]:
        return {"ledger": self._ledger.entries()}

    def _present_card(self) -> None:
        if self._running is not None and self._running.stage == "card":
            self._running.stage = "pin"
            self._news("pin")

    def _press(self, key: str) -> None:
        if key not in ("ok", "cancel", "red"):
            raise UnknownAction(f"key {key!r} is none of ok, cancel, red")
        running = self._running
        if running is None or running.stage not in ("card", "pin"):
            return
        if key != "ok":
            self._end("cancelled", "cancelled by the customer")
        elif running.stage == "pin":
            self._decide()

    def _visible(self) -> Mapping[str, Any]:
        screen: Screen = screen_of(
            powered=self._powered,
            stage="" if self._running is None else self._running.stage,
            op="" if self._running is None else self._running.op,
            amount_minor=0 if self._running is None else self._running.amount,
            currency="" if self._running is None else self._running.currency,
            last_outcome=self._last_outcome,
        )
        return {
            "display": list(screen.lines),
            "stage": screen.stage,
            "keys": list(screen.keys),
            "ref": "" if self._running is None else self._running.ref,
            "auto": self._auto,
            "planned": [plan.outcome for plan in self._plans],
            "transactions": self._ledger.count,
        }

    # --- wire and power ---

    def _connected(self) -> None:
        self._decoder = FrameDecoder()
        self._ledger.undo_unacked()

    def _disconnected(self) -> None:
        self._ledger.undo_unacked()
        if self._running is not None:
            self._running.listening = False

    def _stopped(self) -> None:
        self._running = None

    def advance(self) -> float | None:
        """Give a late answer when its time has come."""
        running = self._running
        if running is None or running.due is None:
            return None
        left = running.due - self.monotonic()
        if left > 0:
            return left
        running.due = None
        self._approve(running.amount)
        return None

    def _receive(self, data: bytes) -> int:
        if not self._mute:
            for message in self._decoder.receive(data):
                self._answer(message)
        return len(data)

    def _answer(self, message: Mapping[str, Any]) -> None:
        n, kind = message.get("n"), message.get("type")
        if not isinstance(n, int) or not isinstance(kind, str):
            return
        answers: Mapping[str, Callable[[int, Mapping[str, Any]], None]] = {
            "hello": self._on_hello,
            "status": self._on_status,
            "payment": self._on_payment,
            "ack": self._on_ack,
            "abort": self._on_abort,
            "enquire": self._on_enquire,
            "reverse": self._on_reverse,
        }
        answer = answers.get(kind)
        if answer is None:
            self._reply("refused", n, code="bad_request", text="unknown request")
        else:
            answer(n, message)

    def _reply(self, kind: str, n: int, /, **fields: Any) -> None:
        self._say(encode_frame({"type": kind, "n": n, **fields}))

    # --- requests ---

    def _on_hello(self, n: int, message: Mapping[str, Any]) -> None:
        del message
        self._reply("hello", n, terminal=TERMINAL_ID, model="Simulated POI",
                    commit_by_ack=self._commit_by_ack)

    def _on_status(self, n: int, message: Mapping[str, Any]) -> None:
        del message
        self._reply("state", n, busy=self._busy(), last=self._ledger.last(),
                    trace=f"{self._ledger.count:06}")

    def _on_payment(self, n: int, message: Mapping[str, Any]) -> None:
        ref, op = message.get("ref"), message.get("op")
        amount, currency = message.get("amount"), message.get("currency")
        if (
            not isinstance(ref, str) or not 0 < len(ref) <= 40
            or op not in ("payment", "refund")
            or not isinstance(amount, int) or not 0 < amount <= MAX_MINOR
            or not isinstance(currency, str) or len(currency) != 3
        ):
            self._reply("refused", n, code="bad_request", text="not a payment")
        elif self._running is not None:
            self._reply("refused", n, code="busy", text="another request is running")
        elif self._ledger.find(ref) is not None:
            self._reply("refused", n, code="reference_used", text="the reference was used before")
        else:
            self._running = _Running(n, ref, op, amount, currency, "card")
            self._news("insert_card")
            if self._auto:
                self._decide()

    def _on_ack(self, n: int, message: Mapping[str, Any]) -> None:
        self._ledger.ack(str(message.get("ref")))
        self._reply("acked", n)

    def _on_abort(self, n: int, message: Mapping[str, Any]) -> None:
        running = self._running
        accepted = (
            running is not None
            and message.get("ref") in ("", running.ref)
            and running.due is None
        )
        self._reply("abort", n, accepted=accepted)
        if accepted:
            self._end("cancelled", "cancelled by the cash register")

    def _on_enquire(self, n: int, message: Mapping[str, Any]) -> None:
        ref = message.get("ref")
        found = self._ledger.find(ref) if isinstance(ref, str) else None
        if self._running is not None and self._running.ref == ref:
            self._reply("record", n, state="running", busy=self._busy())
        elif found is None:
            self._reply("record", n, state="none", busy=self._busy())
        else:
            self._reply("record", n, state="final", busy=self._busy(), transaction=_plain(found))

    def _on_reverse(self, n: int, message: Mapping[str, Any]) -> None:
        found = self._ledger.find(str(message.get("original")))
        plan = self._reversals.popleft() if self._reversals else "approve"
        if found is None or found.transaction != message.get("transaction"):
            self._reply("refused", n, code="not_found", text="no such transaction")
        elif plan == "decline":
            self._reply("refused", n, code="declined", text="the reversal was declined")
        else:
            if self._ledger.stands(found.ref):
                found = self._ledger.reverse(found.ref, str(message.get("ref")))
            if plan != "lose_answer":
                self._reply("reversed", n, transaction=_plain(found))

    # --- how a request ends ---

    def _busy(self) -> str:
        return "" if self._running is None else self._running.ref

    def _news(self, kind: str) -> None:
        if self._running is not None and self._running.listening:
            self._reply("news", self._running.n, kind=kind, text="")

    def _decide(self) -> None:
        """Let the request that runs end as planned."""
        running = self._running
        if running is None:
            return
        plan = running.plan = self._plans.popleft() if self._plans else Plan()
        running.stage = "online"
        self._news("online")
        match plan.outcome:
            case "approve":
                self._approve(running.amount)
            case "decline":
                self._end("declined", "declined by the issuer", code="05")
            case "cancel":
                self._end("cancelled", "cancelled by the customer")
            case "time_out":
                self._end("timed_out", "no card was presented")
            case "partial":
                self._approve(plan.amount_minor or max(1, running.amount // 2))
            case "late_answer":
                running.due = self.monotonic() + plan.delay_s
            case "lose_answer":
                running.listening = False
                self._approve(running.amount)
            case "unplug":
                self._unplug_during(running, plan)
            case "mismatch":
                self._mismatch(running, plan.field)

    def _unplug_during(self, running: _Running, plan: Plan) -> None:
        running.listening = False
        coin = random.Random(f"{self._seed}:{running.ref}")  # noqa: S311 - a fault, not a secret
        if coin.random() < 0.5 if plan.approved is None else plan.approved:
            self._approve(running.amount)
        self._running = None
        self._unplug()

    def _mismatch(self, running: _Running, field: str) -> None:
        if field == "amount":
            running.amount += 1
            self._approve(running.amount)
            return
        listening, running.listening = running.listening, False
        told = self._approve(running.amount)
        wrong: dict[str, Any] = {
            "ref": {"ref": "ANOTHER"},
            "currency": {"currency": "XXX"},
            "op": {"op": "refund" if running.op == "payment" else "payment"},
        }[field]
        if listening:
            self._reply("result", running.n, transaction=_plain(replace(told, **wrong)))

    def _approve(self, authorized: int) -> Transaction:
        number = self._ledger.count + 1
        outcome = "approved" if self._running and authorized == self._running.amount else "partial"
        return self._end(
            outcome, "approved", code="00", authorized=authorized,
            transaction=f"{TERMINAL_ID}-{number:06}", approval=f"A{number:05}", brand="CB",
            last4="4242", entry="contactless", aid="A0000000421010",
            slip=_slip(self._running, authorized, number, leaky=self._leaky),
        )

    def _end(self, outcome: str, text: str, **more: Any) -> Transaction:
        """Record the outcome, then tell the host, if it still listens."""
        running = self._running
        if running is None:
            raise UnknownAction("nothing is running")
        if self._leaky:
            text = f"{text} {LEAK}"
        said = Transaction(
            ref=running.ref, op=running.op, amount=running.amount, currency=running.currency,
            outcome=outcome, text=text, terminal=TERMINAL_ID, **more,
        )
        paid = outcome in ("approved", "partial")
        self._ledger.end(said, to_be_acked=paid and self._commit_by_ack)
        self._running = None
        self._last_outcome = outcome
        if running.listening:
            self._reply("result", running.n, transaction=_plain(said))
        return said


def _plain(transaction: Transaction) -> dict[str, Any]:
    return {
        name: getattr(transaction, name) for name in transaction.__dataclass_fields__
    }


def _slip(
    running: _Running | None, authorized: int, number: int, *, leaky: bool
) -> tuple[str, ...]:
    if running is None:
        return ()
    return (
        "CARTE BANCAIRE SANS CONTACT",
        "A0000000421010",
        f"TERMINAL {TERMINAL_ID}",
        LEAK if leaky else "************4242",
        f"{'DEBIT' if running.op == 'payment' else 'CREDIT'} "
        f"{authorized // 100}.{authorized % 100:02} {running.currency}",
        f"AUTO A{number:05}",
    )
