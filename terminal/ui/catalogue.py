"""Which screens a face has: name -> the screen's class and its presenter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.core.items import Article
from terminal.core.state import TerminalState
from terminal.presenters.desk import Change, Desk
from terminal.presenters.surroundings import Surroundings
from terminal.ui.screen import Surface
from terminal.words import Words

Presenter = Callable[[TerminalState, Desk, Surroundings, Words], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One screen: what draws it and what fills it."""

    screen: Callable[..., Surface]
    present: Presenter


@dataclass(frozen=True, slots=True)
class Face:
    """All screens of a role, the sheets that may cover them, and which sheet is due."""

    role: str
    screens: Mapping[str, Part]
    sheets: Mapping[str, Part]
    sheet: Callable[[TerminalState, Desk, Surroundings], str]
    weigh: Callable[[Article, Words], Change]
    """The intent that puts an article on the scale: scanned, but sold by weight."""
