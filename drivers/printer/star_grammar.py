"""How long every command of Star line mode is (Star Line Mode command specification).

Star raster mode (``ESC * r A`` to ``ESC * r B``) has letters of its own, so the grammar remembers
whether it is in it; a stream that is cut by ESC @ or by ``ESC * r B`` is back in line mode.
"""

from __future__ import annotations

from drivers.printer.tokens import Grammar, Rules, Size, by_byte, rules, until, word

ESC = 0x1B
_BAND_ROWS = 24


def _band(buffer: bytearray) -> Size:
    """ESC k n1 n2: a band of 24 rows of n bytes."""
    return None if len(buffer) < 4 else 4 + _BAND_ROWS * word(buffer, 2)


def _columns(buffer: bytearray) -> Size:
    """ESC X n1 n2: n columns of three bytes."""
    return None if len(buffer) < 4 else 4 + 3 * word(buffer, 2)


def _pins(buffer: bytearray) -> Size:
    """ESC K and ESC L n1 n2: n columns of one byte."""
    return None if len(buffer) < 4 else 4 + word(buffer, 2)


def _raster_order(buffer: bytearray) -> Size:
    """ESC * r: A, B, C and D stand alone, the others have a number that ends with NUL."""
    if len(buffer) < 4:
        return None
    return 4 if buffer[3] in b"ABCDR" else until(0, 4)(buffer)


def _user_character(buffer: bytearray) -> Size:
    """ESC & 1 1 n: a character of 36 or 48 bytes; 0 deletes it, and n codes may be named."""
    if len(buffer) < 4:
        return None
    return 5 if buffer[3] == 0 else 5 + (48 if buffer[2] == 1 else 72)


_PAGE = {0x33: 12, 0x34: 6, 0x32: 5, 0x35: 6}
_QR = by_byte(3, {0x53: 6, 0x49: 4, 0x50: 4}, 4)


def _extended(buffer: bytearray) -> Size:
    """ESC GS x: two-dimensional codes, graphics, page mode, positions, logos."""
    if len(buffer) < 4:
        return None
    second, third = buffer[2], buffer[3]
    match chr(second):
        case "S":  # m xL xH yL yH n, then x bytes by y rows
            return None if len(buffer) < 9 else 9 + word(buffer, 4) * word(buffer, 6)
        case "y":
            return _symbol(buffer, 6, {0x53: 6})
        case "x":
            return _symbol(buffer, 5, {0x53: 8 if buffer[4:5] == b"0" else 6})
        case "P":
            return _PAGE.get(third, 4)
        case ")":
            return None if len(buffer) < 6 else 6 + word(buffer, 4)
        case "(":
            return None if len(buffer) < 6 else 6 + word(buffer, 4)
        case "\x03":
            return 6
    return {
        "t": 4, "a": 4, "A": 5, "R": 5, "b": 4, "C": 4, "\x07": 7, "\x19": 6, "#": 7, "h": 5,
        "B": 5, "L": 5, "T": 5, "=": 5, "*": 5, "O": 5, "p": 4, "z": 4, "I": 5, "K": 5,
    }.get(chr(second), 4)  # fmt: skip


def _symbol(buffer: bytearray, data_at: int, sizes: dict[int, int]) -> Size:
    """ESC GS y (QR) and ESC GS x (PDF417): S settings, D counted data, I and P alone."""
    third = buffer[3]
    if third == 0x44:
        low = data_at if chr(buffer[2]) == "y" else data_at - 1
        return None if len(buffer) < low + 2 else low + 2 + word(buffer, low)
    if third == 0x53 and len(buffer) < 5:
        return None
    return sizes.get(third, 4)


def _feed_or_page(buffer: bytearray) -> Size:
    """ESC FF: NUL and EOT in raster mode, a logo n m in line mode."""
    return None if len(buffer) < 3 else 3


_ESC: Rules = rules(
    (1, "\x1b"),
    (2, "@0124567EFH8MPNO:_^<\x0e\x14\x05\x7e"),
    (3, "adzlQRwhWSCJIABe$-pr~?\x1f'jguUtG+\x0f#"),
    (4, "is\x1e\x06\x07o"),
    (6, "f"),
) | {
    0x06: 3,
    0x0C: _feed_or_page,
    0x1D: _extended,
    0x20: 3,
    0x26: _user_character,
    0x2A: _raster_order,
    0x44: until(0),
    0x4B: _pins,
    0x4C: _pins,
    0x58: _columns,
    0x62: until(0x1E, 6),
    0x6B: _band,
}


class StarGrammar(Grammar):
    """Line mode, and raster mode while it lasts."""

    def __init__(self) -> None:
        super().__init__({ESC: ("ESC", _ESC)}, {ESC: frozenset(b"\x1d\x1e*")})
        self._raster = False

    def measure(self, buffer: bytearray) -> tuple[str, Size]:
        """Return name and size of what a buffer, which is not empty, begins with."""
        if self._raster and buffer[0] in b"bk":
            return "raster row", None if len(buffer) < 3 else 3 + word(buffer, 1)
        name, size = super().measure(buffer)
        if size is not None and size <= len(buffer):
            if name == "ESC * r":
                self._raster = {0x41: True, 0x42: False}.get(buffer[3], self._raster)
            elif name == "ESC @":
                self._raster = False
        return name, size
