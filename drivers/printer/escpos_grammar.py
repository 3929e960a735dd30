"""How long every ESC/POS command is (Epson ESC/POS reference; Citizen and clones where they add).

Several commands have a length of their own for one parameter only; the rule then says None until
that parameter is there.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from drivers.printer.tokens import Grammar, Rules, Size, by_byte, counted, rules, until, word

DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D
_KANJI_BYTES = 76
"""FS 2 c1 c2 and a character of 24 by 24 dots."""


def _bit_image(buffer: bytearray) -> Size:
    """ESC * m nL nH: one byte a column with m 0 and 1, three with 32 and 33."""
    if len(buffer) < 5:
        return None
    return 5 + (3 if buffer[2] in (32, 33, 38, 39, 40) else 1) * word(buffer, 3)


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


def _barcode(buffer: bytearray) -> Size:
    """GS k: function A ends with NUL, function B (m from 65) counts."""
    if len(buffer) < 4:
        return None
    if buffer[2] >= 65:
        return 4 + buffer[3]
    return until(0, 3)(buffer)


def _raster(buffer: bytearray) -> Size:
    """GS v 0 m xL xH yL yH: x bytes by y rows; GS Q 0 counts y in bytes of eight dots."""
    if len(buffer) < 8:
        return None
    return 8 + word(buffer, 4) * word(buffer, 6)


def _downloaded_image(buffer: bytearray) -> Size:
    """GS * x y: x by y cells of eight by eight dots."""
    return None if len(buffer) < 4 else 4 + 8 * buffer[2] * buffer[3]


def _bitmap_file(buffer: bytearray) -> Size:
    """GS D m fn a kc1 kc2 b c: then a Windows bitmap, which says its own size at its third byte."""
    if len(buffer) < 15:
        return None
    return 9 + int.from_bytes(buffer[11:15], "little")


def _counter(buffer: bytearray) -> Size:
    """GS C 0, 1, 2 and the same with semicolons."""
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
    return 10 + (word(buffer, 8) if buffer[2] == 0x31 else 0)


def _stored_images(buffer: bytearray) -> Size:
    """FS q n: n images, each xL xH yL yH and 8xy bytes."""
    if len(buffer) < 3:
        return None
    place = 3
    for _ in range(buffer[2]):
        if len(buffer) < place + 4:
            return None
        place += 4 + 8 * word(buffer, place) * word(buffer, place + 2)
    return place


_cut: Callable[[bytearray], Size] = by_byte(2, {0: 3, 1: 3, 48: 3, 49: 3}, 4)
_request = by_byte(2, {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}, 3)
"""DLE DC4 fn: 1 and 2 have two parameters, 3 five, 7 one, 8 seven."""
_status = by_byte(2, {7: 4, 8: 4, 18: 4}, 3)
"""DLE EOT n; ink (7), peeler (8) and interface (18) have a second parameter."""

_ESC: Rules = rules(
    (1, "\x1b"),  # overtaken by another ESC
    (2, "@0126789<LNOSimqv\x0c"),
    (3, "!-3=?ACEFGIJKMQRTUVadegort{%u +\x19/wlx#"),
    (4, "$\\cBf"),
    (5, "pb"),
    (10, "W"),
) | {
    0x26: _user_characters,
    0x2A: _bit_image,
    0x44: until(0),
    0x28: counted(5, 3),
}
_GS: Rules = rules(
    (2, ":c<"), (3, '!/BEHITabfhjrwe|F"#Yt'), (4, "$LPW\\A"), (5, "^z"), (6, "g")
) | {
    0x28: counted(5, 3),
    0x2A: _downloaded_image,
    0x38: counted(7, 3, 4),
    0x43: _counter,
    0x44: _bitmap_file,
    0x51: _raster,
    0x56: _cut,
    0x6B: _barcode,
    0x76: _raster,
}  # fmt: skip
_FS: Rules = rules((2, "&.bc"), (3, "!-CWL"), (4, "?Spa"), (_KANJI_BYTES, "2")) | {
    0x28: counted(5, 3),
    0x67: _user_memory,
    0x71: _stored_images,
}
_DLE: Rules = MappingProxyType({0x04: _status, 0x05: 3, 0x14: _request})

ESCPOS = Grammar(
    {DLE: ("DLE", _DLE), ESC: ("ESC", _ESC), FS: ("FS", _FS), GS: ("GS", _GS)},
    {ESC: frozenset(b"("), FS: frozenset(b"("), GS: frozenset(b"(8")},
    frozenset({FS}),  # FS alone selects the slip (TM-U295)
)
