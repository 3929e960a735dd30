"""What a scanner in USB HID-POS mode sends, sans-IO: input reports of 64 bytes.

USB-IF "HID Point of Sale Usage Tables" 1.02, usage page 0x8C, scanned data report: report id 2,
the number of data bytes (at most 56), an AIM identifier of three bytes, 56 bytes of data, the
maker's own number of the symbology, a reserved byte, and a byte of flags whose lowest bit says that
the symbol goes on in the next report.

The kernel's hidraw gives whole reports.  Over a socket they come as a stream: the decoder finds the
next report by its head, whatever stands between.
"""

from __future__ import annotations

import re

from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, Scan
from drivers.scanner.symbol import MAX_HELD_BYTES, scan_of_bytes

DEVICE = "hidpos-scanner"
REPORT_BYTES = 64
DATA_BYTES = 56
SCANNED_DATA = 0x02
"""Report id."""
NO_AIM = b"\0\0\0"
_DATA = 5
_MORE, _FLAGS = 0x01, 63
_HEAD = re.compile(rb"\x02[\x00-\x38](?:\][A-Za-z][0-9A-Za-z]|\0\0\0)", re.DOTALL)
_BEGUN = re.compile(rb"\x02(?:\Z|[\x00-\x38](?:\Z|\](?:\Z|[A-Za-z]\Z)|\0(?:\Z|\0\Z)))", re.DOTALL)
"""A head of which only the beginning came."""


class ReportDecoder:
    """Joins reports to symbols; skips what is no scanned data report."""

    def __init__(self) -> None:
        self._stream = bytearray()
        """Less than one report."""
        self._data = bytearray()
        self._aim = b""
        self._open = False
        """The last report said that more follows."""
        self.dropped = 0

    def receive(self, data: bytes) -> list[Scan]:
        """Take bytes in; return the scans that are complete now."""
        stream = bytes(self._stream) + data
        scans: list[Scan] = []
        at = 0
        while True:
            head = _HEAD.search(stream, at)
            if head is None:
                begun = _BEGUN.search(stream, max(at, len(stream) - _DATA + 1))
                at = begun.start() if begun else len(stream)
                break
            at = head.start()
            if len(stream) - at < REPORT_BYTES:
                break
            self._take(stream[at : at + REPORT_BYTES], scans)
            at += REPORT_BYTES
        self._stream = bytearray(stream[at:])
        return scans

    @property
    def unfinished(self) -> bool:
        """A report or a symbol of several has begun and has not ended."""
        return self._open or bool(self._stream)

    def pause(self) -> list[Scan]:
        """Tell that a symbol is lost whose next report never came."""
        lost = self._open or bool(self._stream)
        self.drop()
        return [LOST] if lost else []

    def drop(self) -> None:
        """Forget an unfinished symbol."""
        self.dropped += self.unfinished
        self._stream.clear()
        self._close()

    def _take(self, report: bytes, scans: list[Scan]) -> None:
        aim, more = report[2:_DATA], bool(report[_FLAGS] & _MORE)
        if self._open and aim not in (self._aim, NO_AIM):
            self._lose(scans)  # another symbol: the end of the last one never came
        if not self._open:
            self._aim = aim
        self._open = True
        room = max(0, MAX_HELD_BYTES - len(self._data))
        self._data += report[_DATA : _DATA + min(report[1], room)]
        if not more:
            self._complete(scans)

    def _complete(self, scans: list[Scan]) -> None:
        aim = "" if self._aim == NO_AIM else self._aim.decode("ascii")
        raw = bytes(self._data)
        self._close()
        if not raw:
            return
        if len(scans) >= MAX_QUEUED_SCANS:
            self.dropped += 1
            return
        scan = scan_of_bytes(raw, aim, DEVICE)
        if scan.text:
            scans.append(scan)

    def _lose(self, scans: list[Scan]) -> None:
        self.dropped += 1
        self._close()
        if len(scans) < MAX_QUEUED_SCANS:
            scans.append(LOST)

    def _close(self) -> None:
        self._data.clear()
        self._aim = b""
        self._open = False


def encode_reports(text: str, aim: str = "") -> list[bytes]:
    """Return the reports that a scanner sends for a symbol."""
    data = text.encode()
    parts = [data[at : at + DATA_BYTES] for at in range(0, len(data), DATA_BYTES)] or [b""]
    return [
        bytes((SCANNED_DATA, len(part)))
        + (aim.encode("ascii") or NO_AIM)
        + part.ljust(DATA_BYTES, b"\0")
        + bytes((0, 0, _MORE if number < len(parts) else 0))
        for number, part in enumerate(parts, start=1)
    ]
