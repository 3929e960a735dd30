"""The moment before the machine restarts for an update."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.state import TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.heading import Heading, heading
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class RestartingView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    note: str = ""


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> RestartingView:
    """Return what happens, how long it takes, and that nothing is lost by it."""
    del desk
    return RestartingView(
        heading=heading(state, surroundings, words),
        title=words.text("screen.restarting.title"),
        text=words.text("screen.restarting.text"),
        note=words.text("screen.till.restarting.note", version=surroundings.restart.version),
    )
