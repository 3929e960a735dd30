"""The welcome screen: a greeting, the languages, and the ways to begin."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk, change
from terminal.presenters.routes import LOOKUP
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner
from terminal.words import Words

LANGUAGE_NAMES = {"fr": "Français", "en": "English", "nl": "Nederlands", "de": "Deutsch"}
"""Each language is named in itself: who needs it can read it."""


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
            Action(words.text("screen.help.call"), "hand-helping", change(overlay="help")),
        ),
        languages=language_actions(surroundings, words),
        access=Action(words.text("screen.access.open"), "accessibility", change(overlay="access")),
        staff=Action("", "key-round", change(overlay="staff")),
    )  # fmt: skip


def language_actions(surroundings: Surroundings, words: Words) -> tuple[Action, ...]:
    """Return one action per language of the shop, the present one chosen."""
    return tuple(
        Action(
            LANGUAGE_NAMES[code], intent=change(language=code, overlay=""),
            chosen=code == words.language,
        )
        for code in surroundings.languages
    )  # fmt: skip


def help_banner(state: TerminalState, words: Words) -> Banner:
    """Return the banner that says that staff is coming; empty when nobody was called."""
    if not state.help_reason:
        return Banner()
    return Banner(words.text("screen.help.title"), "", "hand-helping", "info")
