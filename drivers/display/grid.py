"""Two rows of twenty cells and a cursor: what the glass of a customer display does."""

from __future__ import annotations

from enum import Enum

from drivers.display.base import COLUMNS, ROWS


class Mode(Enum):
    """What happens at the end of a row (DM-D110: US MD1, MD2, MD3)."""

    OVERWRITE = 1
    VERTICAL = 2
    HORIZONTAL = 3


class TextGrid:
    """Columns and rows count from 0."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As after power on."""
        self.mode = Mode.OVERWRITE
        self.clear()

    def clear(self) -> None:
        """Empty every cell; the cursor goes home."""
        self._cells = [[" "] * COLUMNS for _ in range(ROWS)]
        self.column = self.row = 0

    @property
    def rows(self) -> tuple[str, ...]:
        """What can be read."""
        return tuple("".join(row) for row in self._cells)

    def place(self, column: int, row: int) -> None:
        """Put the cursor somewhere; a place outside is ignored, as displays do."""
        if 0 <= column < COLUMNS and 0 <= row < ROWS:
            self.column, self.row = column, row

    def clear_row(self) -> None:
        """Empty the row of the cursor, which goes to its left end."""
        self._cells[self.row] = [" "] * COLUMNS
        self.column = 0

    def put_row(self, row: int, text: str) -> None:
        """Write a whole row."""
        self._cells[row] = list(text[:COLUMNS].ljust(COLUMNS))

    def write(self, character: str) -> None:
        """Put a character and move on, as the mode says."""
        if self.mode is Mode.HORIZONTAL and self.column == COLUMNS - 1:
            row = self._cells[self.row]
            if row[-1] != " ":
                row[:-1] = row[1:]
            row[-1] = character
            return
        self._cells[self.row][self.column] = character
        self.right()

    def right(self) -> None:
        """Move the cursor, into the next row at the end of one."""
        if self.column < COLUMNS - 1:
            self.column += 1
        elif self.mode is not Mode.HORIZONTAL:
            self.column = 0
            self.down()

    def left(self) -> None:
        """Move the cursor back, into the row before at the beginning of one."""
        if self.column > 0:
            self.column -= 1
        elif self.mode is not Mode.HORIZONTAL:
            self.column = COLUMNS - 1
            self.up()

    def down(self) -> None:
        """Move the cursor down; from the lowest row the text scrolls, or the cursor goes up."""
        if self.row < ROWS - 1:
            self.row += 1
        elif self.mode is Mode.VERTICAL:
            self._cells = [*self._cells[1:], [" "] * COLUMNS]
        else:
            self.row = 0

    def up(self) -> None:
        """Move the cursor up; from the highest row the text scrolls, or the cursor goes down."""
        if self.row > 0:
            self.row -= 1
        elif self.mode is Mode.VERTICAL:
            self._cells = [[" "] * COLUMNS, *self._cells[:-1]]
        else:
            self.row = ROWS - 1
