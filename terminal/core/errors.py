"""Refusals: the values that say why a command was not carried out.

A refusal is a value, not an exception: the core returns it, the session passes it on, and every
language has words for its code (catalogue key ``refused.<code>``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NONE: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that was not carried out; nothing was changed and nothing was written."""

    code: str
    """Stable snake_case code, e.g. ``unknown_code``; translated on screen, never shown raw."""
    details: Mapping[str, str | int] = field(default_factory=lambda: _NONE)
    """Values for the words of the message; keys are the placeholders of the catalogue."""


class CoreError(Exception):
    """Base of the errors that mean a fault in our own code or data, never a user's mistake."""


class IllegalEvent(CoreError):
    """An event does not apply to the state it was folded onto: the journal or the code is wrong."""


REFUSAL_CODES = frozenset(
    {
        # the request itself
        "bad_request", "not_signed_on", "wrong_pin", "operator_locked", "right_required",
        "new_pin_required", "pin_length", "pin_same", "pin_simple",
        "out_of_service", "recovery_running", "restarting", "update_on_trial",
        "no_restart_wanted",
        # codes
        "unknown_code", "bad_check_digit", "code_too_long", "code_not_readable",
        "code_without_article", "article_expired", "empty_search", "question_open", "rescan",
        # lines
        "no_sale", "sale_not_open", "no_such_line", "line_is_void", "basket_full",
        "quantity_out_of_range", "quantity_not_allowed", "weight_required", "weight_not_allowed",
        "weight_out_of_range", "price_out_of_range", "discount_out_of_range", "reason_required",
        "reason_too_long", "paid_exceeds_total", "coupon_redeemed",
        "valuation_stale",
        # the scale
        "no_scale", "scale_absent", "scale_failed", "scale_moving", "scale_empty",
        "scale_overloaded", "scale_under_zero", "scale_not_ready", "scale_same_load",
        "scale_changed", "scale_price_differs", "scale_price_missing", "scale_not_zeroed",
        # tenders
        "sale_empty", "age_check_waiting", "amount_out_of_range", "overpayment_not_allowed",
        "nothing_due", "number_required", "unknown_tender_kind", "no_such_tender",
        "tender_not_removable", "payment_pending", "payment_unknown", "payment_not_unknown",
        "tenders_booked", "reversal_refused", "reversal_unknown", "refund_not_possible",
        "reconciling", "result_not_possible", "slip_not_genuine", "too_many_slips",
        # sales, receipts, notices
        "sale_in_progress", "no_such_sale", "too_many_parked", "no_such_receipt",
        "no_such_closure", "no_extraction_folder", "extraction_failed", "in_training",
        "training_not_allowed",
        "no_such_notice", "no_choice_open", "evidence_required", "already_closed",
        # devices and storage
        "no_such_device", "no_such_action", "no_such_role", "device_not_found", "device_claimed",
        "device_busy", "address_not_usable", "settings_not_written", "device_failed",
        "drawer_sensor_silent", "drawer_lesson_running", "power_failed", "tray_changed",
        # commissioning
        "not_commissioned", "not_commissioning", "no_such_step", "no_such_reason", "nothing_asked",
        "step_running",
        # vouchers and deposits
        "unknown_credit", "credit_spent", "voucher_known", "deduction_too_large",
        "deduction_not_changed",
        # invoices
        "invoice_not_possible", "invoice_settings_missing", "buyer_incomplete", "bad_siret",
        "bad_vat_number", "bad_country", "no_such_invoice", "invoice_failed",
        # receipts that go out, and come back
        "no_mail_here", "bad_mail_address", "too_many_letters", "too_many_letters_wait",
        "letter_not_kept", "return_is_fixed", "nothing_to_return", "already_returned",
        "return_too_large", "receipt_returned", "receipts_changed", "foreign_receipt",
        "receipt_other_currency", "receipt_not_readable", "receipt_not_genuine",
        "receipt_not_here", "receipt_not_verifiable", "receipt_key_unknown",
        # archives
        "receipt_archived", "no_archives", "archive_running", "archive_failed", "bad_period",
        "nothing_to_archive", "no_such_archive", "no_medium", "copy_failed",
        # the law
        "signature_failed", "key_absent", "key_pin_refused", "key_silent", "clock_behind",
        "clock_not_behind", "books_not_new",
        "storage_full", "storage_read_only", "storage_failed", "disk_full", "disk_low",
    }
)  # fmt: skip
"""Every code a Refused may carry; each has words in every language (``refused.<code>``)."""
