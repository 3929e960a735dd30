"""One attempt at a payment terminal: its states, its legal moves, and the events that make them.

    from              to
    intent            sending, not_sent
    sending           approved_unacked, approved, not_sent, declined, cancelled, timed_out,
                      not_processed, reversed, unknown
    approved_unacked  approved, declined, not_processed, reversed, unknown
    unknown           approved_unacked, approved, declined, cancelled, timed_out, not_processed,
                      reversed, unknown, manual_paid, manual_not_paid
    approved          booked
    manual_paid       booked
    booked            reversing
    manual_not_paid   reversing
    reversing         reversed, reverse_unknown, booked (refused for certain)
    reverse_unknown   reversed, reverse_unknown, booked, manual_paid, manual_not_paid

An attempt stands in the state from its intent until it is final; its sale is locked meanwhile, so
it is always the sale on the screen.  A booked payment comes back as an attempt when it is reversed.
Amounts of attempts are positive for payments and refunds alike; the tender carries the sign.

The functions take a state and return the events to record, all in one transaction.  A move that
the table does not allow raises ``IllegalEvent``: the fault is ours.  In particular an approval is
accepted for an attempt that stands (late or not), and never for one that is final: ask
``must_reverse`` what is owed to the cardholder then.

A cash machine is taken along the same way.  It "approves" what it kept of the cash that was put in,
change already paid out; its SENDING names the machine's own operation, and is durable before the
machine takes anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.basket import paid, totals
from terminal.core.completion import completion
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    Event,
    PaymentAcknowledged,
    PaymentApproved,
    PaymentEnded,
    PaymentResolved,
    PaymentReversed,
    PaymentReversing,
    PaymentSending,
    PaymentUnknown,
    ReversalFailed,
    TenderBooked,
    TenderRemoved,
)
from terminal.core.limits import MAX_AMOUNT_MINOR
from terminal.core.policy import Policy
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
from terminal.core.tenders import settle_in_cash

_P = PaymentState
_NEGATIVE = frozenset({_P.DECLINED, _P.CANCELLED, _P.TIMED_OUT, _P.NOT_PROCESSED, _P.REVERSED})

MOVES: Mapping[PaymentState, frozenset[PaymentState]] = {
    _P.INTENT: frozenset({_P.SENDING, _P.NOT_SENT}),
    _P.SENDING: _NEGATIVE | {_P.APPROVED_UNACKED, _P.APPROVED, _P.NOT_SENT, _P.UNKNOWN},
    _P.APPROVED_UNACKED: frozenset(
        {_P.APPROVED, _P.DECLINED, _P.NOT_PROCESSED, _P.REVERSED, _P.UNKNOWN}
    ),
    _P.UNKNOWN: _NEGATIVE
    | {_P.APPROVED_UNACKED, _P.APPROVED, _P.UNKNOWN, _P.MANUAL_PAID, _P.MANUAL_NOT_PAID},
    _P.APPROVED: frozenset({_P.BOOKED}),
    _P.MANUAL_PAID: frozenset({_P.BOOKED}),
    _P.BOOKED: frozenset({_P.REVERSING}),
    _P.MANUAL_NOT_PAID: frozenset({_P.REVERSING}),
    _P.REVERSING: frozenset({_P.REVERSED, _P.REVERSE_UNKNOWN, _P.BOOKED}),
    _P.REVERSE_UNKNOWN: frozenset(
        {_P.REVERSED, _P.REVERSE_UNKNOWN, _P.BOOKED, _P.MANUAL_PAID, _P.MANUAL_NOT_PAID}
    ),
}
ENDINGS = _NEGATIVE | {_P.NOT_SENT}
"""What ``PaymentEnded`` may say."""
DOUBTFUL = frozenset({_P.UNKNOWN, _P.REVERSE_UNKNOWN})
"""Only a supervisor or the terminal itself can settle these."""


def check_move(attempt: PaymentAttempt, to: PaymentState) -> None:
    """Raise IllegalEvent unless the table allows the move."""
    if to not in MOVES.get(attempt.state, frozenset()):
        raise IllegalEvent(f"payment {attempt.attempt_id}: {attempt.state} -> {to}")


def standing(state: TerminalState, attempt_id: str) -> PaymentAttempt:
    """Return an attempt that is not final; IllegalEvent when there is none of this id."""
    attempt = state.attempts.get(attempt_id)
    if attempt is None:
        raise IllegalEvent(f"no payment {attempt_id} stands")
    return attempt


def sale_of(state: TerminalState, attempt: PaymentAttempt) -> Sale:
    """Return the sale that an attempt locks: always the one on the screen."""
    sale = state.sale
    if sale is None or sale.sale_id != attempt.sale_id:
        raise IllegalEvent(f"payment {attempt.attempt_id}: sale {attempt.sale_id} is not here")
    return sale


def can_be_approved(attempt: PaymentAttempt, amount_minor: int) -> bool:
    """Tell whether an approved amount can be an answer to this attempt (R3).

    A cash machine may have kept more than was asked, when it had no change left: all of it counts.
    """
    return 0 < amount_minor <= attempt.amount_minor or (
        attempt.kind == "cash_machine" and 0 < amount_minor <= MAX_AMOUNT_MINOR
    )


def must_reverse(recorded: PaymentState) -> bool:
    """Tell whether an approval found now must be undone, given how the attempt is recorded.

    True when the books say that nothing was charged (rule R10): no tender covers the money, so it
    goes back to the card the same day.  False when the approval stands on the books, or when the
    attempt still stands and ``approve`` books it.
    """
    return recorded in ENDINGS or recorded is _P.MANUAL_NOT_PAID


def sending(
    state: TerminalState, attempt_id: str, baseline: Mapping[str, str]
) -> tuple[Event, ...]:
    """The request is about to leave: durable before its first byte (R1)."""
    check_move(standing(state, attempt_id), _P.SENDING)
    return (PaymentSending(attempt_id, dict(baseline)),)


def approve(
    state: TerminalState,
    attempt_id: str,
    *,
    amount_minor: int,
    acked: bool,
    card: CardResult,
    policy: Policy,
) -> tuple[Event, ...]:
    """The terminal approved; book it, or wait for ``acknowledge`` when it is not ``acked``.

    Less than asked is a partial approval and is booked as it is; more than asked, or nothing, does
    not match the attempt and is unknown (R3).
    """
    attempt = standing(state, attempt_id)
    if not can_be_approved(attempt, amount_minor):
        return unknown(state, attempt_id, "amount_mismatch", f"approved {amount_minor}")
    check_move(attempt, _P.APPROVED if acked else _P.APPROVED_UNACKED)
    approved = PaymentApproved(
        attempt_id=attempt_id,
        amount_minor=amount_minor,
        acked=acked,
        approval_code=card.approval_code,
        poi_transaction_id=card.poi_transaction_id,
        terminal_id=card.terminal_id,
        brand=card.brand,
        last4=card.last4,
        entry_mode=card.entry_mode,
        aid=card.aid,
        slip=card.slip,
    )
    return (approved, *_booked(state, attempt, amount_minor, policy)) if acked else (approved,)


def acknowledge(state: TerminalState, attempt_id: str, policy: Policy) -> tuple[Event, ...]:
    """Our acknowledgement went out: the approval stands and is booked."""
    attempt = standing(state, attempt_id)
    if attempt.state is not _P.APPROVED_UNACKED:
        raise IllegalEvent(f"payment {attempt_id}: {attempt.state} awaits no acknowledgement")
    booked = _booked(state, attempt, attempt.approved_minor, policy)
    return (PaymentAcknowledged(attempt_id), *booked)


def end(
    state: TerminalState, attempt_id: str, outcome: str, code: str, text: str
) -> tuple[Event, ...]:
    """A definite negative: ``outcome`` is one of ``ENDINGS``; the sale goes on."""
    attempt = standing(state, attempt_id)
    if outcome not in ENDINGS:
        raise IllegalEvent(f"payment {attempt_id}: {outcome!r} is no ending")
    check_move(attempt, PaymentState(outcome))
    return (PaymentEnded(attempt_id, outcome, code, text),)


def unknown(state: TerminalState, attempt_id: str, reason: str, evidence: str) -> tuple[Event, ...]:
    """Nobody can say whether the card was charged. Saying it again updates the evidence."""
    check_move(standing(state, attempt_id), _P.UNKNOWN)
    return (PaymentUnknown(attempt_id, reason, evidence),)


def resolve(
    state: TerminalState,
    attempt_id: str,
    *,
    paid_: bool,
    operator_id: str,
    reason: str,
    evidence: str,
    policy: Policy,
) -> tuple[Event, ...]:
    """A supervisor's word on a doubtful payment or reversal (R10): was the money taken?"""
    attempt = standing(state, attempt_id)
    check_move(attempt, _P.MANUAL_PAID if paid_ else _P.MANUAL_NOT_PAID)
    word = PaymentResolved(
        attempt_id, "paid" if paid_ else "not_paid", operator_id, reason, evidence
    )
    if attempt.state is _P.REVERSE_UNKNOWN:
        return (word,) if paid_ else (word, *_removed(state, attempt, "reversed", operator_id))
    if paid_:
        return (word, *_booked(state, attempt, attempt.amount_minor, policy))
    return (word,)


def reversing(
    state: TerminalState, attempt_id: str, reason: str, reference: str
) -> tuple[Event, ...]:
    """An approval is about to be undone: durable before the request leaves.

    It concerns a card tender of the sale on the screen: one that is booked while the sale is being
    made, or one that a supervisor declared not paid and whose approval was found since.
    """
    sale, tender = _card_tender(state, attempt_id)
    if state.attempts:
        raise IllegalEvent(f"payment {attempt_id}: another attempt stands")
    if not is_reversible(sale, tender):
        raise IllegalEvent(f"sale {sale.sale_id}: tender {tender.n} cannot be reversed")
    return (PaymentReversing(attempt_id, reason, reference),)


def reversed_(
    state: TerminalState, attempt_id: str, poi_transaction_id: str = "", operator_id: str = ""
) -> tuple[Event, ...]:
    """The terminal undid the payment; its tender leaves the sale."""
    attempt = standing(state, attempt_id)
    if attempt.state not in {_P.REVERSING, _P.REVERSE_UNKNOWN}:
        raise IllegalEvent(f"payment {attempt_id}: {attempt.state} is not being reversed")
    undone = PaymentReversed(attempt_id, poi_transaction_id)
    return (undone, *_removed(state, attempt, "reversed", operator_id))


def reversal_failed(
    state: TerminalState, attempt_id: str, certain: bool, reason: str
) -> tuple[Event, ...]:
    """The terminal refused to undo (``certain``) or did not say; the approval stays on the books.

    Not certain, the attempt stands as ``reverse_unknown`` until an enquiry or a supervisor settles
    it.
    """
    check_move(standing(state, attempt_id), _P.BOOKED if certain else _P.REVERSE_UNKNOWN)
    return (ReversalFailed(attempt_id, certain, reason),)


def is_reversible(sale: Sale, tender: Tender) -> bool:
    """Tell whether a tender is a charge that its terminal may be asked to undo.

    A booked card may be undone until its sale is a document; after that the goods are returned and
    refunded.  A charge that no tender covers may be undone at any time.
    """
    if tender.kind != "card":
        return False
    if tender.status is TenderStatus.BOOKED:
        return sale.status in {SaleStatus.OPEN, SaleStatus.TENDERING}
    return tender.reason == _P.MANUAL_NOT_PAID


def _card_tender(state: TerminalState, attempt_id: str) -> tuple[Sale, Tender]:
    sale = state.sale
    for tender in sale.tenders if sale else ():
        if sale is not None and tender.attempt_id == attempt_id:
            return sale, tender
    raise IllegalEvent(f"no tender of payment {attempt_id} is here")


def _signed(attempt: PaymentAttempt, amount_minor: int) -> int:
    return -amount_minor if attempt.operation == "refund" else amount_minor


def _booked(
    state: TerminalState, attempt: PaymentAttempt, amount_minor: int, policy: Policy
) -> tuple[Event, ...]:
    sale = sale_of(state, attempt)
    amount = _signed(attempt, amount_minor)
    kind = attempt.kind
    booked = TenderBooked(sale.sale_id, attempt.tender, kind, amount, "", attempt.attempt_id)
    sums = totals(sale)
    if kind == "cash_machine":
        settlement = settle_in_cash(sums.due_minor, amount, policy.cash_rounding_minor)
        if settlement is None:
            return (booked,)
        return (booked, *completion(state, sale, sums, policy, settlement=settlement))
    if paid(sale) + amount != sums.total_minor:
        return (booked,)
    return (booked, *completion(state, sale, sums, policy))


def _removed(
    state: TerminalState, attempt: PaymentAttempt, reason: str, operator_id: str
) -> tuple[Event, ...]:
    sale = sale_of(state, attempt)
    tender = sale.tender(attempt.tender)
    if tender is None or tender.status is not TenderStatus.BOOKED:
        return ()
    return (TenderRemoved(sale.sale_id, tender.n, reason, operator_id),)
