"""The kiosk's screens, by route, and its sheets."""

from __future__ import annotations

from terminal.core.state import TerminalState
from terminal.presenters import routes
from terminal.presenters.desk import Desk
from terminal.presenters.kiosk import basket, welcome
from terminal.presenters.surroundings import Surroundings
from terminal.ui.catalogue import Face, Part
from terminal.ui.kiosk.basket import BasketScreen
from terminal.ui.kiosk.welcome import WelcomeScreen


def sheet(state: TerminalState, desk: Desk, surroundings: Surroundings) -> str:
    """Return the sheet over the screen; empty when none is."""
    del state, surroundings
    return desk.overlay if desk.overlay in KIOSK.sheets else ""


KIOSK = Face(
    role="kiosk",
    screens={
        routes.WELCOME: Part(WelcomeScreen, welcome.present),
        routes.BASKET: Part(BasketScreen, basket.present),
    },
    sheets={},
    sheet=sheet,
)
