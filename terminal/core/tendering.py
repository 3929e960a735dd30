"""Commands that pay, take back, or settle; the table of legal moves is at the top of ``core.sale``.

The first tender freezes the totals that the customer was told.  When booked tenders cover the
total, the same transaction makes the sale a document.
"""

from __future__ import annotations

import re

from terminal.core import authority, basket, payment, sale_facts
from terminal.core.basket import Totals
from terminal.core.commands import (
    RemoveTender,
    Resolve,
    TenderCard,
    TenderCash,
    TenderCashMachine,
    TenderCheque,
)
from terminal.core.completion import completion
from terminal.core.credits import overdrawn
from terminal.core.errors import Refused
from terminal.core.events import (
    DrawerOpened,
    Event,
    PaymentIntended,
    TenderBooked,
    TenderingStarted,
    TenderRemoved,
)
from terminal.core.limits import (
    MAX_AMOUNT_MINOR,
    MAX_CHEQUE_NUMBER,
    MAX_EVIDENCE,
    MAX_OPERATOR_ID,
    MAX_TENDERS,
)
from terminal.core.numbering import REFERENCE_DIGITS
from terminal.core.policy import Policy
from terminal.core.sale import Decision, unlocked
from terminal.core.state import (
    CASH_MACHINE,
    Sale,
    SaleStatus,
    Tender,
    TenderStatus,
    TerminalState,
)
from terminal.core.tenders import cash_due, settle_in_cash
from terminal.core.wording import check_key, check_reason, check_text

_CHEQUE_NUMBER = re.compile(rf"[0-9A-Za-z][0-9A-Za-z ]{{0,{MAX_CHEQUE_NUMBER - 1}}}")


def payable(state: TerminalState, policy: Policy) -> Sale | Refused:
    """Return the sale when it may be paid now."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    if state.power_failed_at_ms:
        return Refused("power_failed")
    if all(line.void for line in sale.lines):
        return Refused("sale_empty")
    if overdrawn(sale):
        return Refused("deduction_too_large")
    age = sale_facts.required_age(sale)
    if policy.role == authority.KIOSK and age and not sale.age_approved:
        return Refused("age_check_waiting", {"age": age})
    if len(sale.tenders) >= MAX_TENDERS:
        return Refused("basket_full", {"limit": MAX_TENDERS})
    return sale


def promise(sale: Sale, sums: Totals) -> tuple[Event, ...]:
    """Return what freezes the totals before the first tender."""
    if sale.status is SaleStatus.TENDERING:
        return ()
    return (TenderingStarted(sale.sale_id, sums.total_minor, sums.vat_tuples()),)


def _out_of_range(due_minor: int) -> Refused:
    return Refused("amount_out_of_range", {"due_minor": due_minor, "limit_minor": MAX_AMOUNT_MINOR})


def check_amount(amount_minor: int, due_minor: int) -> Refused | None:
    """Refuse an amount that goes the wrong way, or above what is due."""
    if due_minor == 0:
        return Refused("nothing_due")
    if amount_minor == 0 or (amount_minor < 0) != (due_minor < 0):
        return _out_of_range(due_minor)
    if abs(amount_minor) > abs(due_minor):
        return Refused("overpayment_not_allowed", {"due_minor": due_minor})
    return None


def tender_cash(state: TerminalState, command: TenderCash, policy: Policy) -> Decision:
    """Take cash, with change and cash rounding; nothing is taken for a total of nothing."""
    sale = payable(state, policy)
    if isinstance(sale, Refused):
        return sale
    sums = basket.totals(sale)
    promised = promise(sale, sums)
    due, amount = sums.due_minor, command.amount_minor
    if due == 0:
        if amount != 0:
            return Refused("nothing_due")
        return (*promised, *completion(state, sale, sums, policy))
    to_pay = cash_due(due, policy.cash_rounding_minor)
    if amount == 0 or (amount < 0) != (due < 0) or abs(amount) > MAX_AMOUNT_MINOR:
        return _out_of_range(to_pay)
    settlement = settle_in_cash(due, amount, policy.cash_rounding_minor)
    booked = TenderBooked(sale.sale_id, len(sale.tenders) + 1, "cash", amount, "", "")
    if settlement is not None:
        end = completion(state, sale, sums, policy, settlement=settlement, cash_minor=amount)
        return (*promised, booked, *end)
    if due < 0 or amount >= due:
        return _out_of_range(to_pay)
    return (*promised, booked)


def tender_cheque(state: TerminalState, command: TenderCheque, policy: Policy) -> Decision:
    """Take a cheque: never above what is due, and never to pay out."""
    sale = payable(state, policy)
    if isinstance(sale, Refused):
        return sale
    number = command.number.strip()
    if not _CHEQUE_NUMBER.fullmatch(number):
        return Refused("number_required", {"limit": MAX_CHEQUE_NUMBER})
    sums = basket.totals(sale)
    if sums.due_minor < 0:
        return _out_of_range(sums.due_minor)
    amount = command.amount_minor
    refused = check_amount(amount, sums.due_minor)
    if refused is not None:
        return refused
    booked = TenderBooked(sale.sale_id, len(sale.tenders) + 1, "cheque", amount, number, "")
    paid = amount == sums.due_minor
    end = completion(state, sale, sums, policy) if paid else ()
    return (*promise(sale, sums), booked, *end)


def tender_card(state: TerminalState, command: TenderCard, policy: Policy) -> Decision:
    """Record the intent of a card payment, or of a refund when money is to be paid out.

    Nothing is sent yet: the payment service goes on from here (``core.payment``).
    """
    sale = payable(state, policy)
    if isinstance(sale, Refused):
        return sale
    sums = basket.totals(sale)
    amount = command.amount_minor
    refused = check_key(command.terminal_id, MAX_OPERATOR_ID) or check_amount(
        amount, sums.due_minor
    )
    if refused is not None:
        return refused
    return (*promise(sale, sums), _intended(state, sale, command.terminal_id, amount))


def tender_cash_machine(
    state: TerminalState, command: TenderCashMachine, policy: Policy
) -> Decision:
    """Record that the cash machine is going to take an amount; it pays nothing out.

    Nothing is taken yet: the payment service goes on from here, as for a card.
    """
    sale = payable(state, policy)
    if isinstance(sale, Refused):
        return sale
    sums = basket.totals(sale)
    due, amount = sums.due_minor, command.amount_minor
    if due == 0:
        return Refused("nothing_due")
    to_pay = cash_due(due, policy.cash_rounding_minor)
    if amount > to_pay > 0:
        return Refused("overpayment_not_allowed", {"due_minor": to_pay})
    if amount <= 0 or due < 0 or (amount >= due and amount != to_pay):
        return _out_of_range(to_pay)
    return (*promise(sale, sums), _intended(state, sale, CASH_MACHINE, amount))


def _intended(state: TerminalState, sale: Sale, terminal_id: str, amount: int) -> PaymentIntended:
    tender = len(sale.tenders) + 1
    sequence = state.last_attempt + 1
    return PaymentIntended(
        sale_id=sale.sale_id,
        tender=tender,
        attempt_id=f"{sale.sale_id}-{tender}",
        sequence=sequence,
        terminal_id=terminal_id,
        operation="refund" if amount < 0 else "payment",
        amount_minor=abs(amount),
        currency=sale.currency,
        reference=f"{sequence:0{REFERENCE_DIGITS}d}",
    )


def remove_tender(state: TerminalState, command: RemoveTender, policy: Policy) -> Decision:
    """Give back booked cash or a cheque; a card is reversed by the payment service (REC-09).

    What the cash machine kept is given back from the drawer.
    """
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    refused = authority.right(state, policy, "cancel") or check_text(command.reason)
    if refused is not None:
        return refused
    tender = sale.tender(command.tender)
    if tender is None or tender.status is not TenderStatus.BOOKED:
        return Refused("no_such_tender", {"tender": command.tender})
    if tender.kind == "card":
        return Refused("tender_not_removable")
    reason = command.reason or "given_back"
    removed = TenderRemoved(sale.sale_id, tender.n, reason, authority.operator_id(state))
    if tender.kind in {"cash", "cash_machine"}:
        return (removed, DrawerOpened(sale.sale_id, "refund"))
    return (removed,)


def card_to_reverse(state: TerminalState, n: int, policy: Policy) -> Tender | Refused:
    """Return the charge that whoever stands there may have undone at its terminal (REC-09)."""
    refused = authority.right(state, policy, "cancel") or authority.lock(state)
    if refused is not None:
        return refused
    tender = state.sale.tender(n) if state.sale else None
    if state.sale is None or tender is None:
        return Refused("no_such_tender", {"tender": n})
    reversible = payment.is_reversible(state.sale, tender)
    return tender if reversible else Refused("tender_not_removable")


def resolve(state: TerminalState, command: Resolve, policy: Policy) -> Decision:
    """Take a supervisor's word on a doubtful payment, with evidence (rule R10)."""
    refused = authority.right(state, policy, "resolve")
    if refused is not None:
        return refused
    if state.sale is None:
        return Refused("no_sale")
    tender = state.sale.tender(command.tender)
    if tender is None:
        return Refused("no_such_tender", {"tender": command.tender})
    if command.outcome not in {"paid", "not_paid"}:
        return Refused("bad_request")
    refused = check_reason(command.reason)
    if refused is not None:
        return refused
    if not command.evidence.strip():
        return Refused("evidence_required")
    refused = check_text(command.evidence, MAX_EVIDENCE)
    if refused is not None:
        return refused
    attempt = state.attempts.get(tender.attempt_id)
    if attempt is None or attempt.state not in payment.DOUBTFUL:
        return Refused("payment_not_unknown")
    return payment.resolve(
        state,
        attempt.attempt_id,
        paid_=command.outcome == "paid",
        operator_id=authority.operator_id(state),
        reason=command.reason,
        evidence=command.evidence,
        policy=policy,
    )
