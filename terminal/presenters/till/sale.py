"""The sale: lines, total, the selected line, and everything that can be done."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.basket import Totals, totals
from terminal.core.state import Line, Sale, SaleStatus, TerminalState
from terminal.presenters.desk import Desk, change
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import actions, tendering
from terminal.presenters.till.banners import banner
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.table import (
    Columns,
    TableRow,
    attributes,
    columns,
    discounts_of,
    rows,
)
from terminal.presenters.till.total import TotalZone
from terminal.presenters.view import Action, Banner
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class CustomerZone:
    """Who buys; coloured while nobody is identified (SAL-02)."""

    title: str = ""
    identified: bool = False
    action: Action = Action()


@dataclass(frozen=True, slots=True)
class DetailZone:
    """What is known of the selected line (SAL-05)."""

    title: str = ""
    text: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class SaleView:
    heading: Heading = field(default_factory=Heading)
    banner: Banner = Banner()
    customer: CustomerZone = field(default_factory=CustomerZone)
    columns: Columns = field(default_factory=Columns)
    rows: tuple[TableRow, ...] = ()
    empty: str = ""
    empty_text: str = ""
    total: TotalZone = field(default_factory=TotalZone)
    detail: DetailZone = field(default_factory=DetailZone)
    tabs: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = ()
    note: str = ""
    """What the tab in sight says instead of actions."""
    checkout: Action = Action()
    elsewhere: tuple[Action, ...] = ()
    """Actions of the tabs out of sight: their function keys work all the same."""


def present(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> SaleView:
    """Return the sale as it is; without one, an empty till that waits for a scan."""
    sale = actions.open_sale(state)
    figures = totals(sale) if sale is not None else None
    tab = actions.chosen_tab(desk)
    by_tab = {
        actions.ARTICLES: actions.article_actions(state, words, surroundings.currency),
        actions.TICKET_TAB: actions.ticket_actions(state, words, surroundings.currency),
    }
    hidden = tuple(a for name, group in by_tab.items() if name != tab for a in group if a.key)
    return SaleView(
        heading=heading(state, surroundings, words),
        banner=banner(state, surroundings, words),
        customer=_customer(words),
        columns=columns(words),
        rows=rows(sale, figures, words) if sale is not None and figures is not None else (),
        empty=_empty(state, words) if sale is None or not sale.lines else "",
        empty_text=words.text("screen.till.empty.text"),
        total=_total(sale, figures, surroundings, words),
        detail=_detail(state, figures, words),
        tabs=actions.tabs(desk, words),
        actions=by_tab.get(tab, ()),
        note=words.text("screen.till.customer.text") if tab == actions.CUSTOMER else "",
        checkout=Action(
            words.text("screen.till.checkout"), "", tendering.open_tender(),
            enabled=sale is not None and any(not line.void for line in sale.lines), key="F12",
        ),
        elsewhere=hidden,
    )  # fmt: skip


def _empty(state: TerminalState, words: Words) -> str:
    if state.sale is not None and state.sale.status is SaleStatus.CANCELLED:
        return words.text("screen.till.cancelled", ordinal=str(state.sale.ordinal))
    return words.text("screen.till.empty")


def _customer(words: Words) -> CustomerZone:
    action = Action(
        words.text("screen.till.tab.customer"), "user-round", change(tab=actions.CUSTOMER), key="F4"
    )
    return CustomerZone(words.text("screen.till.customer.none"), action=action)


def _total(
    sale: Sale | None, figures: Totals | None, surroundings: Surroundings, words: Words
) -> TotalZone:
    if sale is None or figures is None:
        zero = words.format_money(0, surroundings.currency)
        return TotalZone(words.text("screen.till.net_to_pay"), zero, "")
    label = "screen.till.net_to_refund" if figures.total_minor < 0 else "screen.till.net_to_pay"
    notes = [words.counted("screen.till.articles", figures.article_count)]
    if figures.return_count:
        notes.append(words.counted("screen.till.returns", figures.return_count))
    if figures.paid_minor:
        paid = words.format_money(figures.paid_minor, sale.currency)
        notes.append(words.text("screen.till.already_paid", amount=paid))
    amount = words.format_money(figures.total_minor, sale.currency)
    return TotalZone(words.text(label), amount, " · ".join(notes))


def _detail(state: TerminalState, figures: Totals | None, words: Words) -> DetailZone:
    line, sale = actions.selected(state), state.sale
    if line is None or sale is None or figures is None:
        return DetailZone()
    parts = (
        f"{words.text('screen.till.fact.reference.short')} {line.reference}",
        line.department,
        line.brand,
    )
    return DetailZone(
        title=line.label,
        text=" · ".join(part for part in parts if part),
        facts=tuple(fact for fact in _facts(sale, line, words) if fact.value),
    )


def _facts(sale: Sale, line: Line, words: Words) -> tuple[Fact, ...]:
    changed = line.unit_price_minor != line.list_price_minor
    listed = words.format_money(line.list_price_minor, sale.currency) if changed else ""
    why = " · ".join(discount.reason for discount in discounts_of(sale, line.n))
    return (
        Fact(words.text("screen.till.fact.attributes"), attributes(line, words)),
        Fact(words.text("screen.till.fact.code"), line.code),
        Fact(words.text("screen.till.fact.vat"), words.format_rate(line.vat_rate_bp)),
        Fact(words.text("screen.till.fact.list_price"), listed),
        Fact(words.text("screen.till.fact.price_reason"), line.price_reason),
        Fact(words.text("screen.till.fact.discount"), why),
        Fact(words.text("screen.till.fact.return"), line.return_reason),
    )
