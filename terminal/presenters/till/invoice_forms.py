"""The dialog that asks who buys, for an invoice of a receipt."""

from __future__ import annotations

from terminal.core.buyer import MAX_NAME
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Change, Desk
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.banners import grouped
from terminal.presenters.till.form import Field, FormView, form, open_form, put_away, typed
from terminal.presenters.view import Action
from terminal.services.buyers import typed_buyer
from terminal.services.requests import MakeInvoice
from terminal.words import Words

INVOICE = "invoice"
"""The dialog's name on the desk (``Desk.overlay``)."""
AT_HOME = "FR"
_LIMITS = {"buyer": 60, "street": MAX_NAME, "town": 60, "country": 2, "number": 24}


def _field(name: str, words: Words) -> Field:
    key = f"screen.till.invoice.{name}"
    return Field(
        name, words.text(key), words.text(f"{key}.hint"), digits=False, limit=_LIMITS[name]
    )


def ask_buyer(receipt_number: str, total: str, words: Words) -> Change:
    """Return the intent that opens the dialog for a receipt; ``total`` is shown."""
    return open_form(
        INVOICE, _field("buyer", words), receipt=receipt_number, total=total, country=AT_HOME
    )


def invoice(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for the buyer: name, address, and a number of the trade if there is one."""
    del state, surroundings
    receipt, total = desk.memory.get("receipt", ""), desk.memory.get("total", "")
    values = [typed(desk, name).strip() for name in _LIMITS]
    name, street, town, country, number = values
    request = MakeInvoice(receipt, typed_buyer(name, street, town, country.upper(), number))
    return form(
        desk,
        words,
        title=words.text("screen.till.action.invoice"),
        text=" · ".join(filter(None, (grouped(receipt), total))),
        fields=tuple(_field(one, words) for one in _LIMITS),
        confirm=Action(
            words.text("screen.till.invoice.confirm"), "receipt-text",
            Chain((request, put_away())),
            enabled=all((name, street, town, country)), key=ENTER,
        ),
    )  # fmt: skip
