"""Lines that the terminal wants printed: one by one (06 D1) or as a block (06 D3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.payment.zvt.elements import first_of, parse_bitmaps, parse_tlv
from drivers.payment.zvt.status import text_of
from drivers.payment.zvt.tables import RECEIPT_CARDHOLDER, Bmp, Tag

MAX_LINES = 120
MAX_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class PrintedLines:
    """Scrubbed lines; ``receipt`` is 1 merchant's, 2 cardholder's, 3 administration, 0 untold."""

    receipt: int
    lines: tuple[str, ...]


NOTHING = PrintedLines(0, ())


def parse_line(data: bytes) -> PrintedLines:
    """Read 06 D1: an attribute and a text. The attribute is layout, which we do not keep."""
    return PrintedLines(0, (text_of(data[1:])[:MAX_COLUMNS],)) if len(data) > 1 else NOTHING


def parse_block(data: bytes) -> PrintedLines:
    """Read 06 D3. Raises RemoteProtocolError."""
    container = parse_bitmaps(data).get(Bmp.TLV, b"")
    kind = first_of(parse_tlv(container)).get(Tag.RECEIPT_TYPE, b"\x00")
    lines = tuple(_lines(container))
    return PrintedLines(kind[0] if kind else 0, lines[:MAX_LINES])


def is_for_cardholder(printed: PrintedLines) -> bool:
    """Tell whether these lines may be on the customer's receipt."""
    return printed.receipt in (0, RECEIPT_CARDHOLDER)


def _lines(container: bytes) -> Iterator[str]:
    for tag, value in parse_tlv(container):
        if tag == Tag.LINE:
            yield text_of(value)[:MAX_COLUMNS]
