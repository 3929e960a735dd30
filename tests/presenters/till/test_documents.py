"""The dialogs of invoices, vouchers and deposits: what was typed becomes the right request."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from terminal.core.buyer import Party
from terminal.presenters.desk import Desk, Entry
from terminal.presenters.till import done, invoice_forms, lists, tender, voucher_forms
from terminal.presenters.till.form import FieldView, beside
from terminal.services.requests import IssueVoucher, MakeInvoice, PrintAgain, Redeem
from terminal.ui.samples import till


def first(view) -> object:
    assert view.confirm.enabled
    return view.confirm.intent.steps[0]


def opened(action) -> Desk:
    """Return the desk after an action that opens a dialog."""
    return action.intent.apply(Desk())


def test_an_invoice_is_asked_for_from_five_fields(show):
    view = show(
        invoice_forms.invoice, "form-invoice", entry=Entry("number", "732 829 320 00074", 24),
        memory=MappingProxyType({
            "receipt": till.RECEIPT, "total": "239,00 €", "buyer": "Atelier Martin",
            "street": "12 avenue de la Gare, Bâtiment B", "town": "69003 Lyon", "country": "fr",
        }),
    )  # fmt: skip
    assert first(view) == MakeInvoice(till.RECEIPT, Party(
        "Atelier Martin", ("12 avenue de la Gare", "Bâtiment B"), "69003", "Lyon", "FR",
        siret="73282932000074",
    ))  # fmt: skip
    assert view.text == "8200 3001 0000 0045 14 · 239,00 €"


@pytest.mark.parametrize("missing", ["buyer", "street", "town", "country"])
def test_an_invoice_needs_name_and_address(show, missing):
    memory = {"buyer": "A", "street": "1 rue B", "town": "69003 Lyon", "country": "FR", missing: ""}
    view = show(invoice_forms.invoice, "form-invoice", entry=Entry("number"),
                memory=MappingProxyType(memory))  # fmt: skip
    assert not view.confirm.enabled


def test_the_end_of_a_sale_offers_its_invoice(show):
    view = show(done.present, "done-change")
    desk = opened(view.papers[1])
    assert (desk.overlay, desk.entry.name) == ("invoice", "buyer")
    assert desk.memory["receipt"] == till.RECEIPT
    assert desk.memory["country"] == "FR"


def test_an_earlier_receipt_is_printed_again_or_invoiced(show):
    again = show(lists.receipts, "form-receipts")
    assert isinstance(again.rows[0].press.intent.steps[0], PrintAgain)
    chosen = again.choices[1].intent.apply(Desk())
    view = show(lists.receipts, "form-receipts", memory=chosen.memory)
    assert [choice.chosen for choice in view.choices] == [False, True]
    assert opened(view.rows[0].press).overlay == "invoice"


def test_a_voucher_is_sold_under_a_new_number_or_that_of_a_card(show):
    assert first(show(voucher_forms.sell, "form-voucher")) == IssueVoucher(5000)
    memory = MappingProxyType({"credit": "98042713000000012"})
    view = show(voucher_forms.sell, "form-voucher", memory=memory)
    assert first(view) == IssueVoucher(5000, None, "98042713000000012")
    assert not show(voucher_forms.sell, "form-voucher", entry=Entry("amount")).confirm.enabled


def test_a_voucher_or_deposit_is_used_by_its_number(show):
    assert first(show(voucher_forms.redeem, "form-redeem")) == Redeem("98042713000000012")
    typed = show(tender.present, "tender-typed").methods[2]
    desk = opened(typed)
    assert (desk.overlay, desk.memory["amount"]) == ("redeem", "25000")
    view = show(voucher_forms.redeem, "form-redeem", memory=desk.memory)
    assert first(view) == Redeem("98042713000000012", 25_000)
    assert not show(voucher_forms.redeem, "form-redeem", entry=Entry("credit")).confirm.enabled


@pytest.mark.parametrize(
    ("active", "seen"), [(0, "abc"), (1, "abc"), (2, "bcd"), (3, "cde"), (4, "cde")]
)
def test_a_low_screen_shows_the_active_field_with_its_neighbours(active, seen):
    fields = tuple(FieldView(name, active=n == active) for n, name in enumerate("abcde"))
    assert "".join(field.label for field in beside(fields, 3)) == seen
    assert beside(fields[:2], 3) == fields[:2]
