"""Blocks laid out to a number of columns: the same lines on paper and as text (RCP-25).

Widths are counted in cells: a combining mark takes none, an East Asian wide character two (Unicode
Standard Annex 11).  No line is ever wider than the paper, whatever the texts; a double-size line
has half as many columns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from terminal.core.blocks import QR, Align, Banner, Barcode, Block, Row, Rule, Spacer, Table, Text
from terminal.core.errors import CoreError

MIN_COLUMNS = 24
"""Below this a label and an amount no longer fit side by side."""
MAX_COLUMNS = 120
_WIDEST_CHARACTER = 2
_INDENT_LIMIT = 8
_UNDER_INDENT = 2
_AMOUNT_COLUMNS = 9
"""Room of an amount up to 99 999,99; a larger one only breaks the alignment."""


@dataclass(frozen=True, slots=True)
class LaidLine:
    """One line, aligned by spaces. ``double``: twice as wide and high; ``tall``: twice as high."""

    text: str
    bold: bool = False
    double: bool = False
    tall: bool = False


Laid = LaidLine | Barcode | QR


def lay_out(
    blocks: tuple[Block, ...], columns: int, *, large: bool = False, plain: bool = False
) -> tuple[Laid, ...]:
    """Lay blocks out to a paper of so many columns: 32 (58 mm), 42 or 48 (80 mm).

    ``large`` makes every line twice as high, for readers with low vision; nothing moves.
    ``plain`` has one size only, as a text does: what would be double fills the whole line.

    Raises:
        CoreError: the number of columns is out of range.
    """
    if not MIN_COLUMNS <= columns <= MAX_COLUMNS:
        raise CoreError(f"{columns} columns are not between {MIN_COLUMNS} and {MAX_COLUMNS}")
    if plain:
        blocks = tuple(map(_single, blocks))
    laid = tuple(laid for block in blocks for laid in _lay(block, columns))
    return tuple(map(_tall, laid)) if large else laid


def _single(block: Block) -> Block:
    """Return a block without double size."""
    if isinstance(block, Banner):
        return Text(block.text, Align.CENTER, bold=True, under=block.under)
    return replace(block, double=False) if isinstance(block, Row) else block


def _tall(laid: Laid) -> Laid:
    if isinstance(laid, LaidLine) and laid.text and not laid.double:
        return LaidLine(laid.text, bold=laid.bold, tall=True)
    return laid


def as_text(laid: tuple[Laid, ...]) -> str:
    """Return a laid-out document as plain text, a line each; symbols as their data."""
    return "".join(f"{item.text if isinstance(item, LaidLine) else item.data}\n" for item in laid)


def clean(text: str) -> str:
    """Return a text in composed form, control characters as spaces: safe to measure and print."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in composed)


def cell_width(text: str) -> int:
    """Return how many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def wrap(text: str, columns: int) -> tuple[str, ...]:
    """Break a text into lines at spaces; a word that is too long is cut. Never empty."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        candidate = f"{line} {word}" if line else word
        if cell_width(candidate) <= columns:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = _cut(word, columns)
        lines.extend(full)
    return (*lines, line)


def _cut(word: str, columns: int) -> list[str]:
    pieces = [""]
    used = 0
    for character in word:
        width = _character_width(character)
        if used + width > columns:
            pieces.append("")
            used = 0
        pieces[-1] += character
        used += width
    return pieces


def _pad(text: str, columns: int, *, right: bool = False) -> str:
    spaces = " " * max(0, columns - cell_width(text))
    return f"{spaces}{text}" if right else f"{text}{spaces}"


def _lay(block: Block, columns: int) -> Iterator[Laid]:
    match block:
        case Text():
            for line in wrap(block.text, columns):
                yield LaidLine(_aligned(line, block.align, columns), bold=block.bold)
            indent = _UNDER_INDENT if block.align is Align.LEFT else 0
            yield from _under(block.under, columns, align=block.align, indent=indent)
        case Banner():
            double = cell_width(clean(block.text)) <= columns // 2
            width = columns // 2 if double else columns
            for line in wrap(block.text, width):
                yield LaidLine(_aligned(line, Align.CENTER, width), bold=True, double=double)
            yield from _under(block.under, columns, align=Align.CENTER)
        case Row():
            yield from _row(block, columns)
            yield from _under(block.under, columns, indent=block.indent + _UNDER_INDENT)
        case Table():
            yield from _table(block, columns)
        case Rule():
            yield LaidLine("-" * columns)
        case Spacer():
            yield from (LaidLine(""),) * block.lines
        case Barcode() | QR():
            yield block


def _under(
    text: str, columns: int, *, align: Align = Align.LEFT, indent: int = 0
) -> Iterator[LaidLine]:
    if not text:
        return
    before = " " * min(indent, _INDENT_LIMIT)
    for line in wrap(text, columns - len(before)):
        yield LaidLine(before + _aligned(line, align, columns))


def _aligned(line: str, align: Align, columns: int) -> str:
    if align is Align.LEFT:
        return line
    return f"{' ' * ((columns - cell_width(line)) // 2)}{line}"


def _row(row: Row, columns: int) -> Iterator[LaidLine]:
    """The figures stand beside the last line of the label, or below it when both do not fit.

    A double-size row that would not fit on one line is made twice as high alone.
    """
    right = clean(row.right)
    if row.middle:
        right = f"{clean(row.middle)} {_pad(right, _AMOUNT_COLUMNS, right=True)}"
    double = row.double and 2 * (cell_width(clean(row.label)) + 1 + cell_width(right)) <= columns
    columns = columns // 2 if double else columns
    indent = " " * min(row.indent, _INDENT_LIMIT)
    room = columns - len(indent)
    beside = room - cell_width(right) - 1
    if beside >= max(room // 3, _WIDEST_CHARACTER):
        *above, last = wrap(row.label, beside)
        lines = [*above, f"{_pad(last, beside)} {right}"]
    else:
        pieces = (right,) if cell_width(right) <= room else wrap(right, room)
        lines = [*wrap(row.label, room), *(_pad(piece, room, right=True) for piece in pieces)]
    for line in lines:
        yield LaidLine(f"{indent}{line}".rstrip(), row.bold, double, tall=row.double and not double)


def _table(table: Table, columns: int) -> Iterator[LaidLine]:
    """Columns as wide as their widest cell, spread over the paper; else a cell a line."""
    if not table.rows:
        return
    rows = [tuple(clean(cell) for cell in row) for row in table.rows]
    widths = [max(cell_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    spare = columns - sum(widths) - (len(widths) - 1)
    if spare < 0:
        yield from _narrow_table(rows, columns)
        return
    for i in range(1, len(widths)):
        part = spare // (len(widths) - i)
        widths[i] += part
        spare -= part
    for row in rows:
        cells = [
            _pad(cell, width, right=i > 0)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield LaidLine(" ".join(cells).rstrip())


def _narrow_table(rows: list[tuple[str, ...]], columns: int) -> Iterator[LaidLine]:
    for row in rows:
        for line in wrap("  ".join(row), columns):
            yield LaidLine(_pad(line, columns, right=True))
