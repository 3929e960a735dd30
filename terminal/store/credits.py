"""The register of vouchers and deposits that this till has issued."""

from __future__ import annotations

import peewee

from terminal.core.credits import Credit
from terminal.journal.errors import storage_errors
from terminal.store.store import Store
from terminal.store.tables import CreditRow


def credits_of(store: Store, number: str) -> tuple[Credit, ...]:
    """Return what was issued under a number, with what remains; empty when nothing was.

    A deposit may have been paid in parts, at rates that changed between them: one each.
    """
    amount = CreditRow.amount_minor
    issued = peewee.fn.SUM(peewee.Case(None, [(amount > 0, amount)], 0))
    query = (
        CreditRow.select(
            CreditRow.kind,
            CreditRow.number,
            CreditRow.vat_rate_bp,
            issued,
            peewee.fn.SUM(amount),
        )
        .where(CreditRow.number == number)
        .group_by(CreditRow.kind, CreditRow.number, CreditRow.vat_rate_bp)
        .order_by(CreditRow.kind, CreditRow.vat_rate_bp)
    )
    with storage_errors(store.path):
        return tuple(Credit(*row) for row in query.tuples().execute(store.database))
