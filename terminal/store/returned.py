"""What has come back already, by the receipt and the line it was sold on."""

from __future__ import annotations

from collections.abc import Mapping

import peewee

from terminal.journal.errors import storage_errors
from terminal.store.store import Store
from terminal.store.tables import ReturnedLineRow


def returned(store: Store, receipt_number: str) -> Mapping[int, int]:
    """Return line -> pieces that this terminal has taken back in completed sales."""
    query = (
        ReturnedLineRow.select(ReturnedLineRow.origin_line, peewee.fn.SUM(ReturnedLineRow.quantity))
        .where(ReturnedLineRow.origin_receipt == receipt_number)
        .group_by(ReturnedLineRow.origin_line)
    )
    with storage_errors(store.path):
        return dict(query.tuples().execute(store.database))
