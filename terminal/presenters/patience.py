"""How long a screen waits for a person, and what it does then; never loses a sale."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.commands import (
    CancelSale,
    ChooseLanguage,
    NextCustomer,
    ParkSale,
    SignOff,
)
from terminal.core.state import TerminalState
from terminal.presenters import routes
from terminal.presenters.commissioning import COMMISSIONING
from terminal.presenters.desk import Chain, Desk, Intent, change, clear, close
from terminal.presenters.receipt_forms import MAIL, default_of
from terminal.presenters.surroundings import Surroundings

THANKS_S = 12
RECEIPT_S = 30
"""Then the shop's default happens (RCP-01): where it is paper, silence is not a refusal."""
TYPING_S = 60
"""Between two keys of an address; then likewise."""
LINK_S = 45
"""A code is photographed in this time."""
STILL_THERE_S = 120
"""Without a touch or a scan the kiosk asks whether somebody is there (WCAG 2.2.1, EN 301 549)."""
ANSWER_S = 60
"""Time to answer that question; then the purchase is kept for later."""
PANEL_S = 60
SERVICE_S = 300
"""A technician reads and goes round the machine; then the kiosk is the shopper's again."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Seconds without a touch, and the intent that follows."""

    seconds: int
    then: Intent


STILL_THERE = "still_there"


def allowance(state: TerminalState, desk: Desk, surroundings: Surroundings) -> Allowance | None:
    """Return how long the present screen waits; None when it waits for ever."""
    if surroundings.role != "kiosk":
        return None
    name = routes.route(state, desk, surroundings)
    if name == routes.THANKS:
        linked = state.sale is not None and state.sale.receipt_choice == "link"
        return Allowance(LINK_S if linked else THANKS_S, Chain((NextCustomer(), clear())))
    if name == routes.RECEIPT:
        silent = default_of(surroundings.delivery.choices, on_request=surroundings.paper_on_request)
        if desk.overlay == MAIL:
            return Allowance(TYPING_S, Chain((silent, close())))
        return Allowance(RECEIPT_S, silent)
    if name == routes.SERVICE:
        return Allowance(SERVICE_S, Chain((SignOff(), close())))
    waits = {routes.PAYING, routes.CHARGED, routes.OUT_OF_SERVICE, COMMISSIONING}
    if name in waits or state.help_reason:
        return None
    if name == routes.WELCOME:
        return _fresh_start(state, desk, surroundings.languages[0])
    if desk.overlay == STILL_THERE:
        return Allowance(ANSWER_S, _put_aside(state))
    return Allowance(STILL_THERE_S, change(overlay=STILL_THERE))


def _fresh_start(state: TerminalState, desk: Desk, language: str) -> Allowance | None:
    """The welcome goes back to the shop's own language and display after somebody left."""
    if state.language not in {"", language}:
        return Allowance(PANEL_S, Chain((ChooseLanguage(language), clear())))
    return Allowance(PANEL_S, clear()) if desk != Desk() else None


def _put_aside(state: TerminalState) -> Intent:
    """Keep a purchase for later; a basket from which everything was removed is given up."""
    lines = state.sale.lines if state.sale else ()
    if any(not line.void for line in lines):
        return Chain((ParkSale(), clear()))
    return Chain((CancelSale("idle"), NextCustomer(), clear()))
