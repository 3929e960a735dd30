"""What a document is made of, before it is laid out for paper or screen: meaning, no columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Text:
    """Running text; it wraps."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    under: str = ""
    """The same in another language, beneath it."""


@dataclass(frozen=True, slots=True)
class Banner:
    """A word nobody must miss: centred, double size where it fits."""

    text: str
    under: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and, at the right edge, what belongs to it; the label wraps, figures never do."""

    label: str
    right: str
    bold: bool = False
    double: bool = False
    indent: int = 0
    middle: str = ""
    """A figure in a column of its own, left of ``right``: what explains the amount."""
    under: str = ""
    """The label in another language, beneath it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells each; the first column is left aligned, the others right."""

    rows: tuple[tuple[str, ...], ...]
    heads: int = 1
    """How many rows, from the first, name the columns."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True, slots=True)
class Spacer:
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Barcode:
    """A CODE128 symbol of ASCII characters."""

    data: str
    caption: bool = True
    """Whether a form that can (PDF) writes below it what a person may type."""


@dataclass(frozen=True, slots=True)
class QR:
    data: str


Block = Text | Banner | Row | Table | Rule | Spacer | Barcode | QR


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document, by name: ``lines``, ``vat`` ...; other forms may treat it apart."""

    name: str
    blocks: tuple[Block, ...]


def all_blocks(sections: tuple[Section, ...]) -> tuple[Block, ...]:
    """Return what the sections hold, in order."""
    return tuple(block for section in sections for block in section.blocks)
