"""Dialogs about the ticket: cancel, park, salesperson, deposit, drawer, cheque."""

from __future__ import annotations

from terminal.core.basket import totals
from terminal.core.commands import AddDeposit, CancelSale, OpenDrawer, ParkSale, SetSalesperson
from terminal.core.limits import MAX_CHEQUE_NUMBER
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import (
    Field,
    FormView,
    form,
    money_field,
    number,
    put_away,
    reason_field,
    reasons,
    typed,
)
from terminal.presenters.view import Action
from terminal.services.requests import LearnDrawer, Pay
from terminal.words import Words

CANCEL_REASONS = 4
DRAWER_REASONS = 3


def cancel_sale(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask why the sale is given up."""
    del surroundings
    reason = typed(desk, "reason").strip()
    text = ""
    if state.sale is not None:
        figures = totals(state.sale)
        count = words.counted("screen.till.articles", figures.article_count)
        text = f"{count} · {words.format_money(figures.total_minor, state.sale.currency)}"
    return form(
        desk,
        words,
        title=words.text("screen.till.action.cancel"),
        text=text,
        tone="bad",
        fields=(reason_field(words),),
        chips=reasons(desk, words, "cancel", CANCEL_REASONS),
        confirm=Action(
            words.text("screen.till.cancel.confirm"), "trash-2",
            Chain((CancelSale(reason), put_away(), change(panel=""))),
            enabled=bool(reason), key=ENTER,
        ),
    )  # fmt: skip


def park(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for a name to find the sale again; it may stay empty."""
    del state, surroundings
    label = typed(desk, "label").strip()
    field = Field(
        "label", words.text("screen.till.park.label"), words.text("screen.till.optional"),
        digits=False, limit=40,
    )  # fmt: skip
    return form(
        desk,
        words,
        title=words.text("screen.till.action.park"),
        text=words.text("screen.till.park.text"),
        fields=(field,),
        confirm=Action(
            words.text("screen.till.action.park"), "pause",
            Chain((ParkSale(label), put_away(), change(panel=""))), key=ENTER,
        ),
    )  # fmt: skip


def salesperson(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask who sold: the commission's owner, another role than the operator (SAL-09)."""
    del surroundings
    number_ = typed(desk, "seller").strip()
    field = Field(
        "seller", words.text("screen.till.salesperson"), words.text("screen.till.nobody"), limit=8
    )
    named = state.sale.salesperson_id if state.sale is not None else ""
    none = Action(words.text("screen.till.nobody"), "", Chain((SetSalesperson(""), put_away())))
    return form(
        desk,
        words,
        title=words.text("screen.till.action.salesperson"),
        text=words.text("screen.till.salesperson.text"),
        fields=(field,),
        chips=(none,) if named else (),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((SetSalesperson(number_), put_away())), enabled=bool(number_), key=ENTER,
        ),
    )  # fmt: skip


def deposit(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for a deposit payment: on which document, how much (SAL-14)."""
    currency = state.sale.currency if state.sale else surroundings.currency
    document, amount = typed(desk, "document").strip(), number(desk, "amount")
    return form(
        desk,
        words,
        title=words.text("screen.till.action.deposit"),
        text=words.text("screen.till.deposit.text"),
        fields=(
            Field("document", words.text("screen.till.document"), "", digits=False, limit=40),
            money_field("amount", words.text("screen.till.amount"), words, currency),
        ),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((AddDeposit(document, amount), put_away())),
            enabled=bool(document and amount), key=ENTER,
        ),
    )  # fmt: skip


def drawer(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask why the drawer is opened without a sale; offer to learn its sensor."""
    del state
    unlearned = "drawer_not_learned" in surroundings.device("drawer").reasons
    learn = Action(
        words.text("screen.till.drawer.learn"), "refresh-cw", Chain((LearnDrawer(), put_away()))
    )
    reason = typed(desk, "reason").strip()
    return form(
        desk,
        words,
        title=words.text("screen.till.action.drawer"),
        text=words.text("screen.till.drawer.unlearned" if unlearned else "screen.till.drawer.text"),
        choices=(learn,),
        fields=(reason_field(words),),
        chips=reasons(desk, words, "drawer", DRAWER_REASONS),
        confirm=Action(
            words.text("screen.till.action.drawer"), "inbox",
            Chain((OpenDrawer(reason), put_away())), enabled=bool(reason), key=ENTER,
        ),
    )  # fmt: skip


def cheque(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for a cheque's number; its amount was chosen on the tender screen."""
    del surroundings
    sale = state.sale
    if sale is None:
        return FormView()
    amount = int(desk.memory.get("amount", "0") or "0")
    written = typed(desk, "number").strip()
    pay = Pay("cheque", amount, written)
    number_field = Field(
        "number", words.text("screen.till.cheque.number"), "", limit=MAX_CHEQUE_NUMBER
    )
    return form(
        desk,
        words,
        title=words.text("screen.till.tender.cheque"),
        text=words.format_money(amount, sale.currency),
        fields=(number_field,),
        confirm=Action(
            words.text("screen.till.cheque.confirm"), "check", Chain((pay, put_away())),
            enabled=bool(written and amount), key=ENTER,
        ),
    )  # fmt: skip
