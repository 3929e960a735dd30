"""What each fact of a payment changes: the attempt, and the tender that stands for it.

The table of legal moves is ``core.payment``; a fact that it does not allow raises IllegalEvent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core import payment, sale_facts
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    Event,
    PaymentAcknowledged,
    PaymentApproved,
    PaymentEnded,
    PaymentIntended,
    PaymentResolved,
    PaymentReversed,
    PaymentReversing,
    PaymentSending,
    PaymentsReconciled,
    PaymentUnknown,
    ReversalFailed,
    TenderBooked,
)
from terminal.core.frozen import replace
from terminal.core.policy import Moment
from terminal.core.state import (
    CardResult,
    PaymentAttempt,
    PaymentState,
    Sale,
    SaleStatus,
    Tender,
    TenderStatus,
    TerminalState,
)

_P = PaymentState


def _stands(state: TerminalState, attempt: PaymentAttempt) -> TerminalState:
    attempts = MappingProxyType({**state.attempts, attempt.attempt_id: attempt})
    return replace(state, attempts=attempts)


def _gone(state: TerminalState, attempt: PaymentAttempt) -> TerminalState:
    left = {key: value for key, value in state.attempts.items() if key != attempt.attempt_id}
    return replace(state, attempts=MappingProxyType(left))


def _moved(
    state: TerminalState, attempt_id: str, to: PaymentState, **changes: Any
) -> tuple[TerminalState, PaymentAttempt]:
    attempt = payment.standing(state, attempt_id)
    payment.check_move(attempt, to)
    attempt = replace(attempt, state=to, **changes)
    return _stands(state, attempt), attempt


def _mark(
    state: TerminalState, attempt: PaymentAttempt, status: TenderStatus, reason: str
) -> TerminalState:
    sale = payment.sale_of(state, attempt)
    tender = sale.tender(attempt.tender)
    if tender is None:
        raise IllegalEvent(f"payment {attempt.attempt_id}: tender {attempt.tender} is missing")
    marked = replace(tender, status=status, reason=reason)
    return replace(state, sale=sale_facts.with_tender(sale, marked))


def _on_screen(state: TerminalState, sale_id: str) -> Sale:
    sale = state.sale
    if sale is None or sale.sale_id != sale_id:
        raise IllegalEvent(f"sale {sale_id} is not on the screen")
    return sale


def _intended(state: TerminalState, event: PaymentIntended, moment: Moment) -> TerminalState:
    sale = _on_screen(state, event.sale_id)
    if sale.status is not SaleStatus.TENDERING or state.attempts:
        raise IllegalEvent(f"payment {event.attempt_id} comes at the wrong time")
    if event.sequence != state.last_attempt + 1 or event.tender != len(sale.tenders) + 1:
        raise IllegalEvent(f"payment {event.attempt_id} is out of order")
    attempt = PaymentAttempt(
        attempt_id=event.attempt_id,
        sale_id=event.sale_id,
        tender=event.tender,
        sequence=event.sequence,
        terminal_id=event.terminal_id,
        operation=event.operation,
        amount_minor=event.amount_minor,
        currency=event.currency,
        reference=event.reference,
        state=_P.INTENT,
        intended_at_ms=moment.at_ms,
    )
    sign = -1 if event.operation == "refund" else 1
    tender = Tender(
        n=event.tender,
        kind=attempt.kind,
        amount_minor=sign * event.amount_minor,
        status=TenderStatus.PENDING,
        attempt_id=event.attempt_id,
        terminal_id=event.terminal_id,
        reference=event.reference,
    )
    state = _stands(state, attempt)
    return replace(state, sale=sale_facts.with_tender(sale, tender), last_attempt=event.sequence)


def _sending(state: TerminalState, event: PaymentSending, moment: Moment) -> TerminalState:
    baseline = MappingProxyType(dict(event.baseline))
    return _moved(state, event.attempt_id, _P.SENDING, sent_at_ms=moment.at_ms, baseline=baseline)[
        0
    ]


def _approved(state: TerminalState, event: PaymentApproved, _moment: Moment) -> TerminalState:
    card = CardResult(
        approval_code=event.approval_code,
        poi_transaction_id=event.poi_transaction_id,
        terminal_id=event.terminal_id,
        brand=event.brand,
        last4=event.last4,
        entry_mode=event.entry_mode,
        aid=event.aid,
        slip=event.slip,
    )
    to = _P.APPROVED if event.acked else _P.APPROVED_UNACKED
    state, attempt = _moved(
        state, event.attempt_id, to, approved=card, approved_minor=event.amount_minor
    )
    if not payment.can_be_approved(attempt, event.amount_minor):
        raise IllegalEvent(f"payment {event.attempt_id}: approved {event.amount_minor}")
    return _mark(state, attempt, TenderStatus.PENDING, "")


def _acknowledged(
    state: TerminalState, event: PaymentAcknowledged, _moment: Moment
) -> TerminalState:
    return _moved(state, event.attempt_id, _P.APPROVED)[0]


def _ended(state: TerminalState, event: PaymentEnded, _moment: Moment) -> TerminalState:
    if event.outcome not in payment.ENDINGS:
        raise IllegalEvent(f"payment {event.attempt_id}: {event.outcome!r} is no ending")
    outcome = PaymentState(event.outcome)
    state, attempt = _moved(state, event.attempt_id, outcome)
    undone = outcome is _P.REVERSED
    status = TenderStatus.REVERSED if undone else TenderStatus.DECLINED
    return _gone(_mark(state, attempt, status, event.outcome), attempt)


def _unknown(state: TerminalState, event: PaymentUnknown, _moment: Moment) -> TerminalState:
    state, attempt = _moved(state, event.attempt_id, _P.UNKNOWN, reason=event.reason)
    return _mark(state, attempt, TenderStatus.UNKNOWN, event.reason)


def _resolved(state: TerminalState, event: PaymentResolved, _moment: Moment) -> TerminalState:
    before = payment.standing(state, event.attempt_id).state
    paid = event.outcome == "paid"
    to = _P.MANUAL_PAID if paid else _P.MANUAL_NOT_PAID
    state, attempt = _moved(state, event.attempt_id, to)
    if before is _P.REVERSE_UNKNOWN:
        return _gone(state, attempt)
    if paid:
        return _mark(state, attempt, TenderStatus.PENDING, to)
    return _gone(_mark(state, attempt, TenderStatus.DECLINED, to), attempt)


def _booked(state: TerminalState, event: TenderBooked, _moment: Moment) -> TerminalState:
    sale = sale_facts.booked(_on_screen(state, event.sale_id), event)
    if not event.attempt_id:
        return replace(state, sale=sale)
    state, attempt = _moved(state, event.attempt_id, _P.BOOKED)
    tender = sale.tender(event.tender)
    if tender is not None and attempt.approved is not None:
        sale = sale_facts.with_tender(sale, replace(tender, card=attempt.approved))
    return replace(_gone(state, attempt), sale=sale)


def _reversing(state: TerminalState, event: PaymentReversing, moment: Moment) -> TerminalState:
    payment.reversing(state, event.attempt_id, event.reason, event.reference)
    sale = state.sale
    tender = next(t for t in sale.tenders if t.attempt_id == event.attempt_id) if sale else None
    if sale is None or tender is None:
        raise IllegalEvent(f"payment {event.attempt_id} is not here")
    attempt = PaymentAttempt(
        attempt_id=event.attempt_id,
        sale_id=sale.sale_id,
        tender=tender.n,
        sequence=int(tender.reference or "0"),
        terminal_id=tender.terminal_id,
        operation="refund" if tender.amount_minor < 0 else "payment",
        amount_minor=abs(tender.amount_minor),
        currency=sale.currency,
        reference=tender.reference,
        state=_P.REVERSING,
        intended_at_ms=moment.at_ms,
        sent_at_ms=moment.at_ms,
        approved=tender.card,
        approved_minor=abs(tender.amount_minor),
        reason=event.reason,
        reversal_reference=event.reference,
    )
    return _stands(state, attempt)


def _reversed(state: TerminalState, event: PaymentReversed, _moment: Moment) -> TerminalState:
    return _gone(*_moved(state, event.attempt_id, _P.REVERSED))


def _reversal_failed(state: TerminalState, event: ReversalFailed, _moment: Moment) -> TerminalState:
    to = _P.BOOKED if event.certain else _P.REVERSE_UNKNOWN
    state, attempt = _moved(state, event.attempt_id, to, reason=event.reason)
    return _gone(state, attempt) if event.certain else state


def _reconciled(state: TerminalState, _event: PaymentsReconciled, _moment: Moment) -> TerminalState:
    if state.attempts:
        raise IllegalEvent("payments are reconciled while one is not final")
    return replace(state, last_reconciled=state.last_attempt)


PAYMENT_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    PaymentIntended: _intended,
    PaymentSending: _sending,
    PaymentApproved: _approved,
    PaymentAcknowledged: _acknowledged,
    PaymentEnded: _ended,
    PaymentUnknown: _unknown,
    PaymentResolved: _resolved,
    PaymentReversing: _reversing,
    PaymentReversed: _reversed,
    ReversalFailed: _reversal_failed,
    PaymentsReconciled: _reconciled,
    TenderBooked: _booked,
}
