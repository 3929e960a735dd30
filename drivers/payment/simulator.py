"""The engine behind every simulated payment terminal: memory, keys, and every way of going wrong.

It knows no protocol.  A front end (``drivers.payment.*.simulator``) reads its protocol's bytes and
calls ``_refusal`` and ``_begin``, ``_acknowledge``, ``_abort``, ``_reverse`` and ``_close_day``;
the engine calls ``_read``, ``_tell_progress`` and ``_tell_end`` of the front end.  What it records
is synced before the front end hears of it, so that the program it runs in can be killed at any
moment and the truth about the money is still there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivers.payment.ledger import Day, Ledger
from drivers.payment.poi_display import LEAK, screen_of, slip_of
from drivers.payment.poi_plan import STANDING_ALONE, Plan, Plans
from drivers.payment.transaction import (
    APPROVED,
    CANCELLED,
    DECLINED,
    PARTIAL,
    PAYMENT,
    REFUND,
    STANDING,
    TIMED_OUT,
    Transaction,
)
from drivers.simulation import DurableLines, SimulatedDevice, UnknownAction

TERMINAL_ID = "SIM00001"
BRAND, LAST4, AID = "CB", "4242", "A0000000421010"


@dataclass(slots=True)
class Running:
    """The request that the terminal works on."""

    dialogue: int
    """The front end's mark of the conversation that asked."""
    ref: str
    op: str
    amount: int
    currency: str
    stage: str = "card"
    """``card``, ``pin`` or ``online``."""
    listening: bool = True
    """The connection that asked is still there, and is to hear the result."""
    plan: Plan | None = None
    due: float | None = None


class PoiEngine(SimulatedDevice):
    """A simulated payment terminal without its protocol.

    ``memory`` is the file of its ledger, None to forget; ``seed`` decides the coins it tosses.
    """

    name = "poi"
    offers: tuple[str, ...] = STANDING_ALONE
    """Outcomes that its protocol can tell of, for whoever plays with it."""

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(monotonic)
        self._seed = seed
        self._ledger = Ledger(DurableLines(memory))
        self._plans = Plans()
        self._running: Running | None = None
        self._auto = True
        self._mute = False
        self._leaky = False
        self._commit_by_ack = False
        self._last_outcome = ""
        self._give_up_unacked()

    def keep_ledger(self, file: Path) -> None:
        """Keep the approvals and reversals that were really made in a file of JSON lines."""
        with self.changed:
            self._ledger.keep_money(DurableLines(file))

    # --- for the front end to say ---

    def _read(self, data: bytes) -> None:
        """Take bytes from the host; not called while the terminal is mute."""

    def _tell_progress(self, running: Running, kind: str) -> None:
        """Send news of a stage: ``insert_card``, ``pin`` or ``online``."""

    def _tell_end(self, running: Running, said: Transaction) -> None:
        """Send how a request ended; not called when the answer is to be lost."""

    def _give_up_unacked(self) -> None:
        """The connection an approval waits on is gone: undo it (as ZVT does, 2.2.8)."""
        self._ledger.undo_unacked()

    # --- for the front end to call ---

    def _refusal(self, ref: str) -> str:
        """Return why a request cannot begin, ``busy`` or ``reference_used``; empty if it can."""
        if self._running is not None:
            return "busy"
        return "reference_used" if self._ledger.find(ref) is not None else ""

    def _begin(self, dialogue: int, ref: str, op: str, amount: int, currency: str) -> None:
        """Work on a request from now on; ``_refusal`` was empty."""
        self._running = Running(dialogue, ref, op, amount, currency)
        self._news("insert_card")
        if self._auto:
            self._decide()

    def _acknowledge(self, ref: str) -> None:
        """The host has the result of a reference."""
        self._ledger.ack(ref)

    def _abort(self, ref: str = "") -> bool:
        """Stop what runs (a certain reference, or anything) if it still can be; tells the end."""
        if not self._abortable(ref):
            return False
        self._end(CANCELLED, "cancelled by the cash register")
        return True

    def _abortable(self, ref: str = "") -> bool:
        running = self._running
        return running is not None and ref in ("", running.ref) and running.due is None

    def _reverse(self, found: Transaction, reason: str) -> tuple[Transaction | None, bool]:
        """Undo a transaction as planned; (as it is now, None when declined) and whether to say."""
        plan = self._plans.take_reversal()
        if plan == "decline":
            return None, True
        if self._ledger.stands(found.ref):
            found = self._ledger.reverse(found.ref, reason)
        return found, plan != "lose_answer"

    def _close_day(self) -> Day:
        """Return the totals of the day and begin a new one."""
        day = self._ledger.day()
        self._ledger.close_day()
        return day

    def _busy(self) -> str:
        return "" if self._running is None else self._running.ref

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
        self._plans.add(Plan(outcome, approved, delay_s, amount_minor, field))

    def _plan_reversal(self, outcome: str) -> None:
        self._plans.add_reversal(outcome)

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
            self._end(CANCELLED, "cancelled by the customer")
        elif running.stage == "pin":
            self._decide()

    def _visible(self) -> Mapping[str, Any]:
        running = self._running
        screen = screen_of(
            powered=self._powered,
            stage="" if running is None else running.stage,
            op="" if running is None else running.op,
            amount_minor=0 if running is None else running.amount,
            currency="" if running is None else running.currency,
            last_outcome=self._last_outcome,
        )
        return {
            "display": list(screen.lines),
            "stage": screen.stage,
            "keys": list(screen.keys),
            "ref": self._busy(),
            "auto": self._auto,
            "planned": self._plans.outcomes(),
            "offers": list(self.offers),
            "transactions": self._ledger.count,
        }

    # --- wire, power and time ---

    def _connected(self) -> None:
        self._give_up_unacked()

    def _disconnected(self) -> None:
        self._give_up_unacked()
        if self._running is not None:
            self._running.listening = False

    def _stopped(self) -> None:
        self._running = None

    def _receive(self, data: bytes) -> int:
        if not self._mute:
            self._read(data)
        return len(data)

    def advance(self) -> float | None:
        """Give a late answer when its time has come."""
        running = self._running
        if running is None or running.due is None:
            return None
        left = running.due - self.monotonic()
        if left > 0:
            return left
        running.due = None
        self._approve(running, running.amount)
        return None

    # --- how a request ends ---

    def _news(self, kind: str) -> None:
        if self._running is not None and self._running.listening:
            self._tell_progress(self._running, kind)

    def _decide(self) -> None:
        """Let the request that runs end as planned."""
        running = self._running
        if running is None:
            return
        plan = running.plan = self._plans.take()
        running.stage = "online"
        self._news("online")
        match plan.outcome:
            case "approve":
                self._approve(running, running.amount)
            case "decline":
                self._end(DECLINED, "declined by the issuer", code="05")
            case "cancel":
                self._end(CANCELLED, "cancelled by the customer")
            case "time_out":
                self._end(TIMED_OUT, "no card was presented")
            case "partial":
                self._approve(running, plan.amount_minor or max(1, running.amount // 2))
            case "late_answer":
                running.due = self.monotonic() + plan.delay_s
            case "lose_answer":
                running.listening = False
                self._approve(running, running.amount)
            case "unplug":
                self._unplug_during(running, plan)
            case "mismatch":
                self._mismatch(running, plan.field)

    def _unplug_during(self, running: Running, plan: Plan) -> None:
        running.listening = False
        coin = random.Random(f"{self._seed}:{running.ref}")  # noqa: S311 - a fault, not a secret
        if coin.random() < 0.5 if plan.approved is None else plan.approved:
            self._approve(running, running.amount)
        self._running = None
        self._unplug()

    def _mismatch(self, running: Running, field: str) -> None:
        if field == "amount":
            running.amount += 1
            self._approve(running, running.amount)
            return
        listening, running.listening = running.listening, False
        told = self._approve(running, running.amount)
        wrong: dict[str, Any] = {
            "ref": {"ref": "ANOTHER"},
            "currency": {"currency": "XXX"},
            "op": {"op": REFUND if running.op == PAYMENT else PAYMENT},
        }[field]
        if listening:
            self._tell_end(running, replace(told, **wrong))

    def _approve(self, running: Running, authorized: int) -> Transaction:
        number = self._ledger.count + 1
        approval = f"A{number:05}"
        return self._end(
            APPROVED if authorized == running.amount else PARTIAL,
            "approved",
            code="00",
            authorized=authorized,
            transaction=f"{TERMINAL_ID}-{number:06}",
            approval=approval,
            brand=BRAND,
            last4=LAST4,
            entry="contactless",
            aid=AID,
            slip=slip_of(
                TERMINAL_ID,
                running.op,
                authorized,
                running.currency,
                approval,
                leaky=self._leaky,
            ),
        )

    def _end(self, outcome: str, text: str, **more: Any) -> Transaction:
        """Record the outcome, then tell the host, if it still listens."""
        running = self._running
        if running is None:
            raise UnknownAction("nothing is running")
        if self._leaky:
            text = f"{text} {LEAK}"
        said = Transaction(
            ref=running.ref,
            op=running.op,
            amount=running.amount,
            currency=running.currency,
            outcome=outcome,
            text=text,
            terminal=TERMINAL_ID,
            **more,
        )
        self._ledger.end(said, to_be_acked=outcome in STANDING and self._commit_by_ack)
        self._running = None
        self._last_outcome = outcome
        if running.listening:
            self._tell_end(running, said)
        return said
