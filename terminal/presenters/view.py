"""The parts that the views of several screens share.

A view is a frozen dataclass with a default for every field (a screen is built before it is shown).
It holds finished words: nothing is formatted or translated after it.  What can be pressed is an
``Action``, which carries the intent that pressing it means.
"""

from __future__ import annotations

from dataclasses import dataclass

from terminal.presenters.desk import Intent


@dataclass(frozen=True, slots=True)
class Action:
    """Something to press. Without a label and an icon it is not shown at all."""

    label: str = ""
    icon: str = ""
    intent: Intent | None = None
    enabled: bool = True
    key: str = ""
    """Key of a real keyboard that does the same (``F12``); shown small on till buttons."""
    chosen: bool = False
    """The present choice among several."""

    @property
    def shown(self) -> bool:
        return bool(self.label or self.icon)


@dataclass(frozen=True, slots=True)
class Banner:
    """A message that stays until its cause goes away."""

    title: str = ""
    text: str = ""
    icon: str = ""
    tone: str = "warn"
    """``info``, ``good``, ``warn`` or ``bad``; never the only carrier of the meaning."""
    actions: tuple[Action, ...] = ()

    @property
    def shown(self) -> bool:
        return bool(self.title or self.text)


@dataclass(frozen=True, slots=True)
class Header:
    """Top line of a screen."""

    title: str = ""
    note: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    n: int = 0
    quantity: str = ""
    label: str = ""
    detail: str = ""
    amount: str = ""
    selected: bool = False
    void: bool = False
    icon: str = ""
    tint: str = ""
    press: Action = Action()
    remove: Action = Action()
