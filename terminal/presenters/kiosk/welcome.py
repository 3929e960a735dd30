"""The welcome screen: a greeting, the languages, and the ways to begin."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk, change
from terminal.presenters.kiosk.shared import STAFF, help_action, help_banner
from terminal.presenters.kiosk.sheets import language_actions
from terminal.presenters.routes import LOOKUP
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class WelcomeView:
    shop: str = ""
    status: str = ""
    status_tone: str = "good"
    banner: Banner = Banner()
    greeting: str = ""
    invitation: str = ""
    starts: tuple[Action, ...] = ()
    languages: tuple[Action, ...] = ()
    access: Action = Action()
    staff: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> WelcomeView:
    """Return the welcome of an open lane."""
    del desk
    paper = surroundings.device("printer").usable
    return WelcomeView(
        shop=surroundings.shop_name,
        status=words.text("screen.welcome.open" if paper else "screen.welcome.no_paper"),
        status_tone="good" if paper else "warn",
        banner=help_banner(state, words),
        greeting=words.text("screen.welcome.greeting"),
        invitation=words.text("screen.welcome.invitation"),
        starts=(
            Action(words.text("screen.no_barcode"), "search", change(panel=LOOKUP)),
            Action(
                words.text("screen.welcome.resume"), "history", change(overlay="parked"),
                enabled=bool(state.parked),
            ),
            help_action(words),
        ),
        languages=language_actions(surroundings, words),
        access=Action(words.text("screen.access.open"), "accessibility", change(overlay="access")),
        staff=Action("", "key-round", STAFF),
    )  # fmt: skip
