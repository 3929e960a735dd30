"""A stand-alone payment terminal: the cashier keys the amount there and types the result here.

Nothing connects the two.  The driver shows what to key, waits for what is typed, and can be asked
nothing afterwards: what was not typed in time is UNKNOWN, and a person with the terminal's journal
decides (rule R10).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drivers.base import Health, Status
from drivers.card_numbers import holds_card_number
from drivers.errors import DeviceFault, NotSent
from drivers.payment.base import (
    AbortAnswer,
    Capabilities,
    NotTyped,
    Outcome,
    Progress,
    Request,
    Result,
    Totals,
)
from drivers.payment.judge import check_sendable, doubt
from drivers.payment.transaction import MAX_MINOR

TYPED = (Outcome.APPROVED, Outcome.DECLINED, Outcome.CANCELLED)
"""What a cashier can read off the terminal's display."""
_APPROVAL = re.compile(r"[0-9A-Za-z]{2,12}")
CAPS = Capabilities(
    abort=False,
    query_by_ref=False,
    query_last=False,
    reversal=False,
    refund=True,
    partial=False,
    reconcile=False,
    commit_by_ack=False,
    ref_len=32,
    max_amount_minor=MAX_MINOR,
    answer_s=120.0,
)


@dataclass(frozen=True, slots=True)
class _Typed:
    outcome: Outcome
    approval_code: str


class ManualTerminal:
    """A PaymentTerminal whose wire is a person; see ``PaymentTerminal`` for its calls."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.caps = CAPS
        self._now = monotonic
        self._changed = threading.Condition()
        self._waiting: Request | None = None
        self._typed: _Typed | None = None
        self._stopped = False

    # --- for the screen ---

    def waiting(self) -> Request | None:
        """Return the request whose result is to be typed; None when there is none."""
        with self._changed:
            return self._waiting

    def answer(self, outcome: Outcome, approval_code: str = "") -> None:
        """Take what the cashier read: APPROVED with its authorisation number, or a refusal.

        Raises:
            NotTyped: nothing waits, the outcome is none of TYPED, an approval has no number of 2
                to 12 letters and digits, or that number is a card's.
        """
        if outcome not in TYPED:
            raise NotTyped(f"{outcome} cannot be read off a terminal")
        if outcome is Outcome.APPROVED:
            if not _APPROVAL.fullmatch(approval_code):
                raise NotTyped("an approval has an authorisation number of 2 to 12 characters")
            if holds_card_number(approval_code):
                raise NotTyped("this is a card number")
        with self._changed:
            if self._waiting is None or self._typed is not None:
                raise NotTyped("no result is waited for")
            self._typed = _Typed(outcome, approval_code if outcome is Outcome.APPROVED else "")
            self._changed.notify_all()

    # --- the terminal itself ---

    def open(self, timeout_s: float) -> Status:
        """Begin; there is nothing to connect to."""
        del timeout_s
        with self._changed:
            self._stopped = False
        return self.status(0)

    def status(self, timeout_s: float) -> Status:
        """Return READY: whether the terminal works is seen by the person before it."""
        del timeout_s
        return Status(Health.READY, ("busy",) if self.waiting() else (), self._now(), "manual")

    def baseline(self, timeout_s: float) -> Mapping[str, str]:
        """Return nothing: a terminal that is not connected leaves no marks."""
        del timeout_s
        return {}

    def close(self) -> None:
        """Wait no more: a result that was not typed is UNKNOWN."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # --- money ---

    def payment(
        self,
        request: Request,
        commit: Callable[[Result], None],
        on_progress: Callable[[Progress], None],
        timeout_s: float,
    ) -> Result:
        """Show the amount and wait for the typed result. Raises NotSent, and as ``commit``."""
        check_sendable(request, self.caps)
        deadline = self._now() + timeout_s
        with self._changed:
            if self._waiting is not None:
                raise NotSent("another result is still to be typed")
            self._waiting, self._typed = request, None
        try:
            on_progress(Progress("text", "key_amount_at_terminal"))
            typed = self._wait(deadline)
        finally:
            with self._changed:
                self._waiting = None
        if typed is None:
            return doubt(request, "nobody typed what the terminal said")
        if typed.outcome is not Outcome.APPROVED:
            return Result(typed.outcome, request.ref, evidence="typed by the cashier")
        result = Result(
            Outcome.APPROVED,
            request.ref,
            authorized_minor=request.amount_minor,
            poi_transaction_id=typed.approval_code,
            approval_code=typed.approval_code,
            terminal_id="manual",
            entry_mode="manual",
            evidence="typed by the cashier",
        )
        commit(result)
        return result

    def reversal(
        self, original: Request, poi_transaction_id: str, ref: str, timeout_s: float
    ) -> Result:
        """Return DECLINED, certainly not undone: the cashier undoes it at the terminal."""
        del original, poi_transaction_id, timeout_s
        return Result(Outcome.DECLINED, ref, evidence="undo it at the terminal, then type it")

    def abort(self, timeout_s: float) -> AbortAnswer:
        """Return UNSUPPORTED while a result is waited for: only its own red key stops it."""
        del timeout_s
        return AbortAnswer.UNSUPPORTED if self.waiting() else AbortAnswer.TOO_LATE

    def transaction_status(self, request: Request, timeout_s: float) -> Result:
        """Return UNKNOWN: nothing can be asked; a person looks at the terminal's journal."""
        del timeout_s
        return doubt(request, "read the terminal's last receipt: it is not connected")

    def reconcile(self, timeout_s: float) -> Totals:
        """Raise DeviceFault: the day is closed at the terminal itself."""
        del timeout_s
        raise DeviceFault("close the day at the terminal itself")

    def _wait(self, deadline: float) -> _Typed | None:
        with self._changed:
            while self._typed is None and not self._stopped:
                left = deadline - self._now()
                if left <= 0:
                    return None
                self._changed.wait(left)
            return self._typed
