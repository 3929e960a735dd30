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
        tall = 8 * bytes_each
        lines = [self._bits(y) if y < self.height else "0" * self.width for y in range(tall)]
        return b"".join(
            int("".join(column), 2).to_bytes(bytes_each, "big")
            for column in zip(*lines, strict=True)
        )

    def _bits(self, y: int) -> str:
        """Return a row as zeros and ones."""
        row = self.rows[y * self.row_bytes : (y + 1) * self.row_bytes]
        return f"{int.from_bytes(row, 'big'):0{8 * self.row_bytes}b}"[: self.width]

    def stretched(self, across: int, down: int) -> Dots:
        """Return the picture with every dot so many dots wide and high."""
        if across == down == 1:
            return self
        lines = []
        for y in range(self.height):
            row = from_rows(["".join(bit * across for bit in self._bits(y))]).rows
            lines += [row] * down
        return Dots(self.width * across, b"".join(lines))

    def fields(self) -> Mapping[str, Any]:
        """Return the picture as plain values of a paper element."""
        data = base64.b64encode(self.rows).decode("ascii")
        return {"row_bytes": self.row_bytes, "rows": self.height, "dots": self.width, "data": data}


def from_rows(lines: list[str]) -> Dots:
    """Return a picture of rows of zeros and ones, all as wide as the first."""
    width = len(lines[0]) if lines else 0
    padding = -width % 8
    size = (width + padding) // 8
    rows = ((int(line or "0", 2) << padding).to_bytes(size, "big") for line in lines)
    return Dots(width, b"".join(rows))


def from_bits(bits: list[list[bool]]) -> Dots:
    """Return a picture of rows of dots, all as wide as the first."""
    return from_rows(["".join("1" if dot else "0" for dot in row) for row in bits])


def from_columns(data: bytes, bytes_each: int) -> Dots:
    """Return a picture that came column after column, ``bytes_each`` bytes each."""
    width = len(data) // bytes_each if bytes_each else 0
    columns = [
        f"{int.from_bytes(data[x * bytes_each : (x + 1) * bytes_each], 'big'):0{8 * bytes_each}b}"
        for x in range(width)
    ]
    return from_rows(["".join(row) for row in zip(*columns, strict=True)])
