"""Texts that people type: short, and made of characters that paper, screen and journal can hold."""

from __future__ import annotations

import unicodedata

from terminal.core.errors import Refused
from terminal.core.limits import MAX_TEXT

_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible formatting, half surrogates, unassigned, and line separators."""


def is_clean(text: str) -> bool:
    """Tell whether a text has nothing but characters that one can see, and spaces."""
    return text.isprintable() or not any(
        unicodedata.category(character) in _REFUSED_CATEGORIES for character in text
    )


def check_text(text: str, limit: int = MAX_TEXT) -> Refused | None:
    """Return why an optional text cannot be recorded, or None."""
    if len(text) > limit:
        return Refused("reason_too_long", {"limit": limit})
    return None if is_clean(text) else Refused("bad_request")


def check_reason(text: str) -> Refused | None:
    """Return why a text is not a reason, or None."""
    if not text.strip():
        return Refused("reason_required")
    return check_text(text)


def check_key(text: str, limit: int) -> Refused | None:
    """Return why a text cannot be an identifier, or None."""
    return None if text and len(text) <= limit and is_clean(text) else Refused("bad_request")
