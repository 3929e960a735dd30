"""Refusals: the values that say why a command was not carried out.

A refusal is a value, not an exception: the core returns it, the session passes it on, and every
language has words for its code (catalogue key ``refused.<code>``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NONE: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was not carried out; nothing was changed and nothing was written."""

    code: str
    """Stable snake_case code, e.g. ``unknown_code``; translated on screen, never shown raw."""
    details: Mapping[str, str | int] = field(default_factory=lambda: _NONE)
    """Values for the words of the message; keys are the placeholders of the catalogue."""


class CoreError(Exception):
    """Base of the errors that mean a fault in our own code or data, never a user's mistake."""


class IllegalEvent(CoreError):
    """An event does not apply to the state it was folded onto: the journal or the code is wrong."""
