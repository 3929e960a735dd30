"""The two sheets that every role uses: a dialog to answer and an entry to type."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.presenters.desk import Desk, close
from terminal.presenters.keys import ENTER, ESCAPE
from terminal.presenters.view import Action, Row

DOT = "\u25cf"


@dataclass(frozen=True, slots=True)
class DialogView:
    """A question or a message, with the ways to answer it; the first action is the main one."""

    icon: str = ""
    tone: str = "info"
    title: str = ""
    text: str = ""
    amount: str = ""
    rows: tuple[Row, ...] = ()
    """Things to choose from, listed; each row's ``press`` is its action."""
    choices: tuple[Action, ...] = ()
    """Equal choices, one under the other."""
    actions: tuple[Action, ...] = ()
    progress: float = -2.0
    """0 to 1; below -1 there is no bar."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """Something to type on a keypad, or on a keyboard when ``rows`` has any."""

    icon: str = ""
    title: str = ""
    text: str = ""
    hint: str = ""
    """Shown while nothing is typed."""
    typed: str = ""
    rows: tuple[str, ...] = ()
    picture: Row = Row()
    actions: tuple[Action, ...] = ()


def entry_action(label: str, desk: Desk, submit: Action) -> Action:
    """Return the main action of an entry: not to be pressed while nothing is typed."""
    return Action(label, submit.icon, submit.intent, enabled=bool(desk.entry.text), key=ENTER)


def cancel(label: str) -> Action:
    """Return the action that closes the sheet and forgets what was typed."""
    return Action(label, "", close(), key=ESCAPE)
