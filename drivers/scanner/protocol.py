"""What a serial scanner sends, sans-IO: ``[AIM identifier] data CR [LF]``.

The AIM identifier (ISO/IEC 15424) is ``]``, a letter and a modifier, and is sent by scanners that
are set to do so; we install them so, because a code can only be told apart with it.
"""

from __future__ import annotations

import re

from drivers.scanner.base import MAX_SCAN_CHARS, Scan

MAX_QUEUED_SCANS = 64
"""Scans that one piece of input may hold; a wild device loses the rest."""
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_AIM_CHARS = 3
_MAX_HELD = 4 * MAX_SCAN_CHARS + _AIM_CHARS
"""Bytes of a symbol that are held: enough for MAX_SCAN_CHARS characters of UTF-8."""
_CR, _LF = 0x0D, 0x0A


class ScanDecoder:
    """Finds scans in a stream of bytes, however it is split."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.dropped = 0
        """Symbols lost: unfinished ones, and those beyond MAX_QUEUED_SCANS at once."""

    def receive(self, data: bytes) -> list[Scan]:
        """Take bytes in; return the scans that are complete now."""
        scans: list[Scan] = []
        for piece in re.split(rb"([\r\n])", data):
            if piece in (b"\r", b"\n"):
                self._end(scans)
            else:
                self._held += piece[: max(0, _MAX_HELD - len(self._held))]
        return scans

    @property
    def unfinished(self) -> bool:
        """A symbol has begun and has not ended."""
        return bool(self._held)

    def drop(self) -> None:
        """Forget an unfinished symbol: the rest of it did not come, and half a code is none."""
        if self._held:
            self.dropped += 1
            self._held.clear()

    def _end(self, scans: list[Scan]) -> None:
        raw, self._held = bytes(self._held), bytearray()
        if not raw:
            return  # the second half of CR LF
        scan = _decode(raw)
        if not scan.text:
            return
        if len(scans) >= MAX_QUEUED_SCANS:
            self.dropped += 1
        else:
            scans.append(scan)


def _decode(raw: bytes) -> Scan:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    aim = text[:_AIM_CHARS] if _AIM.match(text) else ""
    text = text[len(aim) :]
    return Scan(text[:MAX_SCAN_CHARS], aim, too_long=len(text) > MAX_SCAN_CHARS)


def encode_scan(text: str, aim: str = "") -> bytes:
    """Return what a scanner sends for a symbol."""
    return f"{aim}{text}".encode() + bytes((_CR, _LF))
