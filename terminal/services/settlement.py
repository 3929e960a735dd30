"""What an answer of the payment terminal means for the books.

Every function moves one attempt by one answer and writes it; an answer for an attempt that is final
already changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.payment.base import Outcome, Result
from terminal.core import payment
from terminal.core.errors import Refused
from terminal.core.events import Event, HelpCalled, ReversalFailed
from terminal.core.policy import Moment
from terminal.core.printing import queue
from terminal.core.state import CardResult, PaymentAttempt, PaymentState, TerminalState
from terminal.services.notices import NOT_PAID_OUT, payment_notice, with_news, with_notice
from terminal.services.session import Decision, Session

APPROVED = frozenset({Outcome.APPROVED, Outcome.PARTIAL})
ENDINGS = {
    Outcome.DECLINED: "declined",
    Outcome.CANCELLED: "cancelled",
    Outcome.TIMED_OUT: "timed_out",
    Outcome.NOT_PROCESSED: "not_processed",
    Outcome.REVERSED: "reversed",
}
BEING_UNDONE = frozenset({PaymentState.REVERSING, PaymentState.REVERSE_UNKNOWN})
DOUBTED = frozenset({PaymentState.UNKNOWN, PaymentState.REVERSE_UNKNOWN})


class Settlement:
    """Writes outcomes of attempts; ``on_doubt`` is called when one stays unknown."""

    def __init__(self, session: Session, on_doubt: Callable[[], None]) -> None:
        self._session = session
        self._on_doubt = on_doubt
        self.recovering = False
        """True while a start settles what the last run left open: every end is news then."""

    async def settle(self, attempt_id: str, result: Result) -> Decision:
        """Move an attempt by what the terminal said, when it still can be moved."""
        attempt = self._session.state.attempts.get(attempt_id)
        if attempt is None:
            return ()  # booked by the commit, before the acknowledgement went out
        if attempt.state in BEING_UNDONE:
            return await self.settle_reversal(attempt, result)
        if result.outcome in APPROVED:
            if attempt.state is PaymentState.APPROVED_UNACKED:
                return await self._acknowledge(attempt_id)
            return await self.approve(attempt_id, result, acked=True)
        if result.outcome in ENDINGS:
            outcome = ENDINGS[result.outcome]
            return await self.end(attempt_id, outcome, result.native_code, result.native_text)
        if attempt.state is PaymentState.UNKNOWN:
            return ()
        return await self.unknown(attempt_id, result.evidence)

    async def approve(self, attempt_id: str, result: Result, *, acked: bool) -> Decision:
        """Write an approval; ``acked`` also books it, and completes a sale that it pays."""

        def decide(state: TerminalState) -> Decision:
            events = payment.approve(
                state,
                attempt_id,
                amount_minor=result.authorized_minor,
                acked=acked,
                card=card_result(result),
                policy=self._session.policy,
            )
            return self._with_what_is_owed(state, events, attempt_id, result)

        return await self._move(attempt_id, decide)

    def _with_what_is_owed(
        self, state: TerminalState, events: tuple[Event, ...], attempt_id: str, result: Result
    ) -> tuple[Event, ...]:
        """Tell staff of coins that the cash machine had to pay out and had not."""
        if result.native_code != NOT_PAID_OUT:
            return events
        attempt = state.attempts[attempt_id]
        owed: Mapping[str, str | int] = {
            "sale_id": attempt.sale_id,
            "amount_minor": int(result.native_text),
        }
        called = self._session.policy.role == "kiosk" and not state.help_reason
        help_ = (HelpCalled(NOT_PAID_OUT),) if called else ()
        return with_notice(state, (*events, *help_), (NOT_PAID_OUT, owed))

    async def _acknowledge(self, attempt_id: str) -> Decision:
        return await self._move(
            attempt_id,
            lambda state: payment.acknowledge(state, attempt_id, self._session.policy),
        )

    async def end(self, attempt_id: str, outcome: str, code: str, text: str) -> Decision:
        """Write a definite negative."""
        return await self._move(
            attempt_id, lambda state: payment.end(state, attempt_id, outcome, code, text)
        )

    async def unknown(self, attempt_id: str, evidence: str) -> Decision:
        """Write that nobody can say, and tell a person (REC-08)."""

        def decide(state: TerminalState) -> Decision:
            events = payment.unknown(state, attempt_id, "no_answer", evidence)
            if self._session.policy.role == "kiosk":
                events = (*events, *self._call_staff(state, attempt_id))
            attempt = state.attempts[attempt_id]
            return with_notice(state, events, payment_notice("payment_unknown", attempt))

        recorded = await self._move(attempt_id, decide)
        self._on_doubt()
        return recorded

    def _call_staff(self, state: TerminalState, attempt_id: str) -> tuple[Event, ...]:
        """The shopper gets a slip that proves the interruption, and help comes by itself."""
        sale_id = state.attempts[attempt_id].sale_id
        slip = queue(
            state, self._session.policy, kind="interruption", sale_id=sale_id, receipt_number=""
        )
        return (slip,) if state.help_reason else (slip, HelpCalled("payment_unknown"))

    async def _move(self, attempt_id: str, decide: Callable[[TerminalState], Decision]) -> Decision:
        """Write a move, unless the attempt became final while we were waiting for our turn.

        A person is told of the end of what a power cut or a silent terminal had left open.
        """

        def told(state: TerminalState, _: Moment) -> Decision:
            attempt = state.attempts.get(attempt_id)
            if attempt is None:
                return ()
            events = decide(state)
            if isinstance(events, Refused):
                return events
            failed = any(isinstance(event, ReversalFailed) for event in events)
            is_news = self.recovering or attempt.state in DOUBTED or failed
            return with_news(state, attempt, events) if is_news else events

        return await self._session.record(told)

    async def settle_reversal(self, attempt: PaymentAttempt, result: Result) -> Decision:
        """Write how undoing an approval ended: undone, refused for certain, or not known."""
        attempt_id = attempt.attempt_id
        if result.outcome is Outcome.REVERSED:
            return await self._move(
                attempt_id,
                lambda state: payment.reversed_(state, attempt_id, result.poi_transaction_id),
            )
        certain = result.outcome is Outcome.DECLINED or result.outcome in APPROVED
        if not certain and attempt.state is PaymentState.REVERSE_UNKNOWN:
            return ()

        recorded = await self._move(
            attempt_id,
            lambda state: payment.reversal_failed(state, attempt_id, certain, result.evidence),
        )
        self._on_doubt()
        return recorded


def card_result(result: Result) -> CardResult:
    """Return what may be kept of a terminal's answer."""
    return CardResult(
        approval_code=result.approval_code,
        poi_transaction_id=result.poi_transaction_id,
        terminal_id=result.terminal_id,
        brand=result.brand,
        last4=result.last4,
        entry_mode=result.entry_mode,
        aid=result.aid,
        slip=result.slip,
    )
