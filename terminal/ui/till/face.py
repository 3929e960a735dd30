"""The till's screens, by route, and the sheet of its dialogs."""

from __future__ import annotations

from terminal.core.state import TerminalState
from terminal.presenters import commissioning, service
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import (
    closures,
    devices,
    dialogs,
    done,
    lists,
    notices,
    paying,
    restarting,
    routes,
    sale,
    sign_on,
    storage,
    tender,
    unknown,
)
from terminal.ui.catalogue import Face, Part
from terminal.ui.commissioning.screen import CommissioningScreen
from terminal.ui.service import ServiceScreen
from terminal.ui.till.closures import TillClosures
from terminal.ui.till.devices import TillDevices
from terminal.ui.till.done import TillDone
from terminal.ui.till.form import FormSheet
from terminal.ui.till.notices import TillNotices
from terminal.ui.till.paying import TillPaying
from terminal.ui.till.restarting import TillRestarting
from terminal.ui.till.sale import TillSale
from terminal.ui.till.sign_on import TillSignOn
from terminal.ui.till.storage import TillStorage
from terminal.ui.till.tender import TillTender
from terminal.ui.till.unknown import TillUnknown

FORM = "form"
"""Name of the one sheet that every dialog is shown on: built once, filled by its presenter."""


def sheet(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the sheet over the screen; empty when no dialog is open."""
    return FORM if dialogs.due_form(state, desk, surroundings) else ""


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
        routes.DEVICES: Part(TillDevices, devices.present),
        commissioning.COMMISSIONING: Part(CommissioningScreen, commissioning.present),
        routes.CLOSURES: Part(TillClosures, closures.present),
        routes.SERVICE: Part(ServiceScreen, service.present),
        routes.STORAGE: Part(TillStorage, storage.present),
        routes.RESTARTING: Part(TillRestarting, restarting.present),
    },
    sheets={FORM: Part(FormSheet, dialogs.present_form)},
    sheet=sheet,
)
