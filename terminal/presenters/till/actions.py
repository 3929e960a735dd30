"""The three tabs of actions beside a sale (SAL-06, SAL-07), with their function keys."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.commands import VoidLine
from terminal.core.state import Line, Sale, SaleStatus, TerminalState
from terminal.presenters.desk import Chain, Change, Desk, Entry, Intent, change
from terminal.presenters.service import open_service
from terminal.presenters.till.closures import open_closures
from terminal.presenters.till.devices import open_devices
from terminal.presenters.till.form import Field, money_field, open_form, reason_field
from terminal.presenters.till.line_forms import (
    PERCENT,
    TICKET,
    quantity_field,
)
from terminal.presenters.till.lists import search_field
from terminal.presenters.till.voucher_forms import open_sell
from terminal.presenters.till.weigh import code_field
from terminal.presenters.view import Action
from terminal.services.requests import ListReceipts
from terminal.words import Words

ARTICLES = "articles"
TICKET_TAB = "ticket"
CUSTOMER = "customer"
TABS = (ARTICLES, TICKET_TAB, CUSTOMER)


def chosen_tab(desk: Desk) -> str:
    """Return the tab in sight."""
    return desk.tab if desk.tab in TABS else ARTICLES


def tabs(desk: Desk, words: Words) -> tuple[Action, ...]:
    """Return the names of the tabs."""
    return tuple(
        Action(
            words.text(f"screen.till.tab.{name}"), "", change(tab=name),
            chosen=name == chosen_tab(desk), key="F4" if name == CUSTOMER else "",
        )
        for name in TABS
    )  # fmt: skip


def article_actions(state: TerminalState, words: Words, currency: str) -> tuple[Action, ...]:
    """Return what can be done with the selected line, and with articles."""
    line = selected(state)
    live = line is not None and not line.void
    n = str(line.n) if line is not None else TICKET
    pieces = live and line is not None and line.kind == "article" and not line.weight_g

    def named(name: str, icon: str, intent: Change | VoidLine, key: str, ok: bool = True) -> Action:
        return Action(words.text(f"screen.till.action.{name}"), icon, intent, ok, key)

    quantity = open_form("quantity", quantity_field(words), line=n)
    information = change(overlay="info", entry=Entry(), memory=MappingProxyType({"line": n}))
    return (
        named("quantity", "layers", quantity, "F5", pieces),
        named("price", "tag", open_form("price", _price(words, currency), line=n), "F6", live),
        named("discount", "percent", open_discount(n, words), "F7", live),
        named("void", "trash-2", VoidLine(line.n if line else 0), "F11", live),
        named("return", "undo-2", open_form("return", code_field(words)), "F8"),
        named("search", "search", open_form("search", search_field(words)), "F3"),
        named("weigh", "scale", open_form("weigh", code_field(words)), "F9"),
        named("info", "info", information, "F1", live),
    )  # fmt: skip


def ticket_actions(state: TerminalState, words: Words, currency: str) -> tuple[Action, ...]:
    """Return what can be done with the whole ticket, and with the drawer."""
    sale = open_sale(state)
    filled = sale is not None and any(not line.void for line in sale.lines)
    document = Field("document", "", digits=False, limit=40)
    seller = Field("seller", "", limit=8)
    label = Field("label", "", digits=False, limit=40)
    receipts = Chain((ListReceipts(), change(overlay="receipts", entry=Entry())))
    recall = change(overlay="parked", entry=Entry())

    def named(name: str, icon: str, intent: Intent, ok: bool, key: str = "") -> Action:
        return Action(words.text(f"screen.till.action.{name}"), icon, intent, ok, key)

    return (
        named("foot", "ticket-percent", open_discount(TICKET, words), filled),
        named("park", "pause", open_form("park", label), filled, "F10"),
        named("recall", "history", recall, sale is None and bool(state.parked), "F2"),
        named("cancel", "x", open_form("cancel", reason_field(words)), sale is not None),
        named("reprint", "receipt-text", receipts, True),
        named("drawer", "inbox", open_form("drawer", reason_field(words)), True),
        named("salesperson", "user-check", open_form("salesperson", seller), sale is not None),
        named("deposit", "wallet", open_form("deposit", document), True),
        named("voucher", "gift", open_sell(words, currency), True),
        open_devices(words),
        open_closures(words),
        open_service(words),
    )


def open_discount(line: str, words: Words) -> Change:
    """Return the intent to discount a line, or the ticket."""
    amount = Field("amount", words.text("screen.till.discount.percent"), limit=3)
    return open_form("discount", amount, line=line, mode=PERCENT)


def _price(words: Words, currency: str) -> Field:
    return money_field("price", "", words, currency)


def open_sale(state: TerminalState) -> Sale | None:
    """Return the sale being made."""
    sale = state.sale
    return sale if sale and sale.status in {SaleStatus.OPEN, SaleStatus.TENDERING} else None


def selected(state: TerminalState) -> Line | None:
    """Return the selected line of the sale being made."""
    sale = open_sale(state)
    return sale.line(sale.selected) if sale is not None else None
