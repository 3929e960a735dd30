"""What a ZPL printer says of itself: the answers to ``~HS`` and ``~HI``, sans-IO, both ways.

*ZPL Programming Guide*, ``~HS``: three lines, each ``STX fields ETX CR LF``.  Many printers answer
nothing at all while paper or ribbon is out or the head is open: silence there is no missing cable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.base import Health
from drivers.errors import RemoteProtocolError

ASK_STATUS, ASK_IDENTITY = b"~HS", b"~HI"
MAX_HELD = 1024
"""Bytes held while a line is not complete; the longest line has fewer than 80."""
STX, ETX = 0x02, 0x03
_LENGTHS = (12, 11, 2)
"""Fields of the three lines."""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """The flags and counters of ``~HS`` that a host can act upon."""

    paper_out: bool = False
    paused: bool = False
    formats: int = 0
    """Formats in the receive buffer, not yet printed."""
    buffer_full: bool = False
    partial_format: bool = False
    too_cold: bool = False
    too_hot: bool = False
    head_open: bool = False
    ribbon_out: bool = False
    label_waiting: bool = False
    """A printed label has to be taken away first (peel-off mode)."""
    remaining: int = 0
    """Labels left of the batch."""
    corrupt: bool = False
    label_length: int = 0
    """Dots."""

    @property
    def idle(self) -> bool:
        """Nothing is left to print."""
        return not (self.formats or self.remaining or self.partial_format)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return what a person must do or know, the worst first."""
        return tuple(
            reason
            for reason, is_so in (
                ("unrecoverable_error", self.corrupt),
                ("cover_open", self.head_open),
                ("paper_out", self.paper_out),
                ("ribbon_out", self.ribbon_out),
                ("paused", self.paused),
                ("overheated", self.too_hot),
                ("too_cold", self.too_cold),
                ("label_waiting", self.label_waiting),
            )
            if is_so
        )

    @property
    def health(self) -> Health:
        """Return the health that the reasons mean."""
        if self.corrupt:
            return Health.FAULT
        if self.head_open or self.paper_out or self.ribbon_out or self.paused or self.label_waiting:
            return Health.BLOCKED
        return Health.DEGRADED if self.reasons else Health.READY

    def spell(self) -> bytes:
        """Return the three lines as a printer sends them."""
        first = (
            f"030,{self.paper_out:d},{self.paused:d},{self.label_length:04d},{self.formats:03d},"
            f"{self.buffer_full:d},0,{self.partial_format:d},000,{self.corrupt:d},"
            f"{self.too_cold:d},{self.too_hot:d}"
        )
        second = (
            f"000,0,{self.head_open:d},{self.ribbon_out:d},0,2,4,{self.label_waiting:d},"
            f"{self.remaining:08d},1,000"
        )
        return b"".join(framed(line) for line in (first, second, "1234,0"))


def framed(line: str) -> bytes:
    """Return a line as it stands on the wire."""
    return b"\x02" + line.encode("latin-1") + b"\x03\r\n"


class LineReader:
    """Finds ``STX ... ETX`` lines in a stream, however it is split; what is between is dropped."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._inside = False

    def receive(self, data: bytes) -> list[str]:
        """Take bytes in; return the lines that are complete now."""
        lines: list[str] = []
        for byte in data:
            if byte == STX:
                self._held.clear()
                self._inside = True
            elif byte == ETX and self._inside:
                lines.append(self._held.decode("latin-1"))
                self._inside = False
            elif self._inside:
                self._held.append(byte)
                self._inside = len(self._held) < MAX_HELD
        return lines


def parse_status(lines: list[str]) -> HostStatus:
    """Return what three lines of ``~HS`` say.

    Raises:
        RemoteProtocolError: they are not such lines.
    """
    rows = [line.split(",") for line in lines]
    if tuple(len(row) for row in rows) != _LENGTHS:
        raise RemoteProtocolError(f"no answer to ~HS has the fields of {lines!r}"[:200])
    try:
        one, two = ([_number(field) for field in row] for row in rows[:2])
    except ValueError as error:
        raise RemoteProtocolError(f"an answer to ~HS holds numbers alone: {error}") from error
    return HostStatus(
        paper_out=bool(one[1]),
        paused=bool(one[2]),
        label_length=one[3],
        formats=one[4],
        buffer_full=bool(one[5]),
        partial_format=bool(one[7]),
        corrupt=bool(one[9]),
        too_cold=bool(one[10]),
        too_hot=bool(one[11]),
        head_open=bool(two[2]),
        ribbon_out=bool(two[3]),
        label_waiting=bool(two[7]),
        remaining=two[8],
    )


def is_status_line(line: str) -> bool:
    """Tell a line of ``~HS`` from another answer."""
    return re.fullmatch(r"[0-9A-Fa-f,]{1,80}", line) is not None and line.count(",") + 1 in _LENGTHS


def _number(field: str) -> int:
    if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", field):
        raise ValueError(repr(field))
    return int(field) if field.isdigit() else int(field, 16)
