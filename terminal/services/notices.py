"""Notices: what a person must read, written with the events they tell about (REC-08)."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.events import (
    Event,
    NoticeAcknowledged,
    NoticeRaised,
    PaymentAcknowledged,
    PaymentApproved,
    PaymentEnded,
    PaymentReversed,
    ReversalFailed,
)
from terminal.core.state import PaymentAttempt, TerminalState

Words = tuple[str, Mapping[str, str | int]]
"""A notice before it has a number: (kind, details)."""

NOT_PAID_OUT = "cash_not_paid_out"
"""Notice, and reason of a result: the cash machine had not the coins for all it had to pay out."""
IN_CASH = {
    "payment_unknown": "cash_unknown",
    "payment_settled": "cash_settled",
    "payment_not_restored": "cash_not_restored",
}
"""Notices whose words speak of a card, and those that speak of cash instead."""
DOUBT = frozenset({"payment_unknown", "cash_unknown", "reversal_unknown"})
"""Notices that are no longer true once the terminal has said how it ended."""
BY_ITSELF = ""
"""Operator of a notice that was withdrawn, not read."""


def with_notice(
    state: TerminalState, events: tuple[Event, ...], notice: Words
) -> tuple[Event, ...]:
    """Return the events followed by a notice about them."""
    kind, details = notice
    number = state.last_notice + 1 + sum(isinstance(one, NoticeRaised) for one in events)
    return (*events, NoticeRaised(number, kind, dict(details)))


def payment_notice(kind: str, attempt: PaymentAttempt) -> Words:
    """Name the tender, the amount, the time and the last known state of an attempt (REC-08)."""
    if attempt.kind == "cash_machine":
        kind = IN_CASH.get(kind, kind)
    return kind, {
        "tender": attempt.kind,
        "n": attempt.tender,
        "sale_id": attempt.sale_id,
        "amount_minor": attempt.amount_minor,
        "at_ms": attempt.sent_at_ms or attempt.intended_at_ms,
        "state": attempt.state.value,
    }


def with_news(
    state: TerminalState, attempt: PaymentAttempt, events: tuple[Event, ...]
) -> tuple[Event, ...]:
    """Add what a person who saw the doubt must learn: how it ended, and that it is over."""
    kind = _news(events)
    if not kind:
        return events
    over = tuple(
        NoticeAcknowledged(notice.notice_id, BY_ITSELF)
        for notice in state.notices
        if notice.kind in DOUBT
        and notice.details.get("sale_id") == attempt.sale_id
        and notice.details.get("n") == attempt.tender
    )
    return with_notice(state, (*events, *over), payment_notice(kind, attempt))


def _news(events: tuple[Event, ...]) -> str:
    for event in events:
        match event:
            case PaymentApproved(acked=True) | PaymentAcknowledged():
                return "payment_settled"
            case PaymentEnded():
                return "payment_not_restored"
            case PaymentReversed():
                return "payment_reversed"
            case ReversalFailed(certain=True):
                return "reversal_refused"
            case ReversalFailed():
                return "reversal_unknown"
    return ""
