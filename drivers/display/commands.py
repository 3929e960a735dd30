"""The two command sets that customer displays speak, as bytes. Pure.

Sources: Epson DM-D110 specification (5.4, command details); CD5220 user's manual (6.1,
standard mode command list).
"""

from __future__ import annotations

from typing import Protocol

from drivers.display.base import Shown
from drivers.display.code_pages import PAGES, cells

INITIALISE = b"\x1b@"
END_HALF_SENT = b"\r" * 8
"""Ends whatever a host that died or a cable that went left half sent: a string up to its CR, or the
numbers of a window, the longest command besides.  CR by itself moves the cursor, no more."""
CLEAR = b"\x0c"


class CommandSet(Protocol):
    """How a display is told what to show."""

    page: str
    """Code page that is chosen when nobody says another."""

    def initialise(self, page: str) -> bytes:
        """Return what makes a display ready and empty, whatever it was doing."""

    def show(self, rows: Shown, page: str) -> bytes:
        """Return what replaces both rows."""


class DmD:
    """Epson DM-D (ESC/POS): the cursor is placed at each row, which is written over."""

    page = "cp1252"

    def initialise(self, page: str) -> bytes:
        """``ESC @``, the code page (``ESC t n``), overwrite mode (``US MD1``), no cursor, clear."""
        chosen = b"\x1bt" + bytes((PAGES[page],))
        return END_HALF_SENT + INITIALISE + chosen + b"\x1f\x01\x1fC\x00" + CLEAR

    def show(self, rows: Shown, page: str) -> bytes:
        """``US $ column row`` and twenty characters, twice."""
        return b"".join(
            b"\x1f$" + bytes((1, n)) + cells(row, page) for n, row in enumerate(rows, start=1)
        )


class Cd5220:
    """CD5220: each row is a string of exactly twenty characters that ends with CR.

    ``ESC t n`` is not in the first manuals: a display that knows it chooses the code page, one that
    does not keeps PC437, whose accents stand at the same places as those of PC858, and clears what
    it took for text.
    """

    page = "cp858"

    def initialise(self, page: str) -> bytes:
        """``CLR`` leaves the string mode; ``ESC @``, code page, overwrite, no cursor, ``CLR``."""
        chosen = b"\x1bt" + bytes((PAGES[page],))
        return END_HALF_SENT + CLEAR + INITIALISE + chosen + b"\x1b\x11\x1b_\x00" + CLEAR

    def show(self, rows: Shown, page: str) -> bytes:
        """``ESC Q A`` and ``ESC Q B``: upper and lower row."""
        upper, lower = rows
        return b"\x1bQA" + cells(upper, page) + b"\r" + b"\x1bQB" + cells(lower, page) + b"\r"
