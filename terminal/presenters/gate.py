"""Whether a scan is taken now: not while somebody is asked something, or pays.

A scan that comes then is not kept for later: nobody wants what slipped through a scanner while a
question stood on the screen.  What the core refuses in words of its own (a payment in doubt, nobody
signed on) is left to it.
"""

from __future__ import annotations

from terminal.core.state import TenderStatus, TerminalState
from terminal.presenters import patience, routes
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk.shared import age_waits
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import dialogs
from terminal.presenters.till import routes as till

PAYING = "payment_pending"
QUESTION = "question_open"
AGE = "age_check_waiting"


def scan_gate(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the code of the refusal that a scan meets; empty when it is taken."""
    sale = state.sale
    tenders = {tender.status for tender in sale.tenders} if sale is not None else set()
    if TenderStatus.PENDING in tenders:
        return PAYING
    screen = routes.route(state, desk, surroundings)
    if surroundings.commissioning.stage.code:
        return ""  # the code of a step is to be scanned
    if screen == COMMISSIONING:
        return QUESTION
    if surroundings.role == "till":
        asked = screen in (till.NOTICES, till.CLOSURES) or dialogs.due_form(
            state, desk, surroundings
        )
        return QUESTION if asked else ""
    if screen == routes.CHARGED and TenderStatus.UNKNOWN not in tenders:
        return QUESTION
    return _at_kiosk(state, desk, screen)


def _at_kiosk(state: TerminalState, desk: Desk, screen: str) -> str:
    if screen == routes.TENDER and age_waits(state.sale):
        return AGE
    if screen == routes.RECEIPT:
        return QUESTION
    # "Are you still there?" is answered by a scan as well as by a finger.
    return QUESTION if desk.overlay not in {"", patience.STILL_THERE} else ""
