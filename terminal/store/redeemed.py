"""Which receipt has taken a coupon: asked before a coupon is taken again (RCP-11)."""

from __future__ import annotations

from terminal.journal.errors import storage_errors
from terminal.store.store import Store
from terminal.store.tables import CouponRow, SaleRow


def redeemed_in(store: Store, coupon: str) -> str:
    """Return the number of the receipt that has taken a coupon, or an empty text."""
    query = (
        SaleRow.select(SaleRow.receipt_number)
        .join(CouponRow, on=(CouponRow.sale_id == SaleRow.sale_id))
        .where((CouponRow.number == coupon) & (CouponRow.kind == "redeemed"))
    )
    with storage_errors(store.path):
        return next((row[0] for row in query.tuples().execute(store.database)), "")
