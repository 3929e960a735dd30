"""Dialogs that are lists: search, parked sales, receipts."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Protocol

from terminal.core.basket import totals
from terminal.core.commands import RecallSale
from terminal.core.items import Article, Unit
from terminal.core.state import Sale, TerminalState
from terminal.presenters.departments import department_look
from terminal.presenters.desk import Chain, Change, Desk, Intent, change
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.banners import grouped
from terminal.presenters.till.form import (
    Field,
    FormView,
    cancel,
    field_views,
    put_away,
    typed,
    weight_field,
)
from terminal.presenters.till.invoice_forms import ask_buyer
from terminal.presenters.view import Action, Row
from terminal.services.requests import PrintAgain, Scan
from terminal.words import Words

MAX_SHOWN = 50


class ReceiptRow(Protocol):
    """What the list needs of a completed sale."""

    @property
    def receipt_number(self) -> str: ...

    @property
    def ended_at_ms(self) -> int: ...

    @property
    def total_minor(self) -> int: ...

    @property
    def currency(self) -> str: ...


def search_field(words: Words) -> Field:
    return Field(
        "search", words.text("screen.till.search"), words.text("screen.till.search.hint"),
        digits=False, limit=40,
    )  # fmt: skip


def search(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Find an article by words; picking it sells it, or asks for its weight."""
    del state
    rows = tuple(_article(found, surroundings, words) for found in desk.found[:MAX_SHOWN])
    asked = typed(desk, "search").strip()
    first = rows[0].press.intent if len(rows) == 1 else None
    return FormView(
        title=words.text("screen.till.action.search"),
        fields=field_views(desk, (search_field(words),)),
        rows=rows,
        empty=words.text("screen.till.search.none" if asked else "screen.till.search.text"),
        listing=True,
        keyboard=keyboard_rows(words.language),
        cancel=cancel(words),
        confirm=Action() if first is None else Action("", "", first, key=ENTER),
    )


def put_on_scale(article: Article, words: Words) -> Change:
    """Return the intent that asks what an article weighs."""
    return change(
        overlay="weigh", weighing=article, found=(), entry=weight_field(words).entry(),
        memory=MappingProxyType({}),
    )  # fmt: skip


def _article(article: Article, surroundings: Surroundings, words: Words) -> Row:
    look = department_look(article.department)
    price = words.format_money(article.price_minor, surroundings.currency)
    weighed = article.unit is Unit.KILOGRAM
    pick: Intent = Chain((Scan(article.code), put_away()))
    if weighed:
        pick = put_on_scale(article, words)
    parts = (article.brand, article.department, article.code)
    return Row(
        label=article.label,
        detail=" · ".join(part for part in parts if part),
        amount=f"{price}/kg" if weighed else price,
        icon=look.icon,
        tint=look.tint,
        press=Action(article.label, "", pick),
    )


def parked(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """List the suspended sales, newest first; picking one takes it back."""
    del desk
    sales = sorted(state.parked.values(), key=lambda sale: sale.parked_at_ms, reverse=True)
    return FormView(
        title=words.text("screen.till.action.recall"),
        rows=tuple(_parked(sale, surroundings, words) for sale in sales[:MAX_SHOWN]),
        empty=words.text("screen.till.parked.none"),
        listing=True,
        cancel=cancel(words),
    )


def _parked(sale: Sale, surroundings: Surroundings, words: Words) -> Row:
    figures = totals(sale)
    at = words.format_time(sale.parked_at_ms, surroundings.timezone)
    count = words.counted("screen.till.articles", figures.article_count)
    number = words.text("screen.till.sale_n", ordinal=str(sale.ordinal))
    first = next((line.label for line in sale.lines if not line.void), "")
    return Row(
        label=sale.label or number,
        detail=" · ".join(part for part in (at, number, count, first) if part),
        amount=words.format_money(figures.total_minor, sale.currency),
        icon="pause",
        press=Action(number, "", Chain((RecallSale(sale.sale_id), put_away()))),
    )


def receipts(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """List the newest receipts: one is printed again, marked (RCP-17), or becomes an invoice."""
    del state
    listed: Sequence[ReceiptRow] = desk.receipts[:MAX_SHOWN]
    wanted = desk.memory.get("paper", "reprint")
    return FormView(
        title=words.text("screen.till.receipts"),
        text=words.text(f"screen.till.receipts.text.{wanted}"),
        choices=tuple(
            Action(
                words.text(f"screen.till.action.{paper}"),
                icon,
                change(memory=MappingProxyType({"paper": paper})),
                chosen=paper == wanted,
            )
            for paper, icon in (("reprint", "receipt-text"), ("invoice", "file-text"))
        ),
        rows=tuple(_receipt(receipt, wanted, surroundings, words) for receipt in listed),
        empty=words.text("screen.till.receipts.none"),
        listing=True,
        cancel=cancel(words),
    )


def _receipt(receipt: ReceiptRow, wanted: str, surroundings: Surroundings, words: Words) -> Row:
    at, zone = receipt.ended_at_ms, surroundings.timezone
    number = grouped(receipt.receipt_number)
    total = words.format_money(receipt.total_minor, receipt.currency)
    again: Intent = Chain((PrintAgain(receipt.receipt_number), put_away()))
    pick = ask_buyer(receipt.receipt_number, total, words) if wanted == "invoice" else again
    return Row(
        label=number,
        detail=f"{words.format_date(at, zone)} · {words.format_time(at, zone)}",
        amount=total,
        icon="receipt-text",
        press=Action(number, "printer", pick),
    )
