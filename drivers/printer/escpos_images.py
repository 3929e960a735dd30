"""The pictures that an ESC/POS printer keeps: downloaded, in its flash, or stored to be printed."""

from __future__ import annotations

from collections.abc import Callable

from drivers.printer.dots import Dots, from_columns

MAX_STORED = 255
_RASTER, _COLUMNS = 0, 1
_Print = Callable[[Dots, int, int], None]


class StoredImages:
    """What GS ( L, GS *, FS q and their like store and print."""

    def __init__(self, show: _Print) -> None:
        self._show = show
        self._waiting: tuple[Dots, int, int] | None = None
        self._downloaded: Dots | None = None
        self._numbered: list[Dots] = []
        self._keyed: dict[bytes, Dots] = {}

    def reset(self) -> None:
        """Forget what is not in the flash (ESC @)."""
        self._waiting = None
        self._downloaded = None

    def graphics(self, data: bytes) -> None:
        """GS ( L and GS 8 L: ``data`` begins with m and fn."""
        if len(data) < 2:
            return
        match data[1]:
            case 112 | 113:
                self._store(data)
            case 2 | 50 if self._waiting is not None:
                self._show(*self._waiting)
                self._waiting = None
            case 67 | 83:
                self._keep(data, _RASTER)
            case 68 | 84:
                self._keep(data, _COLUMNS)
            case 69 | 85 if len(data) >= 6:
                kept = self._keyed.get(self._key(data, data[2:4]))
                if kept is not None:
                    self._show(kept, max(1, data[4]), max(1, data[5]))
            case 66 | 82 if len(data) >= 4:
                self._keyed.pop(self._key(data, data[2:4]), None)
            case 65 | 81:
                self._keyed.clear()

    def _store(self, data: bytes) -> None:
        """Functions 112 (raster) and 113 (columns): a bx by c xL xH yL yH and the dots."""
        if len(data) >= 10:
            width, height = _size(data, 6)
            layout = _RASTER if data[1] == 112 else _COLUMNS
            dots = _dots(data[10:], width, height, layout)
            self._waiting = (dots, max(1, data[3]), max(1, data[4]))

    def _keep(self, data: bytes, layout: int) -> None:
        """Functions 67, 68 (flash) and 83, 84 (memory): a kc1 kc2 b xL xH yL yH c and the dots."""
        if len(data) >= 11 and len(self._keyed) < MAX_STORED:
            width, height = _size(data, 6)
            self._keyed[self._key(data, data[3:5])] = _dots(data[11:], width, height, layout)

    @staticmethod
    def _key(data: bytes, code: bytes) -> bytes:
        """Flash and memory have keys of their own."""
        return (b"n" if data[1] < 80 else b"d") + code

    def download_columns(self, data: bytes) -> None:
        """GS * x y: x times eight columns of y bytes."""
        self._downloaded = from_columns(data[4:], data[3])

    def print_downloaded(self, mode: int) -> None:
        """GS / m: 1 and 3 twice as wide, 2 and 3 twice as high."""
        if self._downloaded is not None:
            self._show(self._downloaded, 1 + (mode & 1), 1 + (mode >> 1 & 1))

    def store_all(self, data: bytes) -> None:
        """FS q n: all pictures of the flash anew, in columns of eight times y dots."""
        self._numbered = []
        place = 3
        for _ in range(data[2]):
            wide = int.from_bytes(data[place : place + 2], "little")
            high = int.from_bytes(data[place + 2 : place + 4], "little")
            end = place + 4 + 8 * wide * high
            self._numbered.append(from_columns(data[place + 4 : end], high))
            place = end

    def print_numbered(self, number: int, mode: int) -> None:
        """FS p n m: the picture n, counted from 1."""
        if 1 <= number <= len(self._numbered):
            self._show(self._numbered[number - 1], 1 + (mode & 1), 1 + (mode >> 1 & 1))


def _size(data: bytes, at: int) -> tuple[int, int]:
    return (
        int.from_bytes(data[at : at + 2], "little"),
        int.from_bytes(data[at + 2 : at + 4], "little"),
    )


def _dots(data: bytes, width: int, height: int, layout: int) -> Dots:
    """Return a picture, whether its dots came in rows or in columns; short data is white."""
    if layout == _COLUMNS:
        tall = (height + 7) // 8
        return from_columns(data[: tall * width].ljust(tall * width, b"\x00"), tall)
    need = (width + 7) // 8 * height
    return Dots(width, data[:need].ljust(need, b"\x00"))
