"""ESC/POS cut into commands: how long every command is (Epson reference; sans-IO).

A printer that does not know a command's length prints the rest of it as text, so a simulator that
is to be believed must know them all, whether it carries them out or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_TOKEN = 4 * 1024 * 1024
"""Longest command: a raster that fills four buffers; a longer one is taken for rubbish."""
DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D
_CONTROLS = frozenset(range(0x20)) - {DLE, ESC, FS, GS}

Size = int | None
"""Bytes of a command; None when more bytes are needed to tell or to have it whole."""


@dataclass(frozen=True, slots=True)
class Token:
    """One command or one run of text."""

    name: str
    """``text``, ``control``, ``unknown``, or the command such as ``ESC @`` and ``GS ( k``."""
    data: bytes


class Tokenizer:
    """Cuts a stream into tokens, however it is split. What is not a command yet stays inside."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def __len__(self) -> int:
        """Return the bytes held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """Take bytes in."""
        self._buffer += data

    def clear(self) -> None:
        """Forget what is held."""
        self._buffer.clear()

    def next(self) -> Token | None:
        """Return the next whole token, or None when more bytes are needed."""
        if not self._buffer:
            return None
        name, size = _measure(self._buffer)
        if size is None or size > len(self._buffer):
            if size is None or size <= MAX_TOKEN:
                return None
            name, size = "unknown", 1
        token = Token(name, bytes(self._buffer[:size]))
        del self._buffer[:size]
        return token


def _measure(buffer: bytearray) -> tuple[str, Size]:
    first = buffer[0]
    if first in _CONTROLS:
        return "control", 1
    table = _TABLES.get(first)
    if table is None:
        return "text", _text(buffer)
    if len(buffer) < 2:
        return "", None
    prefix, rules = table
    rule = rules.get(buffer[1])
    if rule is None:
        return "unknown", 2
    name = f"{prefix} {chr(buffer[1]) if buffer[1] > 0x20 else buffer[1]}"
    if buffer[1] == 0x28 and len(buffer) > 2:
        name += f" {chr(buffer[2])}"
    return name, rule if isinstance(rule, int) else rule(buffer)


def _text(buffer: bytearray) -> int:
    for place, byte in enumerate(buffer):
        if byte < 0x20:
            return place
    return len(buffer)


def _counted(head: int, low: int, width: int = 2) -> Callable[[bytearray], Size]:
    """A command of ``head`` bytes whose data is counted at ``low``, low byte first."""

    def size(buffer: bytearray) -> Size:
        if len(buffer) < low + width:
            return None
        return head + int.from_bytes(buffer[low : low + width], "little")

    return size


def _until_nul(buffer: bytearray) -> Size:
    end = buffer.find(0, 2)
    return None if end < 0 else end + 1


def _bit_image(buffer: bytearray) -> Size:
    """ESC * m nL nH: one byte a column with m 0 and 1, three with 32 and 33."""
    if len(buffer) < 5:
        return None
    return 5 + (3 if buffer[2] in (32, 33) else 1) * int.from_bytes(buffer[3:5], "little")


def _user_characters(buffer: bytearray) -> Size:
    """ESC & y c1 c2: for each character its width x, then x times y bytes."""
    if len(buffer) < 5:
        return None
    place = 5
    for _ in range(max(0, buffer[4] - buffer[3] + 1)):
        if place >= len(buffer):
            return None
        place += 1 + buffer[2] * buffer[place]
    return place


def _cut(buffer: bytearray) -> Size:
    if len(buffer) < 3:
        return None
    return 3 if buffer[2] in (0, 1, 48, 49) else 4


def _barcode(buffer: bytearray) -> Size:
    """GS k: function A ends with NUL, function B (m from 65) counts."""
    if len(buffer) < 4:
        return None
    if buffer[2] >= 65:
        return 4 + buffer[3]
    end = buffer.find(0, 3)
    return None if end < 0 else end + 1


def _raster(buffer: bytearray) -> Size:
    """GS v 0 and GS Q 0: xL xH yL yH, x bytes by y rows."""
    if len(buffer) < 8:
        return None
    wide, high = int.from_bytes(buffer[4:6], "little"), int.from_bytes(buffer[6:8], "little")
    return 8 + wide * high * (8 if buffer[1] == 0x51 else 1)


def _downloaded_image(buffer: bytearray) -> Size:
    return None if len(buffer) < 4 else 4 + 8 * buffer[2] * buffer[3]


def _counter(buffer: bytearray) -> Size:
    """GS C 0, 1, 2 and the same with a semicolon."""
    if len(buffer) < 3:
        return None
    if buffer[2] == 0x3B:
        return _until_semicolons(buffer)
    return {0x30: 5, 0x31: 9, 0x32: 5}.get(buffer[2], 3)


def _until_semicolons(buffer: bytearray) -> Size:
    place = 1
    for _ in range(6):
        place = buffer.find(0x3B, place + 1)
        if place < 0:
            return None
    return place + 1


def _user_memory(buffer: bytearray) -> Size:
    """FS g 1 writes counted data to user memory, FS g 2 reads it back."""
    if len(buffer) < 10:
        return None
    return 10 + (int.from_bytes(buffer[8:10], "little") if buffer[2] == 0x31 else 0)


def _stored_images(buffer: bytearray) -> Size:
    """FS q n: n images, each xL xH yL yH and 8xy bytes."""
    if len(buffer) < 3:
        return None
    place = 3
    for _ in range(buffer[2]):
        if len(buffer) < place + 4:
            return None
        wide = int.from_bytes(buffer[place : place + 2], "little")
        high = int.from_bytes(buffer[place + 2 : place + 4], "little")
        place += 4 + 8 * wide * high
    return place


def _real_time_request(buffer: bytearray) -> Size:
    """DLE DC4 fn: 1 and 2 have two parameters, 3 five, 7 one, 8 seven."""
    if len(buffer) < 3:
        return None
    return {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}.get(buffer[2], 3)


_Rule = int | Callable[[bytearray], Size]


def _rules(*groups: tuple[int, str]) -> dict[int, _Rule]:
    return {ord(character): size for size, characters in groups for character in characters}


_ESC = _rules(
    (2, "@2imSLv<\x0c"), (3, "!-3=?EGJKMRTUVadert{%u \x19"), (4, "$\\cB"), (5, "p"), (10, "W")
) | {
    0x26: _user_characters,
    0x2A: _bit_image,
    0x44: _until_nul,
    0x28: _counted(5, 3),
}
_GS = _rules((2, ":c"), (3, "!/BEHITabfhjrw"), (4, "$LPW\\"), (5, "^z"), (6, "g")) | {
    0x28: _counted(5, 3),
    0x2A: _downloaded_image,
    0x38: _counted(7, 3, 4),
    0x43: _counter,
    0x51: _raster,
    0x56: _cut,
    0x6B: _barcode,
    0x76: _raster,
}
_FS = _rules((2, "&."), (3, "!-CW"), (4, "?Sp"), (76, "2")) | {
    0x28: _counted(5, 3),
    0x67: _user_memory,
    0x71: _stored_images,
}
_DLE: Mapping[int, _Rule] = {0x04: 3, 0x05: 3, 0x14: _real_time_request}
_TABLES: Mapping[int, tuple[str, Mapping[int, _Rule]]] = {
    DLE: ("DLE", _DLE),
    ESC: ("ESC", _ESC),
    FS: ("FS", _FS),
    GS: ("GS", _GS),
}
