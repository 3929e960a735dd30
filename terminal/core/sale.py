"""The life of one sale.

    from                 command                     to          events
    (none, completed,    AddItem, AddDeposit         open        SaleOpened, LineAdded
     cancelled)          RecallSale                  open        SaleRecalled
    open                 AddItem, AddDeposit,        open        LineAdded, QuantityChanged,
                         SetQuantity, VoidLine,                  LineVoided, PriceOverridden,
                         SetPrice, GrantDiscount                 DiscountGranted
                         TenderCash, TenderCheque,   tendering   TenderingStarted, then as below
                         TenderCard
    tendering            any change of the basket    open        TenderingLeft, then the change
                         Tender..., paid in part     tendering   TenderBooked, PaymentIntended
                         Tender..., paid in full     completed   TenderBooked, SaleCompleted
                         RemoveTender                tendering   TenderRemoved
    open, tendering      SelectLine, ApproveAge,     (same)      LineSelected, AgeApproved,
                         SetSalesperson                          SalespersonNamed
                         CancelSale                  cancelled   SaleCancelled
                         ParkSale                    (none)      SaleParked
    completed            ChooseReceipt               completed   ReceiptChosen
    completed, cancelled NextCustomer                (none)      SaleLeft

A payment that is not final locks the sale: everything but SelectLine is refused until it is.
Cancelling and parking are refused while a tender is booked.
"""

from __future__ import annotations

from terminal.core import authority
from terminal.core.commands import CancelSale, ChooseReceipt, NextCustomer, ParkSale, RecallSale
from terminal.core.errors import Refused
from terminal.core.events import (
    Event,
    LanguageChosen,
    ReceiptChosen,
    SaleCancelled,
    SaleLeft,
    SaleOpened,
    SaleParked,
    SaleRecalled,
    TenderingLeft,
)
from terminal.core.limits import MAX_PARKED
from terminal.core.policy import Policy
from terminal.core.printing import queue
from terminal.core.receipt.paper import ALWAYS, ON_PAPER, paper_needed
from terminal.core.sale_facts import IN_PROGRESS
from terminal.core.state import Sale, SaleStatus, TenderStatus, TerminalState
from terminal.core.wording import check_reason, check_text

Decision = tuple[Event, ...] | Refused


def in_progress(state: TerminalState) -> Sale | Refused:
    """Return the sale being made, whatever locks it."""
    if state.sale is None:
        return Refused("no_sale")
    return state.sale if state.sale.status in IN_PROGRESS else Refused("sale_not_open")


def unlocked(state: TerminalState, policy: Policy) -> Sale | Refused:
    """Return the sale being made, when whoever stands there may go on with it."""
    refused = authority.seller(state, policy)
    if refused is not None:
        return refused
    sale = in_progress(state)
    if isinstance(sale, Refused):
        return sale
    return authority.lock(state) or sale


def is_in_progress(state: TerminalState) -> bool:
    """Tell whether a sale is being made."""
    return state.sale is not None and state.sale.status in IN_PROGRESS


def opening(state: TerminalState, policy: Policy) -> SaleOpened:
    """Return the event that opens the next sale; its ordinal may skip, never repeat (NUM-04)."""
    ordinal = state.last_ordinal + 1
    operator = state.operator
    return SaleOpened(
        sale_id=f"{policy.till_number}-{ordinal:06d}",
        ordinal=ordinal,
        currency=policy.currency,
        operator_id=operator.operator_id if operator else "",
        operator_name=operator.name if operator else "",
        language=state.language or policy.default_language,
    )


def back_to_basket(sale: Sale) -> tuple[Event, ...]:
    """Return what undoes the promise of totals before the basket may change."""
    return (TenderingLeft(sale.sale_id),) if sale.status is SaleStatus.TENDERING else ()


def _without_tenders(sale: Sale) -> Refused | None:
    if any(t.status is TenderStatus.BOOKED for t in sale.tenders):
        return Refused("tenders_booked")
    return None


def cancel(state: TerminalState, command: CancelSale, policy: Policy) -> Decision:
    """Abandon the sale; a shopper may abandon his own."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    alone = policy.role == authority.KIOSK and state.operator is None
    refused = (
        _without_tenders(sale)
        or (None if alone else authority.right(state, policy, "cancel"))
        or check_reason(command.reason)
    )
    if refused is not None:
        return refused
    return (SaleCancelled(sale.sale_id, command.reason, authority.operator_id(state)),)


def park(state: TerminalState, command: ParkSale, policy: Policy) -> Decision:
    """Suspend the sale for later recall (REC-12)."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    refused = _without_tenders(sale) or check_text(command.label)
    if refused is not None:
        return refused
    if all(line.void for line in sale.lines):
        return Refused("sale_empty")
    if len(state.parked) >= MAX_PARKED:
        return Refused("too_many_parked", {"limit": MAX_PARKED})
    return (SaleParked(sale.sale_id, command.label),)


def recall(state: TerminalState, command: RecallSale, policy: Policy) -> Decision:
    """Take a parked sale back; only when no other is in progress."""
    refused = authority.seller(state, policy) or authority.lock(state)
    if refused is not None:
        return refused
    if is_in_progress(state):
        return Refused("sale_in_progress")
    if command.sale_id not in state.parked:
        return Refused("no_such_sale")
    return (SaleRecalled(command.sale_id),)


def choose_receipt(state: TerminalState, command: ChooseReceipt, policy: Policy) -> Decision:
    """Choose how the receipt is had: asked once, after payment, at a kiosk (RCP-01).

    At a till a further form may follow the first, and paper that came out already is not chosen
    again: that would be a duplicate, which is asked for as one.  Where the law demands paper, a
    kiosk prints it whatever is chosen.
    """
    sale = state.sale
    if sale is None or sale.status is not SaleStatus.COMPLETED:
        return Refused("no_choice_open")
    refused = authority.seller(state, policy)
    if refused is not None:
        return refused
    if command.choice not in {*policy.receipt_choices, "print", "none"}:
        return Refused("bad_request")
    at_kiosk, choice = policy.role == authority.KIOSK, command.choice
    needed = paper_needed(sale, on_request=policy.prints_on_request)
    printed = sale.receipt_choice in ON_PAPER or (bool(needed) and not at_kiosk)
    if (sale.receipt_choice and at_kiosk) or (printed and choice in {"print", "none"}):
        return Refused("no_choice_open")
    if printed:
        # What is on paper stays so, whatever else is wanted beside it.
        return (ReceiptChosen(sale.sale_id, "both"),)
    if at_kiosk and needed not in {"", ALWAYS}:
        choice = {"none": "print", "email": "both"}.get(choice, choice)
    elif choice not in ON_PAPER:
        return (ReceiptChosen(sale.sale_id, choice),)
    chosen = ReceiptChosen(sale.sale_id, choice)
    return (
        chosen,
        queue(
            state, policy, kind="receipt", sale_id=sale.sale_id, receipt_number=sale.receipt_number
        ),
    )


def leave(state: TerminalState, _command: NextCustomer, policy: Policy) -> Decision:
    """Clear the screen of a finished sale; a kiosk greets the next customer in its own language."""
    refused = authority.seller(state, policy)
    if refused is not None:
        return refused
    sale = state.sale
    if sale is None:
        return Refused("no_sale")
    if sale.status in IN_PROGRESS:
        return Refused("sale_in_progress")
    locked = authority.lock(state)
    if locked is not None:
        return locked
    left = SaleLeft(sale.sale_id)
    if policy.role == authority.KIOSK and state.language not in {"", policy.default_language}:
        return (left, LanguageChosen(policy.default_language))
    return (left,)
