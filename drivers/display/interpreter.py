"""Reads what a host sends to a customer display, in either command set, into a grid.

A stream may be cut anywhere: a command that is not complete waits for the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drivers.display.base import COLUMNS
from drivers.display.code_pages import PAGES
from drivers.display.grid import Mode, TextGrid

MAX_SCROLLED = 40
"""Characters of a CD5220 string; what is longer ends without its CR."""
_ESC, _US, _CR = 0x1B, 0x1F, 0x0D
_PAGE_NAMES = {n: name for name, n in PAGES.items()}

_PLAIN_ESC = {0x40: 0, 0x25: 1, 0x3F: 1, 0x52: 1, 0x74: 1, 0x3D: 1, 0x2A: 1, 0x5F: 1, 0x66: 1,
              0x63: 1, 0x11: 0, 0x12: 0, 0x13: 0, 0x6C: 2, 0x5B: 1, 0x73: 1, 0x64: 1}  # fmt: skip
"""Second byte of ESC -> bytes that follow, in both sets."""
_PLAIN_US = {0x01: 0, 0x02: 0, 0x03: 0, 0x0A: 0, 0x0D: 0, 0x42: 0, 0x24: 2, 0x43: 1, 0x45: 1,
             0x54: 2, 0x55: 0, 0x58: 1, 0x72: 1, 0x76: 1, 0x40: 0, 0x3A: 0, 0x5E: 2, 0x2E: 1,
             0x2C: 1, 0x3B: 1, 0x23: 2}  # fmt: skip


class DisplayInterpreter:
    """Bytes in, text on a grid."""

    def __init__(self) -> None:
        self.grid = TextGrid()
        self.page = "cp437"
        self.unknown = 0
        """Bytes that begin no command and are no text."""
        self._held = bytearray()

    def reset(self) -> None:
        """As after power on."""
        self.grid.reset()
        self.page = "cp437"
        self._held.clear()

    @property
    def unfinished(self) -> int:
        """Bytes of a command that is not complete."""
        return len(self._held)

    def receive(self, data: bytes) -> None:
        """Take bytes in and carry out what is complete."""
        self._held += data
        start = 0
        while start < len(self._held):
            size = self._size(start)
            if size == 0:
                break
            self._carry_out(bytes(self._held[start : start + size]))
            start += size
        del self._held[:start]

    # --- how long ---

    def _size(self, start: int) -> int:
        """Return the bytes of the command at ``start``; 0 when it goes on."""
        held = self._held
        first = held[start]
        if first not in (_ESC, _US):
            return 1
        left = len(held) - start
        if left < 2:
            return 0
        second = held[start + 1]
        if first == _US:
            size = 2 + _PLAIN_US.get(second, 0)
        elif second == 0x51:
            return self._string_size(start)
        elif second == 0x57:
            size = self._window_size(start)
        elif second == 0x26:
            return self._font_size(start)
        else:
            size = 2 + _PLAIN_ESC.get(second, 0)
        return size if left >= size else 0

    def _string_size(self, start: int) -> int:
        end = self._held.find(_CR, start + 3, start + 4 + MAX_SCROLLED)
        if end >= 0:
            return end + 1 - start
        return 3 + MAX_SCROLLED if len(self._held) - start >= 4 + MAX_SCROLLED else 0

    def _window_size(self, start: int) -> int:
        """DM-D: ``n m`` and four numbers when m selects; CD5220: ``s x1 x2 y``."""
        held = self._held
        if len(held) - start < 4:
            return 4
        if held[start + 3] in (1, 49) and 1 <= held[start + 2] <= 4:
            return 8
        return 4 if held[start + 3] in (0, 48) else 6

    def _font_size(self, start: int) -> int:
        """``s n m``, then for each character its width and that many columns of dots."""
        held = self._held
        if len(held) - start < 5:
            return 0
        at = start + 5
        for _ in range(max(0, held[start + 4] - held[start + 3] + 1)):
            if at >= len(held):
                return 0
            at += 1 + held[at] * held[start + 2]
        return at - start if at <= len(held) else 0

    # --- what it does ---

    def _carry_out(self, data: bytes) -> None:
        first = data[0]
        if first == _ESC and len(data) > 1:
            self._escape(data)
        elif first == _US and len(data) > 1:
            self._unit_separator(data)
        elif first >= 0x20 and first != 0x7F:
            self.grid.write(data.decode(self.page, "replace"))
        elif first in _CONTROLS:
            _CONTROLS[first](self.grid)
        else:
            self.unknown += 1

    def _escape(self, data: bytes) -> None:
        grid, second = self.grid, data[1]
        match second:
            case 0x40:
                grid.reset()
                self.page = "cp437"
            case 0x74:
                self.page = _PAGE_NAMES.get(data[2], self.page)
            case 0x11 | 0x12 | 0x13:
                grid.mode = Mode(second - 0x10)
            case 0x51:
                self._string(data)
            case 0x6C:
                grid.place(data[2] - 1, data[3] - 1)
            case 0x5B if data[2] in _ARROWS:
                _ARROWS[data[2]](grid)
            case 0x26 | 0x57:
                return
            case _ if second not in _PLAIN_ESC:
                self.unknown += len(data)

    def _string(self, data: bytes) -> None:
        text = data[3:].rstrip(b"\r").decode(self.page, "replace")
        if data[2:3] in (b"A", b"D"):
            self.grid.put_row(0, text)
        elif data[2:3] == b"B":
            self.grid.put_row(1, text)
        else:
            self.unknown += len(data)

    def _unit_separator(self, data: bytes) -> None:
        grid, second = self.grid, data[1]
        match second:
            case 0x01 | 0x02 | 0x03:
                grid.mode = Mode(second)
            case 0x24:
                grid.place(data[2] - 1, data[3] - 1)
            case 0x0A:
                grid.up()
            case 0x0D:
                grid.column = COLUMNS - 1
            case 0x42:
                grid.place(COLUMNS - 1, 1)
            case _ if second not in _PLAIN_US:
                self.unknown += len(data)


def _home(grid: TextGrid) -> None:
    grid.place(0, 0)


def _row_begin(grid: TextGrid) -> None:
    grid.column = 0


def _row_end(grid: TextGrid) -> None:
    grid.column = COLUMNS - 1


def _bottom(grid: TextGrid) -> None:
    grid.place(COLUMNS - 1, 1)


_Deed = Callable[[TextGrid], None]
_CONTROLS: Mapping[int, _Deed] = {
    0x08: TextGrid.left,
    0x09: TextGrid.right,
    0x0A: TextGrid.down,
    0x0B: _home,
    0x0C: TextGrid.clear,
    0x0D: _row_begin,
    0x18: TextGrid.clear_row,
}
_ARROWS: Mapping[int, _Deed] = {
    0x41: TextGrid.up,
    0x42: TextGrid.down,
    0x43: TextGrid.right,
    0x44: TextGrid.left,
    0x48: _home,
    0x4B: _bottom,
    0x4C: _row_begin,
    0x52: _row_end,
}
