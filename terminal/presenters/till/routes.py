"""The names of the till's screens, and which one is due."""

from __future__ import annotations

from terminal.core.state import SaleStatus, TenderStatus, TerminalState
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Desk
from terminal.presenters.screen_names import SERVICE as SERVICE  # noqa: PLC0414 - a name of ours as well
from terminal.presenters.surroundings import Surroundings

SIGN_ON = "sign_on"
SALE = "sale"
TENDER = "tender"
PAYING = "paying"
UNKNOWN = "unknown"
DONE = "done"
NOTICES = "notices"
STORAGE = "storage"
DEVICES = "devices"
CLOSURES = "closures"
RESTARTING = "restarting"

TILL = (
    SIGN_ON, SALE, TENDER, PAYING, UNKNOWN, DONE, NOTICES, STORAGE, DEVICES, CLOSURES, RESTARTING,
    SERVICE, COMMISSIONING,
)  # fmt: skip


def route_till(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the till's screen: storage, money in doubt and the operator come before the sale.

    After a power cut the operator is still signed on, so the sale opens by itself (REC-03).
    """
    if surroundings.storage_problem:
        looking = desk.panel == SERVICE and state.operator is not None
        return SERVICE if looking else STORAGE
    if surroundings.restart.closed:
        return RESTARTING
    sale = state.sale
    doubts = {tender.status for tender in sale.tenders} if sale else set()
    if TenderStatus.PENDING in doubts or (surroundings.recovering and state.attempts):
        return PAYING
    if state.operator is None:
        return SIGN_ON
    if TenderStatus.UNKNOWN in doubts:
        return UNKNOWN
    if desk.panel == NOTICES and state.notices:
        return NOTICES
    if desk.panel in (DEVICES, CLOSURES, SERVICE, COMMISSIONING):
        return desk.panel
    due = _of_sale(state, desk)
    return STORAGE if due == SALE and surroundings.disk_full and not _is_open(state) else due


def _of_sale(state: TerminalState, desk: Desk) -> str:
    sale = state.sale
    if sale is None or sale.status is SaleStatus.CANCELLED:
        return SALE
    if sale.status is SaleStatus.COMPLETED:
        return DONE
    if desk.panel == TENDER and any(not line.void for line in sale.lines):
        return TENDER
    if sale.status is SaleStatus.TENDERING and desk.panel != SALE:
        return TENDER
    return SALE


def _is_open(state: TerminalState) -> bool:
    return state.sale is not None and state.sale.status in (SaleStatus.OPEN, SaleStatus.TENDERING)
