"""Commands that sell vouchers, and that use vouchers and deposits; see ``core.credits``."""

from __future__ import annotations

from terminal.core import authority, basket
from terminal.core.completion import completion
from terminal.core.credit_commands import SellVoucher, UseCredit
from terminal.core.credits import (
    DEDUCTIONS,
    DEPOSIT,
    DEPOSIT_USED,
    ISSUED,
    MULTI,
    SINGLE,
    USED,
    VOUCHER,
    Credit,
    left,
    of_rate,
)
from terminal.core.errors import Refused
from terminal.core.events import LineAdded, TenderBooked
from terminal.core.limits import MAX_AMOUNT_MINOR, MAX_PERCENT_BP, MAX_TEXT
from terminal.core.policy import Policy
from terminal.core.sale import Decision
from terminal.core.selling import Place, place
from terminal.core.state import Sale, TerminalState
from terminal.core.tendering import check_amount, payable, promise
from terminal.core.wording import check_key


def sell_voucher(state: TerminalState, command: SellVoucher, policy: Policy) -> Decision:
    """Add a voucher to the sale; it is worth something when the sale is completed."""
    spot = authority.staff(state) or place(state, policy)
    if isinstance(spot, Refused):
        return spot
    number = command.number.strip()
    refused = check_key(number, MAX_TEXT)
    if refused is not None:
        return Refused("number_required") if not number else refused
    if not 1 <= command.amount_minor <= MAX_AMOUNT_MINOR:
        return Refused("amount_out_of_range", {"limit_minor": MAX_AMOUNT_MINOR})
    if any(line.code == number and line.kind in ISSUED for line in spot.sale.lines):
        return Refused("voucher_known")
    rate = command.vat_rate_bp
    if rate is not None and not 0 < rate <= MAX_PERCENT_BP:
        return Refused("bad_request")
    kind = MULTI if rate is None else SINGLE
    return spot.add(
        _line(
            spot, policy, kind, number=number, rate_bp=rate or 0, amount_minor=command.amount_minor
        )
    )


def use_credit(state: TerminalState, command: UseCredit, policy: Policy) -> Decision:
    """Pay with a multi-purpose voucher; take anything else off the sale, with its VAT."""
    refused = authority.staff(state)
    if refused is not None:
        return refused
    remaining = left(state, command.credit)
    if remaining <= 0:
        return Refused("credit_spent", {"number": command.credit.number})
    if command.amount_minor is not None and not 1 <= command.amount_minor <= remaining:
        return Refused("amount_out_of_range", {"limit_minor": remaining})
    wanted = command.amount_minor or remaining
    exact = command.amount_minor is not None
    if command.credit.kind == MULTI:
        return _pay(state, command.credit, wanted, policy, exact=exact)
    return _deduct(state, command.credit, wanted, policy, exact=exact)


def _pay(
    state: TerminalState, credit: Credit, wanted: int, policy: Policy, *, exact: bool
) -> Decision:
    sale = payable(state, policy)
    if isinstance(sale, Refused):
        return sale
    sums = basket.totals(sale)
    amount = wanted if exact else min(wanted, sums.due_minor)
    refused = check_amount(amount, sums.due_minor) if sums.due_minor > 0 else Refused("nothing_due")
    if refused is not None:
        return refused
    n = len(sale.tenders) + 1
    booked = TenderBooked(sale.sale_id, n, VOUCHER, amount, credit.number, "")
    end = completion(state, sale, sums, policy) if amount == sums.due_minor else ()
    return (*promise(sale, sums), booked, *end)


def _deduct(
    state: TerminalState, credit: Credit, wanted: int, policy: Policy, *, exact: bool
) -> Decision:
    spot = place(state, policy)
    if isinstance(spot, Refused):
        return spot
    room = _room(spot.sale, credit)
    if room <= 0 or (exact and wanted > room):
        return Refused("deduction_too_large", {"limit_minor": max(0, room)})
    kind = DEDUCTIONS[credit.kind]
    amount = min(wanted, room)
    return spot.add(
        _line(
            spot,
            policy,
            kind,
            number=credit.number,
            rate_bp=credit.vat_rate_bp,
            amount_minor=amount,
        )
    )


def _room(sale: Sale, credit: Credit) -> int:
    """Return how much a sale can take off.

    A single-purpose voucher was taxed at one rate: it stands for goods of that rate.  A deposit
    takes its own VAT back, whatever rate the goods turned out to have.
    """
    sums = basket.totals(sale)
    unpaid = sums.total_minor - sums.paid_minor
    if credit.kind == DEPOSIT:
        return unpaid
    return min(unpaid, of_rate(sums, credit.vat_rate_bp))


def _line(
    spot: Place, policy: Policy, kind: str, *, number: str, rate_bp: int, amount_minor: int
) -> LineAdded:
    return LineAdded(
        sale_id=spot.sale_id,
        line=spot.line,
        kind=kind,
        code=number,
        reference=number,
        label=number,
        brand="",
        department="",
        quantity=-1 if kind in USED else 1,
        weight_g=0,
        unit_price_minor=amount_minor,
        vat_rate_bp=rate_bp,
        attributes=(),
        minimum_age=0,
        source="open",
        reason="",
        category=_category(kind, policy),
    )


def _category(kind: str, policy: Policy) -> str:
    """Return what e-reporting counts a line under; a multi-purpose voucher is no turnover."""
    if kind == MULTI:
        return ""
    return policy.deposit_category if kind == DEPOSIT_USED else policy.default_category
