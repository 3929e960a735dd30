"""What a label is made of, and what every label printer driver offers.

A label is a list of fields placed in dots, 8 a millimetre (203 dpi); texts are what a person reads,
in any characters: a driver sees to it that nothing in them is taken for a command.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base import Status

DOTS_PER_MM = 8
MAX_COPIES = 500
"""A roll holds two to three thousand labels; more than this at once is a slip of the finger."""
MAX_FIELDS = 64
MAX_TEXT = 120
"""Characters of one line of text: wider than any label."""
MAX_QR = 500
"""Characters of a QR code: more cannot be read back from paper this small."""


class Align(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    CENTER = "center"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. With an ``align`` other than LEFT it stands in a box of ``width``."""

    left: int
    top: int
    height: int
    """Of a line, in dots; a capital is about three quarters of it."""
    text: str
    width: int = 0
    align: Align = Align.LEFT
    narrow: bool = False
    """Characters are set closer, for figures that would not fit."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A linear barcode: ``ean13``, ``ean8`` (with their check digit) or ``code128`` (ASCII)."""

    left: int
    top: int
    height: int
    kind: str
    data: str
    module: int = 2
    """Dots of the narrowest bar."""


@dataclass(frozen=True, slots=True)
class QR:
    left: int
    top: int
    data: str
    module: int = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """A black rectangle."""

    left: int
    top: int
    width: int
    height: int


Field = Text | Barcode | QR | Rule


@dataclass(frozen=True, slots=True)
class Label:
    """One label, ``width`` by ``height`` dots."""

    width: int
    height: int
    fields: tuple[Field, ...]


class Printed(StrEnum):
    """What is known of labels that were sent."""

    PRINTED = "printed"
    """The printer says that nothing is left to print."""
    WAITING = "waiting"
    """The printer has them and prints them by itself when a person has helped (paper, head)."""
    UNCONFIRMED = "unconfirmed"
    """They were sent, and the printer does not say what became of them: look at it."""


class LabelPrinter(Protocol):
    """A driver. All calls block, with deadlines; one thread at a time, except ``close``."""

    def open(self, timeout_s: float) -> Status:
        """Reach the printer and ask how it is. Raises TransportError when it is not there."""

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is; ABSENT when it does not answer. No side effect."""

    def print_labels(self, label: Label, copies: int, timeout_s: float) -> Printed:
        """Print ``copies`` of a label, 1 to MAX_COPIES, and say what the printer tells of them.

        Raises:
            LocalProtocolError: the label holds what cannot be printed (a wrong check digit ...).
            TransportError: the printer was not reached, or the label was not sent whole: nothing is
                ever printed of it.
            RemoteProtocolError: what answers is no label printer; nothing was sent.
        """

    def close(self) -> None: ...
