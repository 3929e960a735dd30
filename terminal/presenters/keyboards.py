"""Rows of the on-screen keyboards; ``\\b`` is backspace."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_DIGITS = "1234567890"
_ROWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn'- \b"),
        "en": ("qwertyuiop", "asdfghjkl'", "zxcvbnm- \b"),
        "nl": ("qwertyuiop", "asdfghjkl'", "zxcvbnm- \b"),
        "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß- \b"),
    }
)


def keyboard_rows(language: str) -> tuple[str, ...]:
    """Return the keyboard that people who speak this language know, digits on top."""
    return (_DIGITS, *_ROWS.get(language, _ROWS["en"]))
