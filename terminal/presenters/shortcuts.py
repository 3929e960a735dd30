"""Keys of a real keyboard: each presses the action of the view that carries its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

from terminal.presenters.desk import BACKSPACE, Intent, Press
from terminal.presenters.view import Action

MAX_DEPTH = 4
"""Views are shallow: a screen, its parts, their rows, a row's action."""

KEYS: Mapping[int, str] = MappingProxyType(
    {282 + n: f"F{n + 1}" for n in range(12)} | {13: "Enter", 271: "Enter", 27: "Esc", 127: "F11"}
)
"""Key codes of the window's toolkit (SDL 1 names) -> key of an action; Delete voids as F11 does."""
BACKSPACE_CODE = 8


def pressed(view: object, key: int, text: str, *, typing: bool) -> Intent | None:
    """Return what a key means while ``view`` is in sight; None when nothing.

    ``typing`` tells that a field is open, so that plain characters are typed into it.
    """
    name = KEYS.get(key)
    if name is not None:
        found = next((a for a in _actions(view) if a.key == name and a.enabled), None)
        return found.intent if found is not None else None
    if not typing:
        return None
    if key == BACKSPACE_CODE:
        return Press(BACKSPACE)
    return Press(text) if len(text) == 1 and text.isprintable() else None


def _actions(part: Any, depth: int = MAX_DEPTH) -> Iterator[Action]:
    """Yield the actions of a view, in the order of its fields."""
    if isinstance(part, Action):
        yield part
    elif isinstance(part, tuple) and depth:
        for inner in part:
            yield from _actions(inner, depth - 1)
    elif is_dataclass(part) and depth:
        for field in fields(part):
            yield from _actions(getattr(part, field.name), depth - 1)
