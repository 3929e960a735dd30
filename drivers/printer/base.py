"""What a receipt printer driver offers, and the laid-out page it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base import SelfTestReport, Status


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class PrintLine:
    """One line of text, already laid out to the paper's columns (half as many when ``double``)."""

    text: str
    align: Align = Align.LEFT
    bold: bool = False
    double: bool = False
    """Double width and height."""
    tall: bool = False
    """Double height alone."""


@dataclass(frozen=True, slots=True)
class PrintQR:
    data: str
    size: int = 6
    """Module size in dots, 1 to 16."""


@dataclass(frozen=True, slots=True)
class PrintBarcode:
    """EAN-13 (13 digits) or CODE128 (up to 30 characters of ASCII)."""

    data: str
    symbology: str = "CODE128"


@dataclass(frozen=True, slots=True)
class PrintImage:
    """A picture in black and white, centred; wider than the paper it is cut off."""

    width: int
    """Dots; the rows are padded to whole bytes."""
    rows: bytes
    """Row after row, eight dots a byte, the left one highest, 1 is black."""


@dataclass(frozen=True, slots=True)
class PrintFeed:
    lines: int = 1


PrintItem = PrintLine | PrintQR | PrintBarcode | PrintFeed | PrintImage


@dataclass(frozen=True, slots=True)
class EncodedJob:
    """The bytes of a job, by phase; a phase's bytes leave only when the one before is confirmed."""

    begin: bytes
    """Initialise and set the code page; prints nothing."""
    body: bytes
    cut: bytes


class Confirm(StrEnum):
    PRINTED = "printed"
    """The printer reported that everything before the marker is done."""
    PENDING = "pending"
    """No report yet; see the status for the reason (paper out ...)."""
    LOST = "lost"
    """The printer went away, or was off in between: the report will never come."""


class Confirmation(StrEnum):
    """How a printer can say what it has done."""

    PROCESS_ID = "process_id"
    """A report when everything before it is on paper (ESC/POS GS ( H)."""
    FENCE = "fence"
    """A report when everything before it was carried out (ESC/POS GS r, Star ETB), counted."""
    NONE = "none"
    """Nothing at all: jobs end as sent, never as printed."""


@dataclass(frozen=True, slots=True)
class PrinterCaps:
    columns: int
    dots: int
    confirmation: Confirmation
    can_clear: bool
    """Acknowledges that it has thrown away what it held."""
    drawer: bool = True


class ReceiptPrinter(Protocol):
    """A driver. All calls block, with deadlines, on the one thread of the device."""

    caps: PrinterCaps

    def open(self, timeout_s: float) -> Status:
        """Connect, initialise, switch automatic status on, identify. Raises TransportError."""

    def status(self) -> Status:
        """Return what is known now, after reading whatever has arrived. Does not block."""

    def poll(self, timeout_s: float) -> Status:
        """Ask for the real-time status and wait for the answer; ABSENT when none comes."""

    def encode(self, items: tuple[PrintItem, ...]) -> EncodedJob:
        """Turn a page into the bytes of a job. Pure; text is stripped of control codes."""

    def send(self, data: bytes, timeout_s: float) -> None:
        """Write bytes. Raises Unplugged or TransportTimeout with ``bytes_sent``."""

    def mark(self, marker: str) -> bytes:
        """Return what asks for a report of ``marker`` (4 characters 0x20-0x7E) when it is reached.

        To be sent at once behind the bytes that it is about; without confirmation it is empty.
        """

    def confirm(self, marker: str, timeout_s: float) -> Confirm:
        """Wait for the report of ``marker``."""

    def clear(self, timeout_s: float) -> bool:
        """Throw away what the printer still holds; True only when it acknowledged."""

    def kick(self, pin: int, timeout_s: float) -> None:
        """Fire the drawer connector (pin 2 or 5)."""

    def drawer_high(self) -> bool | None:
        """Level of the drawer's sensor, which means open or closed as the drawer is made; None
        when unknown."""

    def self_test(self, timeout_s: float) -> SelfTestReport:
        """Print a test page and read the status. Raises TransportError when it is not there."""

    def statistics(self) -> Mapping[str, int]:
        """Return counts since the start: ``connections``, ``bytes_sent``, ``confirmed`` ..."""

    def close(self) -> None: ...
