"""What a serial scanner sends, sans-IO: ``[AIM identifier] data suffix``.

The AIM identifier (ISO/IEC 15424) is ``]``, a letter and a modifier, and is sent by scanners that
are set to do so; we install them so, because a code can only be told apart with it.  The suffix is
a setting of the scanner: CR, LF or both as most leave the factory; TAB; ETX, usually with STX in
front; or none, and then a symbol ends where the line falls silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, Scan
from drivers.scanner.symbol import MAX_HELD_BYTES, scan_of_bytes

DEVICE = "serial-scanner"
_STX = 0x02
_ENDS: Mapping[str, re.Pattern[bytes]] = MappingProxyType(
    {
        "cr": re.compile(rb"([\r\n])"),
        "tab": re.compile(rb"(\t)"),
        "etx": re.compile(rb"(\x03)"),
        "none": re.compile(rb"(?!)"),
    }
)
_WRITTEN: Mapping[str, tuple[bytes, bytes]] = MappingProxyType(
    {"cr": (b"", b"\r\n"), "tab": (b"", b"\t"), "etx": (b"\x02", b"\x03"), "none": (b"", b"")}
)
"""What stands before and after a symbol."""
SUFFIXES = tuple(_ENDS)


class ScanDecoder:
    """Finds scans in a stream of bytes, however it is split."""

    def __init__(self, suffix: str = "cr") -> None:
        """``suffix`` is one of SUFFIXES. Raises KeyError for another."""
        self._suffix = suffix
        self._end = _ENDS[suffix]
        self._held = bytearray()
        self.dropped = 0
        """Symbols lost: unfinished ones, and those beyond MAX_QUEUED_SCANS at once."""

    def receive(self, data: bytes) -> list[Scan]:
        """Take bytes in; return the scans that are complete now."""
        scans: list[Scan] = []
        for number, piece in enumerate(self._end.split(data)):
            if number % 2:
                self._complete(scans)
            else:
                self._held += piece[: max(0, MAX_HELD_BYTES - len(self._held))]
        return scans

    @property
    def unfinished(self) -> bool:
        """A symbol has begun and has not ended."""
        return bool(self._held)

    def pause(self) -> list[Scan]:
        """The line fell silent within a symbol: its end, when there is no suffix; else a loss."""
        scans: list[Scan] = []
        if self._suffix == "none":
            self._complete(scans)
        elif self._held:
            self.drop()
            scans.append(LOST)
        return scans

    def drop(self) -> None:
        """Forget an unfinished symbol: the rest of it did not come, and half a code is none."""
        if self._held:
            self.dropped += 1
            self._held.clear()

    def _complete(self, scans: list[Scan]) -> None:
        raw, self._held = bytes(self._held), bytearray()
        if self._suffix == "etx" and raw[:1] == bytes((_STX,)):
            raw = raw[1:]
        if not raw:
            return  # the second half of CR LF
        scan = scan_of_bytes(raw, device=DEVICE)
        if not scan.text:
            return
        if len(scans) >= MAX_QUEUED_SCANS:
            self.dropped += 1
        else:
            scans.append(scan)


def encode_scan(text: str, aim: str = "", suffix: str = "cr") -> bytes:
    """Return what a scanner sends for a symbol."""
    before, after = _WRITTEN[suffix]
    return before + f"{aim}{text}".encode() + after
