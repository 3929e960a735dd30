"""The names of the screens, and which one is due: ``next screen = route(state)``."""

from __future__ import annotations

from terminal.core.state import SaleStatus, TenderStatus, TerminalState
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Desk
from terminal.presenters.screen_names import SERVICE as SERVICE  # noqa: PLC0414 - a name of ours as well
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.routes import route_till
from terminal.presenters.told import TOLD_ON_A_SCREEN, untold

WELCOME = "welcome"
BASKET = "basket"
LOOKUP = "lookup"
TENDER = "tender"
PAYING = "paying"
CHARGED = "charged"
RECEIPT = "receipt"
THANKS = "thanks"
OUT_OF_SERVICE = "out_of_service"

KIOSK = (
    WELCOME, BASKET, LOOKUP, TENDER, PAYING, CHARGED, RECEIPT, THANKS, OUT_OF_SERVICE, SERVICE,
    COMMISSIONING,
)  # fmt: skip


def route(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the name of the screen that is due. Pure; the sale decides before the desk does."""
    due = route_till if surroundings.role == "till" else route_kiosk
    return due(state, desk, surroundings)


def route_kiosk(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the kiosk's screen.

    Money in doubt comes before everything, also before a device that is missing: a customer whose
    card may have been charged is never shown a closed lane.
    """
    sale = state.sale
    if sale is not None:
        pending = {t.status for t in sale.tenders} & {TenderStatus.PENDING, TenderStatus.UNKNOWN}
        if TenderStatus.UNKNOWN in pending or (pending and surroundings.recovering):
            return CHARGED
        if pending:
            return PAYING
        if untold(state, desk, TOLD_ON_A_SCREEN):
            return CHARGED
        if sale.status is SaleStatus.COMPLETED:
            return THANKS if sale.receipt_choice else RECEIPT
    if desk.panel == SERVICE and state.operator is not None and not surroundings.restart.closed:
        return SERVICE
    if surroundings.storage_problem or surroundings.recovering or surroundings.restart.closed:
        return OUT_OF_SERVICE
    return _sale_or_panel(state, desk, surroundings)


def _sale_or_panel(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    sale = state.sale
    if desk.panel == LOOKUP and not (sale is None and surroundings.disk_full):
        return LOOKUP
    if sale is None or sale.status is SaleStatus.CANCELLED:
        if desk.panel == COMMISSIONING and state.operator is not None:
            return COMMISSIONING
        if surroundings.commissioning.blocked:
            return OUT_OF_SERVICE
        can_pay = surroundings.device("poi").usable and not state.power_failed_at_ms
        stopped = surroundings.clock_stopped or surroundings.disk_full
        return WELCOME if can_pay and not stopped else OUT_OF_SERVICE
    if sale.lines and desk.panel == TENDER:
        return TENDER
    if sale.status is SaleStatus.TENDERING and desk.panel != BASKET:
        return TENDER
    return BASKET
