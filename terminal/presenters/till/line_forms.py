"""Dialogs about one line: quantity, price, discount, return, information."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.basket import totals
from terminal.core.commands import GrantDiscount, SetPrice, SetQuantity
from terminal.core.state import Line, Sale, TerminalState
from terminal.presenters.desk import Chain, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import (
    Field,
    FormView,
    form,
    keep,
    money_field,
    number,
    put_away,
    reason_field,
    reasons,
    typed,
    weight_field,
)
from terminal.presenters.till.weigh import code_field
from terminal.presenters.view import Action, Row
from terminal.services.requests import TakeBack
from terminal.words import Words

PERCENT = "percent"
VALUE = "value"
DISCOUNT_REASONS = 5
PRICE_REASONS = 4
RETURN_REASONS = 4
READY_PERCENTS = (5, 10, 20, 30, 50)
TICKET = "0"
"""Line number in the desk's memory that stands for the whole ticket."""


def _line(state: TerminalState, desk: Desk) -> Line | None:
    n = desk.memory.get("line", "0")
    return state.sale.line(int(n)) if state.sale is not None else None


def _money(state: TerminalState, words: Words, minor: int, surroundings: Surroundings) -> str:
    sale: Sale | None = state.sale
    return words.format_money(minor, sale.currency if sale else surroundings.currency)


def quantity_field(words: Words) -> Field:
    return Field("quantity", words.text("screen.till.quantity"), "1", limit=4)


def quantity(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask for the number of pieces of a line."""
    line = _line(state, desk)
    pieces = number(desk, "quantity")
    if line is None:
        return FormView()
    signed = -pieces if line.is_return else pieces
    unit = _money(state, words, line.unit_price_minor, surroundings)
    return form(
        desk,
        words,
        title=words.text("screen.till.action.quantity"),
        text=f"{line.label}\n{unit}",
        fields=(quantity_field(words),),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((SetQuantity(line.n, signed), put_away())), enabled=pieces > 0, key=ENTER,
        ),
    )  # fmt: skip


def price(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for another unit price and why; zero makes the line a gift (SAL-13)."""
    line = _line(state, desk)
    if line is None:
        return FormView()
    currency = state.sale.currency if state.sale else surroundings.currency
    given, reason = typed(desk, "price"), typed(desk, "reason").strip()
    listed = words.text(
        "screen.till.price.list", price=words.format_money(line.list_price_minor, currency)
    )
    return form(
        desk,
        words,
        title=words.text("screen.till.action.price"),
        text=f"{line.label}\n{listed}",
        fields=(
            money_field("price", words.text("screen.till.price.new"), words, currency),
            reason_field(words),
        ),
        chips=reasons(desk, words, "price", PRICE_REASONS),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((SetPrice(line.n, number(desk, "price"), reason), put_away())),
            enabled=bool(given and reason), key=ENTER,
        ),
    )  # fmt: skip


def discount(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask for a discount on a line or at the foot: percent or value, with its reason."""
    line = _line(state, desk)
    mode = desk.memory.get("mode", PERCENT)
    currency = state.sale.currency if state.sale else surroundings.currency
    reason = typed(desk, "reason").strip()
    amount = number(desk, "amount")
    target = None if line is None else line.n
    granted = (
        GrantDiscount(target, amount * 100, None, reason)
        if mode == PERCENT
        else GrantDiscount(target, None, amount, reason)
    )
    on = "discount" if line is not None else "ticket_discount"
    base = totals(state.sale) if state.sale is not None else None
    name = line.label if line is not None else words.text("screen.till.whole_ticket")
    net = 0 if base is None else base.lines[line.n - 1].net_minor if line else base.total_minor
    return form(
        desk,
        words,
        title=words.text(f"screen.till.action.{on}"),
        text=f"{name}\n{words.format_money(net, currency)}",
        choices=tuple(
            Action(
                words.text(f"screen.till.discount.{way}"), "",
                change(
                    memory=keep(desk, mode=way, amount=""),
                    entry=_amount(way, words, currency).entry(),
                ),
                chosen=way == mode,
            )
            for way in (PERCENT, VALUE)
        ),
        fields=(_amount(mode, words, currency), reason_field(words)),
        chips=reasons(desk, words, "discount", DISCOUNT_REASONS),
        confirm=Action(
            words.text("screen.till.confirm"), "check", Chain((granted, put_away())),
            enabled=bool(amount and reason), key=ENTER,
        ),
    )  # fmt: skip


def _amount(mode: str, words: Words, currency: str) -> Field:
    label = words.text(f"screen.till.discount.{mode}")
    if mode == VALUE:
        return money_field("amount", label, words, currency)
    return Field(
        "amount",
        label,
        words.format_rate(0),
        limit=3,
        show=lambda text: words.format_rate(int(text) * 100),
    )


def take_back(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask what comes back, how much of it, and why (SAL-10)."""
    del state, surroundings
    weighed = desk.memory.get("unit") == "kg"
    measure = weight_field(words) if weighed else quantity_field(words)
    grams = number(desk, "weight") if weighed else 0
    pieces = 1 if weighed else number(desk, "quantity") or 1
    code, reason = typed(desk, "code"), typed(desk, "reason").strip()
    request = TakeBack(code, pieces, grams, reason)
    ready = bool(code and reason and (grams or not weighed))
    return form(
        desk,
        words,
        title=words.text("screen.till.action.return"),
        text=words.text("screen.till.return.text"),
        choices=tuple(
            Action(
                words.text(f"screen.till.return.{unit}"), "",
                change(memory=keep(desk, unit=unit), entry=code_field(words).entry(code)),
                chosen=(unit == "kg") == weighed,
            )
            for unit in ("piece", "kg")
        ),
        fields=(code_field(words), measure, reason_field(words)),
        chips=reasons(desk, words, "return", RETURN_REASONS),
        confirm=Action(
            words.text("screen.till.return.confirm"), "undo-2",
            Chain((request, put_away())), enabled=ready, key=ENTER,
        ),
    )  # fmt: skip


def information(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Tell what is known of the article of a line (SAL-16)."""
    del surroundings
    line, sale = _line(state, desk), state.sale
    if line is None or sale is None:
        return FormView()
    figures = totals(sale).lines[line.n - 1]
    money = words.format_money
    facts = [
        ("code", line.code),
        ("reference", line.reference),
        ("brand", line.brand),
        ("department", line.department),
        ("vat", words.format_rate(line.vat_rate_bp)),
        ("list_price", money(line.list_price_minor, sale.currency)),
        ("price", money(line.unit_price_minor, sale.currency)),
        ("gross", money(figures.gross_minor, sale.currency)),
        ("discount", money(-figures.discount_minor, sale.currency)),
        ("net", money(figures.net_minor, sale.currency)),
        ("minimum_age", str(line.minimum_age) if line.minimum_age else ""),
        *((name, value) for name, value in line.attributes if name in {"colour", "size"}),
    ]
    rows = tuple(
        Row(label=words.text(f"screen.till.fact.{name}"), amount=value)
        for name, value in facts
        if value
    )
    done = Action(words.text("screen.till.close"), "", put_away(), key=ENTER)
    return FormView(title=line.label, rows=rows, listing=True, confirm=done)


def memory_of(line: Line) -> dict[str, str]:
    """Return what a dialog about a line must remember: which line it is."""
    return dict(MappingProxyType({"line": str(line.n)}))
