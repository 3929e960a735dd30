"""The kiosk's screens, by route, and its sheets."""

from __future__ import annotations

from terminal.core.state import TerminalState
from terminal.presenters import commissioning, patience, routes, service
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk import (
    basket,
    charged,
    closing,
    lookup,
    mail,
    out_of_service,
    paying,
    sheets,
    staff,
    tender,
    weigh,
    welcome,
)
from terminal.presenters.receipt_forms import MAIL
from terminal.presenters.surroundings import Surroundings
from terminal.ui.catalogue import Face, Part
from terminal.ui.commissioning.screen import CommissioningScreen
from terminal.ui.kiosk.basket import BasketScreen
from terminal.ui.kiosk.charged import ChargedScreen
from terminal.ui.kiosk.closing import ReceiptScreen, ThanksScreen
from terminal.ui.kiosk.lookup import LookupScreen
from terminal.ui.kiosk.out_of_service import OutOfServiceScreen
from terminal.ui.kiosk.paying import PayingScreen
from terminal.ui.kiosk.tender import TenderScreen
from terminal.ui.kiosk.weigh import WeighSheet
from terminal.ui.kiosk.welcome import WelcomeScreen
from terminal.ui.service import ServiceScreen
from terminal.ui.sheets import DialogSheet, EntrySheet, WordsSheet

STAFF_ACTIONS = "staff_actions"


def sheet(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the sheet over the screen; empty when none is."""
    del surroundings
    if desk.overlay == "staff" and state.operator is not None:
        return STAFF_ACTIONS
    return desk.overlay if desk.overlay in KIOSK.sheets else ""


KIOSK = Face(
    role="kiosk",
    weigh=lookup.put_on_scale,
    screens={
        routes.WELCOME: Part(WelcomeScreen, welcome.present),
        routes.BASKET: Part(BasketScreen, basket.present),
        routes.LOOKUP: Part(LookupScreen, lookup.present),
        routes.TENDER: Part(TenderScreen, tender.present),
        routes.PAYING: Part(PayingScreen, paying.present),
        routes.CHARGED: Part(ChargedScreen, charged.present),
        routes.RECEIPT: Part(ReceiptScreen, closing.present_receipt),
        routes.THANKS: Part(ThanksScreen, closing.present_thanks),
        routes.OUT_OF_SERVICE: Part(OutOfServiceScreen, out_of_service.present),
        routes.SERVICE: Part(ServiceScreen, service.present),
        commissioning.COMMISSIONING: Part(CommissioningScreen, commissioning.present),
    },
    sheets={
        "languages": Part(DialogSheet, sheets.languages),
        "access": Part(DialogSheet, sheets.access),
        "help": Part(DialogSheet, sheets.help_called),
        "parked": Part(DialogSheet, sheets.parked),
        "later": Part(DialogSheet, sheets.later),
        patience.STILL_THERE: Part(DialogSheet, sheets.still_there),
        "weigh": Part(WeighSheet, weigh.weigh),
        MAIL: Part(WordsSheet, mail.address),
        "staff": Part(EntrySheet, staff.sign_on),
        STAFF_ACTIONS: Part(DialogSheet, staff.actions),
        "evidence": Part(WordsSheet, staff.evidence),
    },
    sheet=sheet,
)
