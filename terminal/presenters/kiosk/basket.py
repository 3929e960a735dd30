"""The basket: what was scanned, what it costs, and the way to pay."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.basket import LineTotal, Totals, totals
from terminal.core.commands import VoidLine
from terminal.core.state import Line, Sale, TerminalState
from terminal.presenters.departments import department_look
from terminal.presenters.desk import Desk, change
from terminal.presenters.kiosk.shared import (
    age_banner,
    age_waits,
    header,
    help_banner,
    power_banner,
)
from terminal.presenters.routes import LOOKUP, TENDER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.told import tell, untold
from terminal.presenters.view import Action, Banner, Header, Row
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class LastArticle:
    """The card of the article that was scanned last."""

    heading: str = ""
    label: str = ""
    detail: str = ""
    amount: str = ""
    saving: str = ""
    icon: str = "package"
    tint: str = "#e7effc"


@dataclass(frozen=True, slots=True)
class BasketView:
    header: Header = Header()
    banner: Banner = Banner()
    last: LastArticle = LastArticle()
    rows: tuple[Row, ...] = ()
    summary: str = ""
    total: str = ""
    extras: tuple[Action, ...] = ()
    later: Action = Action()
    pay: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> BasketView:
    """Return the basket; the newest line comes first."""
    sale = state.sale
    if sale is None:
        return BasketView(header=header(surroundings, words))
    figures = totals(sale)
    rows = [_row(sale, line, figures.lines[line.n - 1], words) for line in sale.lines]
    return BasketView(
        header=header(surroundings, words),
        banner=_banner(state, sale, desk, words),
        last=_last(sale, figures, words),
        rows=tuple(reversed(rows)),
        summary=_summary(figures, sale, words),
        total=words.format_money(figures.total_minor, sale.currency),
        extras=(Action(words.text("screen.no_barcode"), "search", change(panel=LOOKUP)),),
        later=Action(words.text("screen.basket.later"), "pause", change(overlay="later")),
        pay=Action(
            words.text("screen.basket.pay"),
            "",
            change(panel=TENDER),
            enabled=not state.power_failed_at_ms and any(not line.void for line in sale.lines),
        ),
    )


def line_detail(line: Line, figure: LineTotal, sale: Sale, words: Words) -> str:
    """Return the small second row: how the amount came about."""
    unit = words.format_money(line.unit_price_minor, sale.currency)
    parts: list[str] = []
    if line.void:
        return words.text("screen.line.void")
    if line.weight_g:
        parts.append(
            words.text("screen.line.weighed", weight=words.format_weight(line.weight_g), price=unit)
        )
    elif abs(line.quantity) > 1:
        parts.append(f"{line.quantity} \u00d7 {unit}")
    if figure.discount_minor:
        saved = words.format_money(figure.discount_minor, sale.currency)
        parts.append(words.text("screen.line.discount", amount=saved))
    if line.minimum_age and not sale.age_approved:
        parts.append(words.text("screen.line.age", age=line.minimum_age))
    return " \u00b7 ".join(parts)


def _row(sale: Sale, line: Line, figure: LineTotal, words: Words) -> Row:
    return Row(
        n=line.n,
        quantity=str(line.quantity),
        label=line.label,
        detail=line_detail(line, figure, sale, words) or line.brand,
        amount=words.format_money(figure.net_minor, sale.currency),
        selected=line.n == sale.selected,
        void=line.void,
        remove=Action() if line.void else Action("", "x", VoidLine(line.n)),
    )


def _last(sale: Sale, figures: Totals, words: Words) -> LastArticle:
    line = sale.line(sale.selected)
    if line is None:
        return LastArticle()
    figure = figures.lines[line.n - 1]
    look = department_look(line.department)
    saved = words.format_money(-figure.discount_minor, sale.currency)
    return LastArticle(
        heading=words.text("screen.basket.last"),
        label=line.label,
        detail=" \u00b7 ".join(
            p for p in (line.brand, line_detail(line, figure, sale, words)) if p
        ),
        amount=words.format_money(figure.net_minor, sale.currency),
        saving=saved if figure.discount_minor > 0 else "",
        icon=look.icon,
        tint=look.tint,
    )


def _summary(figures: Totals, sale: Sale, words: Words) -> str:
    count = words.counted("screen.basket.count", figures.article_count)
    saved = sum(d.amount_minor for d in figures.discounts)
    if saved <= 0:
        return count
    return (
        count
        + " \u00b7 "
        + words.text("screen.basket.saved", amount=words.format_money(saved, sale.currency))
    )


def _banner(state: TerminalState, sale: Sale, desk: Desk, words: Words) -> Banner:
    """One banner at a time: no power, what was kept, then what waits, then who comes."""
    if state.power_failed_at_ms:
        return power_banner(state, words)
    kept = untold(state, desk, ("power_cut",))
    if kept is not None:
        seen = change(told=tell(kept, desk))
        return Banner(
            words.text("screen.resumed.title"),
            words.counted("screen.resumed.text", totals(sale).article_count),
            "history",
            "good",
            (
                Action(words.text("screen.continue"), "", seen),
                Action(words.text("screen.basket.later"), "", change(overlay="later")),
            ),
        )
    if age_waits(sale):
        return age_banner(words)
    return help_banner(state, words)
