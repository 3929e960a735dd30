"""The till's dialogs: which one is open, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.receipt_forms import MAIL
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import (
    closing_forms,
    devices,
    invoice_forms,
    line_forms,
    lists,
    receipt_forms,
    routes,
    staff_forms,
    ticket_forms,
    typed_result,
    voucher_forms,
    weigh,
)
from terminal.presenters.till.form import FormView
from terminal.services.service_requests import OfService
from terminal.words import Words

TYPED_RESULT = "typed_result"
"""The dialog that opens by itself: no desk can ask for it, none can close it."""
Form = Callable[[TerminalState, Desk, Surroundings, Words], FormView]
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "quantity": line_forms.quantity,
        "price": line_forms.price,
        "discount": line_forms.discount,
        "weigh": weigh.weigh,
        "return": line_forms.take_back,
        "info": line_forms.information,
        "search": lists.search,
        "parked": lists.parked,
        "receipts": lists.receipts,
        "cancel": ticket_forms.cancel_sale,
        "park": ticket_forms.park,
        "salesperson": ticket_forms.salesperson,
        "deposit": ticket_forms.deposit,
        "drawer": ticket_forms.drawer,
        "cheque": ticket_forms.cheque,
        devices.WHICH: devices.which,
        invoice_forms.INVOICE: invoice_forms.invoice,
        voucher_forms.SELL: voucher_forms.sell,
        voucher_forms.REDEEM: voucher_forms.redeem,
        MAIL: receipt_forms.mail,
        receipt_forms.LINK: receipt_forms.link,
        receipt_forms.RETURN: receipt_forms.take_back,
        closing_forms.CASH: closing_forms.cash,
        closing_forms.COUNT: closing_forms.count,
        closing_forms.CLOSE: closing_forms.close,
        closing_forms.CLOSURE: closing_forms.closure,
        "operator": staff_forms.operator,
        "override": staff_forms.override,
        "resolve": staff_forms.resolve,
        TYPED_RESULT: typed_result.typed_result,
    }
)
"""Dialog (``Desk.overlay``) -> its presenter."""

_AFTER_SALE = frozenset({MAIL, receipt_forms.LINK})
"""Dialogs about the receipt of the sale that was just completed."""
_NEEDS_LINE = frozenset({"quantity", "price", "info"})
_SHEETLESS = frozenset({routes.SIGN_ON, routes.PAYING})
_OVER_FULL = frozenset({"parked", "operator"})
"""Dialogs of what still can be done where the disk has no room for another sale."""


def due_form(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the dialog that is open; what went away takes its dialog along."""
    screen = routes.route_till(state, desk, surroundings)
    if screen == routes.PAYING and typed_result.is_due(state, surroundings):
        return TYPED_RESULT
    if screen in _SHEETLESS:
        return ""
    if screen == routes.STORAGE:
        return _over_storage(desk, surroundings)
    if desk.blocked is not None:
        return "override"
    if desk.overlay == "resolve" and screen != routes.UNKNOWN:
        return ""
    if desk.overlay in _AFTER_SALE and screen != routes.DONE:
        return ""
    if desk.overlay == receipt_forms.RETURN and desk.receipt is None:
        return ""
    if desk.overlay in _NEEDS_LINE and (
        state.sale is None or state.sale.line(int(desk.memory.get("line", "0"))) is None
    ):
        return ""
    return desk.overlay if desk.overlay in FORMS and desk.overlay != TYPED_RESULT else ""


def _over_storage(desk: Desk, surroundings: Surroundings) -> str:
    """A disk that takes nothing leaves the service screen; a full one ends what is begun."""
    if surroundings.storage_problem:
        return "override" if isinstance(desk.blocked, OfService) else ""
    if desk.blocked is not None:
        return "override"
    return desk.overlay if desk.overlay in _OVER_FULL else ""


def present_form(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Fill the dialog that is open."""
    return FORMS[due_form(state, desk, surroundings)](state, desk, surroundings, words)
