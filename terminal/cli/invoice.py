"""``reprise invoice``: an invoice's file again, from the books, beside a running terminal."""

from __future__ import annotations

import argparse
import sys

from terminal import config as configuration
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.invoices.cii import xml_of
from terminal.invoices.document import facturx
from terminal.invoices.invoice import invoice_of
from terminal.store.invoices import invoice
from terminal.store.store import Store
from terminal.words import Words


def write(options: argparse.Namespace) -> int:
    """Write an invoice to the standard output, by its number or its receipt's."""
    shop = configuration.load(DataFolder(options.data).settings).shop
    number = options.number.replace(" ", "")
    store = Store.open_read_only(options.data, evolve=evolve)
    try:
        issued = invoice(store, number)
        sale = store.sale(issued.event.receipt_number) if issued else None
    finally:
        store.close()
    if issued is None or sale is None:
        print(f"reprise: no invoice has the number {options.number}", file=sys.stderr)
        return 1
    words = Words(shop.receipt_language, currency=shop.currency, timezone=shop.timezone)
    found = invoice_of(
        issued.event, sale, issued.issued_at_ms, words, timezone=shop.timezone, copy=options.copy
    )
    sys.stdout.buffer.write(xml_of(found) if options.format == "xml" else facturx(found))
    return 0
