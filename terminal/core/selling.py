"""Commands that change the basket; the table of legal moves is at the top of ``core.sale``."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core import authority, basket, sale_facts
from terminal.core.commands import (
    AddDeposit,
    AddItem,
    ApproveAge,
    GrantDiscount,
    SelectLine,
    SetPrice,
    SetQuantity,
    SetSalesperson,
    VoidLine,
)
from terminal.core.couponing import bare, check_coupon
from terminal.core.credits import is_deduction
from terminal.core.errors import Refused
from terminal.core.events import (
    AgeApproved,
    DiscountGranted,
    Event,
    LineAdded,
    LineSelected,
    LineVoided,
    PriceOverridden,
    QuantityChanged,
    SalespersonNamed,
)
from terminal.core.items import Unit
from terminal.core.limits import (
    MAX_AMOUNT_MINOR,
    MAX_CODE_LENGTH,
    MAX_DISCOUNTS,
    MAX_OPERATOR_ID,
    MAX_PERCENT_BP,
    MAX_QUANTITY,
    MAX_WEIGHT_G,
)
from terminal.core.policy import CATEGORY, Policy
from terminal.core.sale import Decision, back_to_basket, in_progress, opening, unlocked
from terminal.core.state import Line, Sale, TerminalState
from terminal.core.weighing import MAX_ANSWER, TYPED, check_price
from terminal.core.wording import check_reason, check_text, is_clean

# --- adding ---------------------------------------------------------------------------------------


def add_item(state: TerminalState, command: AddItem, policy: Policy) -> Decision:
    """Add an article, opening a sale when none is being made."""
    refused = (
        authority.right(state, policy, "return") if command.is_return else None
    ) or _check_source(state, command, policy)
    spot = refused or place(state, policy)
    if isinstance(spot, Refused):
        return spot
    refused = _check_measure(command) or _check_price(command) or _check_weighed(command)
    if refused is not None:
        return refused
    article, weighed = command.article, command.weighed
    return spot.add(
        LineAdded(
            sale_id=spot.sale_id,
            line=spot.line,
            kind="article",
            code=article.code,
            reference=article.attribute("ref") or article.code,
            label=article.label,
            brand=article.brand,
            department=article.department,
            quantity=-command.quantity if command.is_return else command.quantity,
            weight_g=0 if _is_pack(command) else command.weight_g,
            unit_price_minor=_unit_price(command),
            vat_rate_bp=article.vat_rate_bp,
            attributes=article.attributes,
            minimum_age=article.minimum_age,
            source=command.source,
            reason=command.reason if command.is_return else "",
            weighed=weighed.by if weighed else "",
            tare_g=weighed.tare_g if weighed else 0,
            scale_answer=weighed.answer[:MAX_ANSWER] if weighed else "",
            category=policy.category_of(article.attribute(CATEGORY), article.department),
        )
    )


def add_deposit(state: TerminalState, command: AddDeposit, policy: Policy) -> Decision:
    """Sell a deposit payment on a document, taken by staff (SAL-14)."""
    spot = authority.staff(state) or place(state, policy)
    if isinstance(spot, Refused):
        return spot
    if not command.document.strip():
        return Refused("number_required")
    refused = check_text(command.document)
    if refused is not None:
        return refused
    if not 1 <= command.amount_minor <= MAX_AMOUNT_MINOR:
        return Refused("amount_out_of_range", {"limit_minor": MAX_AMOUNT_MINOR})
    return spot.add(
        LineAdded(
            sale_id=spot.sale_id,
            line=spot.line,
            kind="deposit",
            code=command.document,
            reference=command.document,
            label=command.document,
            brand="",
            department="",
            quantity=1,
            weight_g=0,
            unit_price_minor=command.amount_minor,
            vat_rate_bp=policy.deposit_vat_rate_bp,
            attributes=(),
            minimum_age=0,
            source="open",
            reason="",
            category=policy.deposit_category,
        )
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next line goes: on the sale being made, or on one that opens for it."""

    sale: Sale
    opening: tuple[Event, ...]

    @property
    def sale_id(self) -> str:
        """The sale that takes the line."""
        return self.sale.sale_id

    @property
    def line(self) -> int:
        """Number of the next line."""
        return len(self.sale.lines) + 1

    def add(self, *added: LineAdded) -> Decision:
        """Return the events of lines, unless they make the sale too large."""
        events = changed(self.sale, *added, too_large="quantity_out_of_range")
        return events if isinstance(events, Refused) else (*self.opening, *events)


def place(state: TerminalState, policy: Policy) -> Place | Refused:
    """Return where the next line goes, or why none may come now."""
    refused = authority.seller(state, policy) or authority.lock(state)
    if refused is not None:
        return refused
    sale = in_progress(state)
    if isinstance(sale, Refused):
        event = opening(state, policy)
        return Place(sale_facts.opened(event, 0, ""), (event,))
    if len(sale.lines) >= policy.max_lines:
        return Refused("basket_full", {"limit": policy.max_lines})
    return Place(sale, ())


def _is_pack(command: AddItem) -> bool:
    """A label that carries its own price sells one pack, even of something sold by weight."""
    return command.source == "embedded" and command.price_minor is not None


def _unit_price(command: AddItem) -> int:
    if command.source == "list" or command.price_minor is None:
        return command.article.price_minor
    return command.price_minor


def _check_source(state: TerminalState, command: AddItem, policy: Policy) -> Refused | None:
    if not is_clean(command.code) or len(command.code) > MAX_CODE_LENGTH:
        return Refused("code_not_readable")
    if command.is_return:
        refused = check_reason(command.reason)
        if refused is not None:
            return refused
    elif command.weighed is not None and command.weighed.by == TYPED:
        refused = authority.right(state, policy, "weight")
        if refused is not None:
            return refused
    if command.source == "open":
        return authority.right(state, policy, "price")
    return None if command.source in {"list", "embedded"} else Refused("bad_request")


def _check_measure(command: AddItem) -> Refused | None:
    if not 1 <= command.quantity <= MAX_QUANTITY:
        return Refused("quantity_out_of_range", {"limit": MAX_QUANTITY})
    if _is_pack(command):
        return None
    if command.article.unit is not Unit.KILOGRAM:
        return Refused("weight_not_allowed") if command.weight_g else None
    if command.weight_g == 0:
        return Refused("weight_required")
    if not 1 <= command.weight_g <= MAX_WEIGHT_G:
        return Refused("weight_out_of_range", {"limit_g": MAX_WEIGHT_G})
    return None if command.quantity == 1 else Refused("quantity_not_allowed")


def _check_price(command: AddItem) -> Refused | None:
    if 0 <= _unit_price(command) <= MAX_AMOUNT_MINOR:
        return None
    return Refused("price_out_of_range", {"limit_minor": MAX_AMOUNT_MINOR})


def _check_weighed(command: AddItem) -> Refused | None:
    weighed = command.weighed
    if weighed is None:
        return None
    return check_price(_unit_price(command), command.weight_g, weighed)


# --- changing -------------------------------------------------------------------------------------


def changed(sale: Sale, *changes: Event, too_large: str) -> Decision:
    """Return changes of the basket, unless their outcome is refused.

    No amount may pass its limit, and what is paid already may not exceed what is sold: money has
    to be given back first.
    """
    events = (*back_to_basket(sale), *changes)
    for fact in events:
        sale = sale_facts.apply(sale, fact)
    sums = basket.outcome(sale)
    if abs(sums.total_minor) > MAX_AMOUNT_MINOR or sums.largest_minor > MAX_AMOUNT_MINOR:
        return Refused(too_large, {"limit_minor": MAX_AMOUNT_MINOR})
    paid = sums.paid_minor
    if (paid > 0 and sums.total_minor < paid) or (paid < 0 and sums.total_minor > paid):
        return Refused("paid_exceeds_total", {"paid_minor": paid, "total_minor": sums.total_minor})
    return events


def _counting_line(sale: Sale, n: int) -> Line | Refused:
    line = sale.line(n)
    if line is None:
        return Refused("no_such_line", {"line": n})
    return Refused("line_is_void", {"line": n}) if line.void else line


def _editable(state: TerminalState, policy: Policy, n: int) -> tuple[Sale, Line] | Refused:
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    line = _counting_line(sale, n)
    return line if isinstance(line, Refused) else (sale, line)


def select_line(state: TerminalState, command: SelectLine, policy: Policy) -> Decision:
    """Select a line; a payment under way does not forbid looking."""
    refused = authority.seller(state, policy)
    sale = refused or in_progress(state)
    if isinstance(sale, Refused):
        return sale
    if sale.line(command.line) is None:
        return Refused("no_such_line", {"line": command.line})
    if sale.selected == command.line:
        return ()
    return (LineSelected(sale.sale_id, command.line),)


def set_quantity(state: TerminalState, command: SetQuantity, policy: Policy) -> Decision:
    """Change the pieces of a line; a returned line stays a returned line."""
    found = _editable(state, policy, command.line)
    if isinstance(found, Refused):
        return found
    sale, line = found
    if line.weight_g or line.kind != "article":
        return Refused("quantity_not_allowed")
    if line.origin_receipt:
        return Refused("return_is_fixed")
    if not 1 <= command.quantity <= MAX_QUANTITY:
        return Refused("quantity_out_of_range", {"limit": MAX_QUANTITY})
    quantity = -command.quantity if line.is_return else command.quantity
    if quantity == line.quantity:
        return ()
    event = QuantityChanged(sale.sale_id, line.n, quantity)
    return changed(sale, event, too_large="quantity_out_of_range")


def void_line(state: TerminalState, command: VoidLine, policy: Policy) -> Decision:
    """Void a line; a shopper at a kiosk may when the shop allows it."""
    found = _editable(state, policy, command.line)
    if isinstance(found, Refused):
        return found
    sale, line = found
    if state.operator is None and not policy.shopper_may_void:
        return Refused("right_required", {"right": "void"})
    event = LineVoided(sale.sale_id, line.n, authority.operator_id(state))
    return changed(sale, event, too_large="amount_out_of_range")


def set_price(state: TerminalState, command: SetPrice, policy: Policy) -> Decision:
    """Change a unit price by authority; zero makes a gift (SAL-13)."""
    found = _editable(state, policy, command.line)
    if isinstance(found, Refused):
        return found
    refused = authority.right(state, policy, "price") or check_reason(command.reason)
    if refused is not None:
        return refused
    if is_deduction(found[1]):
        return Refused("deduction_not_changed")
    if not 0 <= command.unit_price_minor <= MAX_AMOUNT_MINOR:
        return Refused("price_out_of_range", {"limit_minor": MAX_AMOUNT_MINOR})
    sale, line = found
    if line.origin_receipt:
        return Refused("return_is_fixed")
    event = PriceOverridden(
        sale_id=sale.sale_id,
        line=line.n,
        unit_price_minor=command.unit_price_minor,
        reason=command.reason,
        authorised_by=authority.operator_id(state),
    )
    return changed(sale, event, too_large="price_out_of_range")


def grant_discount(state: TerminalState, command: GrantDiscount, policy: Policy) -> Decision:
    """Grant a percentage or an amount, on a line (SAL-11) or at the foot (SAL-12)."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    line = None if command.line is None else _counting_line(sale, command.line)
    if isinstance(line, Refused):
        return line
    if line is not None and is_deduction(line):
        return Refused("deduction_not_changed")
    coupon = bare(command.coupon)
    refused = (
        authority.right(state, policy, "discount")
        or check_reason(command.reason)
        or check_text(command.coupon)
        or check_coupon(state, coupon, command.redeemed_in)
        or _check_reduction(sale, line, command)
    )
    if refused is not None:
        return refused
    event = DiscountGranted(
        sale_id=sale.sale_id,
        discount=len(sale.discounts) + 1,
        line=line.n if line else 0,
        percent_bp=command.percent_bp or 0,
        amount_minor=command.amount_minor or 0,
        reason=command.reason,
        coupon=coupon,
        authorised_by=authority.operator_id(state),
    )
    return changed(sale, event, too_large="discount_out_of_range")


def _check_reduction(sale: Sale, line: Line | None, command: GrantDiscount) -> Refused | None:
    if (command.percent_bp is None) == (command.amount_minor is None):
        return Refused("bad_request")
    if line is not None and line.origin_receipt:
        return Refused("return_is_fixed")
    if len(sale.discounts) >= MAX_DISCOUNTS:
        return Refused("basket_full", {"limit": MAX_DISCOUNTS})
    sums = basket.totals(sale)
    remaining = abs(sums.lines[line.n - 1].net_minor) if line else sums.total_minor
    if remaining <= 0:
        return Refused("discount_out_of_range", {"limit_minor": 0})
    if command.percent_bp is not None:
        in_range = 1 <= command.percent_bp <= MAX_PERCENT_BP
    else:
        in_range = 1 <= (command.amount_minor or 0) <= remaining
    return None if in_range else Refused("discount_out_of_range", {"limit_minor": remaining})


def approve_age(state: TerminalState, _command: ApproveAge, policy: Policy) -> Decision:
    """Record that staff has checked the age that the sale's lines require."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    refused = authority.right(state, policy, "approve_age")
    if refused is not None:
        return refused
    return () if sale.age_approved else (AgeApproved(sale.sale_id, authority.operator_id(state)),)


def set_salesperson(state: TerminalState, command: SetSalesperson, policy: Policy) -> Decision:
    """Name who sold, beside who operates (SAL-09)."""
    sale = unlocked(state, policy)
    if isinstance(sale, Refused):
        return sale
    refused = authority.staff(state) or check_text(command.salesperson_id, MAX_OPERATOR_ID)
    if refused is not None:
        return refused
    if sale.salesperson_id == command.salesperson_id:
        return ()
    return (SalespersonNamed(sale.sale_id, command.salesperson_id),)
