"""Dialogs about vouchers and deposits: sell a voucher, use what a customer holds."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.limits import MAX_TEXT
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Change, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import tendering
from terminal.presenters.till.form import (
    Field,
    FormView,
    form,
    money_field,
    number,
    open_form,
    put_away,
    typed,
)
from terminal.presenters.view import Action
from terminal.services.requests import IssueVoucher, Redeem
from terminal.words import Words

SELL, REDEEM = "voucher", "redeem"
"""The dialogs' names on the desk (``Desk.overlay``)."""


def _credit(words: Words) -> Field:
    key = "screen.till.redeem.number"
    return Field("credit", words.text(key), words.text(f"{key}.hint"), digits=False, limit=MAX_TEXT)


def open_redeem(amount_minor: int, words: Words) -> Change:
    """Return the intent that asks for a number; ``amount_minor`` 0 uses as much as can be."""
    amount = str(amount_minor) if amount_minor else ""
    return change(
        overlay=REDEEM, entry=_credit(words).entry(), memory=MappingProxyType({"amount": amount})
    )


def open_sell(words: Words, currency: str) -> Change:
    """Return the intent that asks what a voucher is to be worth."""
    return open_form(SELL, _amount(words, currency))


def _amount(words: Words, currency: str) -> Field:
    return money_field("amount", words.text("screen.till.amount"), words, currency)


def sell(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Sell a multi-purpose voucher under a new number, or one that is printed on a card."""
    currency = state.sale.currency if state.sale else surroundings.currency
    amount, printed = number(desk, "amount"), typed(desk, "credit").strip()
    key = "screen.till.voucher.number"
    card = Field("credit", words.text(key), words.text(f"{key}.hint"), limit=20)
    return form(
        desk,
        words,
        title=words.text("screen.till.action.voucher"),
        text=words.text("screen.till.voucher.text"),
        fields=(_amount(words, currency), card),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((IssueVoucher(amount, None, printed), put_away())), enabled=bool(amount),
            key=ENTER,
        ),
    )  # fmt: skip


def redeem(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Use a voucher or deposit: a tender, or a deduction where its VAT is paid already."""
    del surroundings
    sale, written = state.sale, typed(desk, "credit").strip()
    amount = int(desk.memory.get("amount", "") or "0")
    shown = words.format_money(amount, sale.currency) if sale is not None and amount else ""
    again = change(entry=tendering.amount_entry())
    return form(
        desk,
        words,
        title=words.text("screen.till.redeem.title"),
        text=shown or words.text("screen.till.redeem.text"),
        fields=(_credit(words),),
        confirm=Action(
            words.text("screen.till.redeem.confirm"), "check",
            Chain((Redeem(written, amount or None), put_away(), again)),
            enabled=bool(written), key=ENTER,
        ),
    )  # fmt: skip
