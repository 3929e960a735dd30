"""Pictures of dots, as print heads take them: rows of whole bytes, 1 is black, left bit highest."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dots:
    """A picture; ``rows`` holds ``height`` rows of ``(width + 7) // 8`` bytes."""

    width: int
    rows: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return (self.width + 7) // 8

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows) // self.row_bytes if self.width else 0

    def bands(self, rows: int) -> list[Dots]:
        """Return the picture in slices of at most so many rows."""
        step = self.row_bytes * rows
        return [
            Dots(self.width, self.rows[at : at + step]) for at in range(0, len(self.rows), step)
        ]

    def black(self, x: int, y: int) -> bool:
        """Tell whether a dot is black; outside the picture none is."""
        if not (0 <= x < self.width and 0 <= y < self.height):
            return False
        return bool(self.rows[y * self.row_bytes + x // 8] & 0x80 >> x % 8)

    def columns(self, bytes_each: int = 3) -> bytes:
        """Return the picture column after column, ``bytes_each`` bytes from top to bottom."""
        return bytes(
            sum(self.black(x, 8 * part + bit) << 7 - bit for bit in range(8))
            for x in range(self.width)
            for part in range(bytes_each)
        )

    def stretched(self, across: int, down: int) -> Dots:
        """Return the picture with every dot so many dots wide and high."""
        if across == down == 1:
            return self
        lines = []
        for y in range(self.height):
            row = from_bits([[self.black(x // across, y) for x in range(self.width * across)]]).rows
            lines += [row] * down
        return Dots(self.width * across, b"".join(lines))

    def fields(self) -> Mapping[str, Any]:
        """Return the picture as plain values of a paper element."""
        data = base64.b64encode(self.rows).decode("ascii")
        return {"row_bytes": self.row_bytes, "rows": self.height, "dots": self.width, "data": data}


def from_bits(bits: list[list[bool]]) -> Dots:
    """Return a picture of rows of dots, all as wide as the first."""
    width = len(bits[0]) if bits else 0
    rows = bytearray()
    for row in bits:
        value = int("".join("1" if dot else "0" for dot in row) or "0", 2)
        padding = -width % 8
        rows += (value << padding).to_bytes((width + padding) // 8, "big")
    return Dots(width, bytes(rows))


def from_columns(data: bytes, bytes_each: int) -> Dots:
    """Return a picture that came column after column, ``bytes_each`` bytes each."""
    width = len(data) // bytes_each if bytes_each else 0
    return from_bits(
        [
            [bool(data[x * bytes_each + y // 8] & 0x80 >> y % 8) for x in range(width)]
            for y in range(8 * bytes_each)
        ]
        if width
        else []
    )
