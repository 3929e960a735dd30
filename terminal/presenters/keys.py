"""Keys of a real keyboard: which action of a view each of them presses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType

from terminal.presenters.desk import BACKSPACE, Intent
from terminal.presenters.view import Action

ENTER = "Enter"
ESCAPE = "Esc"
KEYS: Mapping[int, str] = MappingProxyType(
    {
        8: BACKSPACE, 13: ENTER, 27: ESCAPE, 127: "Del", 271: ENTER, 273: "Up", 274: "Down",
        **{281 + n: f"F{n}" for n in range(1, 13)},
    }
)  # fmt: skip
"""Key codes as the window reports them (SDL 1.2 numbers, kept by Kivy) -> name on a button."""


def actions_of(view: object) -> Iterator[Action]:
    """Return every action in a view, in the order of its fields."""
    if isinstance(view, Action):
        yield view
    elif isinstance(view, tuple):
        for part in view:
            yield from actions_of(part)
    elif is_dataclass(view):
        for field in fields(view):
            yield from actions_of(getattr(view, field.name))


def action_for(views: Iterable[object], key: str) -> Intent | None:
    """Return what the first enabled action with this key means; None when there is none."""
    if not key:
        return None
    for view in views:
        for action in actions_of(view):
            if action.key == key and action.enabled:
                return action.intent
    return None
