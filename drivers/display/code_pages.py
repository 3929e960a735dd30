"""Characters of a display: code pages by their Python name, and what stands in for the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from drivers.display.base import COLUMNS

PAGES: Mapping[str, int] = MappingProxyType(
    {
        "cp437": 0, "cp850": 2, "cp860": 3, "cp863": 4, "cp865": 5, "cp1252": 16, "cp866": 17,
        "cp852": 18, "cp858": 19,
    }
)  # fmt: skip
"""Code page -> n of ``ESC t n`` (Epson DM-D110 specification, 5.4)."""
_STAND_INS = str.maketrans(
    {
        "€": "E", "œ": "oe", "Œ": "OE", "’": "'", "\u2018": "'", "“": '"', "”": '"',
        "–": "-", "—": "-",
        "\u2212": "-", "…": "...", "×": "x", "·": ".", "ß": "ss",
    }
)  # fmt: skip
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def cells(text: str, page: str) -> bytes:
    """Return exactly COLUMNS bytes of a row, without control codes."""
    plain = text.translate(_SPACES)
    data = b"".join(_encoded(character, page) for character in plain if character.isprintable())
    return data[:COLUMNS].ljust(COLUMNS)


def _encoded(character: str, page: str) -> bytes:
    """Return a character, or the nearest that the page has; ``?`` when there is none."""
    plain = unicodedata.normalize("NFKD", character)[:1]
    for candidate in (character, character.translate(_STAND_INS), plain):
        try:
            data = candidate.encode(page)
        except UnicodeEncodeError:
            continue
        if all(byte >= 0x20 and byte != 0x7F for byte in data):
            return data
    return b"?"
