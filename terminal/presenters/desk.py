"""What is on the counter but not in the journal: open panels, typed digits, chosen tab.

A ``Desk`` is ephemeral: a power cut clears it, and nothing that matters is in it.  Screens change
it by intents (``Change``, ``Press``); the rest of the intents are requests to the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from terminal.core.items import Article
from terminal.core.returned import ReceiptOffer
from terminal.services.requests import Deed, Request

MAX_ENTRY_CHARS = 40
"""Longest text that can be typed on a screen: more is a leaning elbow, not a search."""
BACKSPACE = "backspace"
CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Message:
    """A short message about what was just asked: ``key`` in the catalogue, with its values."""

    key: str
    tone: str = "warn"
    """``good``, ``warn`` or ``bad``."""
    values: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is being typed."""

    name: str = ""
    """What it is: ``pin``, ``operator``, ``weight``, ``search``, ``evidence`` ..."""
    text: str = ""
    limit: int = MAX_ENTRY_CHARS
    digits: bool = False

    def pressed(self, key: str) -> Entry:
        """Return the entry after a key: a character, ``backspace`` or ``clear``."""
        if key == BACKSPACE:
            return replace(self, text=self.text[:-1])
        if key == CLEAR:
            return replace(self, text="")
        if len(self.text) + len(key) > self.limit or (self.digits and not key.isdecimal()):
            return self
        return replace(self, text=self.text + key)


@dataclass(frozen=True, slots=True)
class Desk:
    """The ephemeral context of the screens; every field has the value of an empty desk."""

    panel: str = ""
    """Screen opened over the sale: ``lookup``, ``tender``, ``parked`` ...; empty when none."""
    overlay: str = ""
    """Sheet above the screen: ``staff``, ``access``, ``languages``, ``confirm_cancel`` ..."""
    entry: Entry = field(default_factory=Entry)
    """What is being typed now."""
    memory: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What was typed before in the same dialog (operator number before the PIN ...)."""
    department: str = ""
    """Department chip chosen in a search."""
    found: tuple[Article, ...] = ()
    """Answer to the search."""
    weighing: Article | None = None
    """Article on the scale."""
    parked: tuple[Any, ...] = ()
    """Suspended sales as listed."""
    receipts: tuple[Any, ...] = ()
    """Newest receipts as listed."""
    receipt: ReceiptOffer | None = None
    """A receipt that was scanned, and what of it can come back."""
    closures: tuple[Any, ...] = ()
    """Newest closures as listed."""
    tab: str = ""
    """Chosen tab of a till screen."""
    language: str = ""
    """Language looked at before the first line; the journal has the one that was chosen."""
    large_text: bool = False
    high_contrast: bool = False
    capitals: bool = False
    """The on-screen keyboard shows capitals."""
    message: Message | None = None
    told: tuple[int, ...] = ()
    """Notices that the customer has read; staff still acknowledges them."""
    blocked: Deed | None = None
    """A request that wants a right the operator lacks: a supervisor may give it (till)."""
    busy: bool = False
    """A request is under way."""


@dataclass(frozen=True, slots=True)
class Change:
    """An intent: replace these fields of the desk."""

    fields: tuple[tuple[str, Any], ...]

    def apply(self, desk: Desk) -> Desk:
        return replace(desk, **dict(self.fields))


@dataclass(frozen=True, slots=True)
class Press:
    """An intent: a key of a keypad or keyboard on the screen (or of a real one)."""

    key: str


@dataclass(frozen=True, slots=True)
class Chain:
    """An intent: these, in order; a refusal stops the chain, so the desk stays where it was."""

    steps: tuple[Request | Change, ...]


Intent = Request | Change | Press | Chain


def change(**fields: Any) -> Change:
    """Return the intent to replace fields of the desk; a wrong name is a fault of ours.

    Raises:
        AttributeError: the desk has no such field.
    """
    for name in fields:
        getattr(Desk, name)
    return Change(tuple(fields.items()))


def clear() -> Change:
    """Return the intent to clear the desk for the next customer."""
    empty = Desk()
    return Change(tuple((name, getattr(empty, name)) for name in Desk.__dataclass_fields__))


def close() -> Change:
    """Return the intent to close whatever is open over the sale."""
    return change(
        panel="", overlay="", entry=Entry(), memory=MappingProxyType({}), found=(), department="",
        weighing=None,
    )  # fmt: skip
