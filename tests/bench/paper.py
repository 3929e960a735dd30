"""From a completed sale to the bytes that print its receipt, and to its PDF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from terminal import config
from terminal.core.state import Sale
from terminal.folder import DataFolder
from terminal.services.receipts import ReceiptPrinting
from tests.bench import shops
from tests.bench.measure import MS, Row, Sizes, median, seconds

LINES = (10, 60)
PDF_MS = 150
"""A customer who chose a PDF does not wait for it."""


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    folder = shops.shop("paper")
    printing = ReceiptPrinting(config.load(DataFolder(folder).settings))
    sales = _sales(folder)
    for lines, sale in zip(LINES, sales, strict=True):
        printing.escpos(sale, 0)
        taken = [seconds(lambda s=sale: printing.escpos(s, 0)) for _ in range(sizes.receipts)]
        size = len(printing.escpos(sale, 0))
        yield Row(f"receipt of {lines} lines to ESC/POS", median(taken) * MS, "ms",
                  note=f"{size:,} bytes")  # fmt: skip
        size = len(printing.pdf(sale, 0))
        taken = [seconds(lambda s=sale: printing.pdf(s, 0)) for _ in range(sizes.receipts)]
        yield Row(f"receipt of {lines} lines to PDF", median(taken) * MS, "ms",
                  goal=PDF_MS, note=f"{size:,} bytes")  # fmt: skip


def _sales(folder) -> list[Sale]:
    till = shops.Till(folder)
    with closing(till.store):
        for lines in LINES:
            till.sell(lines)
        till.commit()
        receipts = reversed(till.store.receipts(len(LINES)))
        found = [till.store.sale(summary.receipt_number) for summary in receipts]
    return [sale for sale in found if sale is not None]
