"""The till's screens, by route, and its dialogs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import (
    done,
    line_forms,
    lists,
    notices,
    paying,
    routes,
    sale,
    sign_on,
    staff_forms,
    storage,
    tender,
    ticket_forms,
    typed_result,
    unknown,
)
from terminal.presenters.till.form import FormView
from terminal.ui.catalogue import Face, Part
from terminal.ui.till.done import TillDone
from terminal.ui.till.form import FormSheet
from terminal.ui.till.notices import TillNotices
from terminal.ui.till.paying import TillPaying
from terminal.ui.till.sale import TillSale
from terminal.ui.till.sign_on import TillSignOn
from terminal.ui.till.storage import TillStorage
from terminal.ui.till.tender import TillTender
from terminal.ui.till.unknown import TillUnknown
from terminal.words import Words

TYPED_RESULT = "typed_result"
"""The dialog that opens by itself: no desk can ask for it, none can close it."""
Form = Callable[[TerminalState, Desk, Surroundings, Words], FormView]
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "quantity": line_forms.quantity,
        "price": line_forms.price,
        "discount": line_forms.discount,
        "weigh": line_forms.weigh,
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
        "operator": staff_forms.operator,
        "override": staff_forms.override,
        "resolve": staff_forms.resolve,
        TYPED_RESULT: typed_result.typed_result,
    }
)
"""Dialog (``Desk.overlay``) -> its presenter."""

_NEEDS_LINE = frozenset({"quantity", "price", "info"})
_SHEETLESS = frozenset({routes.SIGN_ON, routes.PAYING, routes.STORAGE})


FORM = "form"
"""Name of the one sheet that every dialog is shown on: built once, filled by its presenter."""


def due_form(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the dialog that is open; what went away takes its dialog along."""
    screen = routes.route_till(state, desk, surroundings)
    if screen == routes.PAYING and typed_result.is_due(state, surroundings):
        return TYPED_RESULT
    if screen in _SHEETLESS:
        return ""
    if desk.blocked is not None:
        return "override"
    if desk.overlay == "resolve" and screen != routes.UNKNOWN:
        return ""
    if desk.overlay in _NEEDS_LINE and (
        state.sale is None or state.sale.line(int(desk.memory.get("line", "0"))) is None
    ):
        return ""
    return desk.overlay if desk.overlay in FORMS and desk.overlay != TYPED_RESULT else ""


def sheet(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the sheet over the screen; empty when no dialog is open."""
    return FORM if due_form(state, desk, surroundings) else ""


def present_form(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Fill the dialog that is open."""
    return FORMS[due_form(state, desk, surroundings)](state, desk, surroundings, words)


TILL = Face(
    role="till",
    weigh=lists.put_on_scale,
    screens={
        routes.SIGN_ON: Part(TillSignOn, sign_on.present),
        routes.SALE: Part(TillSale, sale.present),
        routes.TENDER: Part(TillTender, tender.present),
        routes.PAYING: Part(TillPaying, paying.present),
        routes.UNKNOWN: Part(TillUnknown, unknown.present),
        routes.DONE: Part(TillDone, done.present),
        routes.NOTICES: Part(TillNotices, notices.present),
        routes.STORAGE: Part(TillStorage, storage.present),
    },
    sheets={FORM: Part(FormSheet, present_form)},
    sheet=sheet,
)
