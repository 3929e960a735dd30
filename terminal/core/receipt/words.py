"""The words that receipts are made of, by key; a catalogue that lacks one cannot print."""

from __future__ import annotations

from terminal.core.valued import PARTS

RECEIPT_WORDS = frozenset(
    f"receipt.{key}"
    for key in (
        "phone", "duplicate", "duplicate_number", "training", "practice", "gift", "return",
        "deposit",
        "typed_weight", "price_changed", "eco_included", "legal_guarantee", "year", "years",
        "discount", "coupon", "net_to_pay", "net_to_refund",
        "cash", "cash_machine", "cheque", "card", "equivalent", "rounding", "change",
        "vat_detail", "vat_code", "vat_rate", "vat_net", "vat_vat", "vat_gross",
        "articles", "returns", "customer", "customer_card",
        "points", "points_earned", "points_used", "points_balance", "points_at", "points_until",
        *(f"benefits_{part}" for part in PARTS),
        "coupon_title", "coupon_from", "coupon_until", "coupon_number",
        "salesperson", "till", "ticket", "gift_receipt", "gift_advice",
        "slip_contactless", "slip_merchant", "slip_terminal", "slip_transaction",
        "slip_authorisation", "slip_amount", "slip_debit", "slip_credit", "slip_copy", "slip_keep",
        "interrupted", "interrupted_advice", "total", "payment_in_doubt", "reference", "paid",
        "sale", "slip_code", "voucher", "voucher_single", "voucher_multi",
        "voucher_used", "deposit_used",
        "return_code", "return_of",
    )
)  # fmt: skip
