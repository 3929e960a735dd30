"""What several screens of the kiosk show alike."""

from __future__ import annotations

from terminal.core.commands import CallHelp
from terminal.core.state import Sale, TerminalState
from terminal.presenters.desk import Chain, Entry, change
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner, Header
from terminal.words import Words

HELP = Chain((CallHelp("customer"), change(overlay="help")))
"""Call staff, and say so at once."""
STAFF = change(overlay="staff", entry=Entry("operator", "", 6, digits=True))
"""Open the staff's sheet: operator number, then PIN."""
LANGUAGE_NAMES = {"fr": "Français", "en": "English", "nl": "Nederlands", "de": "Deutsch"}
"""Each language is named in itself: who needs it can read it."""


def header(surroundings: Surroundings, words: Words) -> Header:
    """Return the top line of the kiosk's screens: shop, language, display, help."""
    return Header(
        title=surroundings.shop_name,
        actions=(
            Action(LANGUAGE_NAMES[words.language], "languages", change(overlay="languages")),
            Action(words.text("screen.access.open"), "accessibility", change(overlay="access")),
            help_action(words),
        ),
    )


def help_action(words: Words) -> Action:
    return Action(words.text("screen.help.call"), "hand-helping", HELP)


def staff_action(words: Words) -> Action:
    return Action(words.text("screen.staff"), "key-round", STAFF)


def age_waits(sale: Sale | None) -> bool:
    """Tell whether staff must still check the shopper's age."""
    if sale is None or sale.age_approved:
        return False
    return any(line.minimum_age and not line.void for line in sale.lines)


def help_banner(state: TerminalState, words: Words) -> Banner:
    """Return the banner that says that staff is coming; empty when nobody was called."""
    if not state.help_reason:
        return Banner()
    return Banner(words.text("screen.help.title"), "", "hand-helping", "info")


def power_banner(state: TerminalState, words: Words) -> Banner:
    """Return the banner that says that payment has to wait; empty while the mains are there."""
    if not state.power_failed_at_ms:
        return Banner()
    title, text = words.text("screen.power.title"), words.text("screen.power.text")
    return Banner(title, text, "plug", "warn")


def age_banner(words: Words, *, paying: bool = False) -> Banner:
    """Return the banner of an age check that waits; when ``paying`` nothing else can be done."""
    return Banner(
        words.text("screen.age.title"),
        words.text("screen.age.paying" if paying else "screen.age.text"),
        "id-card",
        "warn",
        (staff_action(words),),
    )
