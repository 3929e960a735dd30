"""Invoices as decisions: whose, of what, under which number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.core.buyer import Party, party_of
from terminal.core.commands import CopyInvoice, IssueInvoice, NextCustomer, TenderCash
from terminal.core.errors import IllegalEvent
from terminal.core.events import InvoiceCopied, InvoiceIssued
from terminal.core.evolve import evolve
from terminal.core.policy import Policy

BUYER = Party("Atelier Martin", ("12 avenue de la Gare",), "69003", "Lyon", "FR")
SELLER = {"name": "Librairie", "address": "1 rue du Marché", "city": "Paris", "country": "FR"}


@pytest.fixture
def sold(till):
    till.sell(1200)
    till.do(TenderCash(1200))
    return till


def invoice(till, **changes):
    command = IssueInvoice(till.sale, BUYER, SELLER)
    return till.do(replace(command, **changes))


def issued(till) -> list[InvoiceIssued]:
    return [event for event, _ in till.records if isinstance(event, InvoiceIssued)]


def test_an_invoice_says_what_the_receipt_said_and_names_both_sides(sold):
    books = sold.state.books
    assert invoice(sold) == ["InvoiceIssued"]
    (event,) = issued(sold)
    assert (event.kind, event.total_minor, event.vat) == (
        "invoice",
        1200,
        ((2000, 1000, 200, 1200),),
    )
    assert event.receipt_number == sold.sale.receipt_number
    assert party_of(event.buyer) == BUYER
    assert event.seller == SELLER
    assert sold.state.books == books, "an invoice raises no total"


def test_numbers_have_no_gap_whatever_is_refused_between_them(sold):
    """NUM-01."""
    invoice(sold)
    assert invoice(sold, buyer=replace(BUYER, city="")) == "buyer_incomplete"
    sold.do(NextCustomer())
    sold.sell(500)
    sold.do(TenderCash(500))
    invoice(sold)
    assert [event.invoice_number for event in issued(sold)] == ["FA3001-000001", "FA3001-000002"]
    with pytest.raises(IllegalEvent, match="gap"):
        evolve(sold.state, issued(sold)[0], sold.moment)


def test_a_receipt_that_pays_out_becomes_a_credit_note(sold):
    sold.do(NextCustomer())
    sold.sell(1200, is_return=True, reason="torn")
    sold.do(TenderCash(-1200))
    invoice(sold, corrects="FA3001-000001", corrects_date="2026-09-06")
    (event,) = issued(sold)
    assert (event.kind, event.total_minor) == ("credit_note", -1200)
    assert (event.corrects, event.corrects_date) == ("FA3001-000001", "2026-09-06")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"buyer": replace(BUYER, name=" ")}, "buyer_incomplete"),
        ({"buyer": replace(BUYER, address=())}, "buyer_incomplete"),
        ({"buyer": replace(BUYER, address=("a", "b", "c", "d"))}, "bad_request"),
        ({"buyer": replace(BUYER, country="fr")}, "bad_country"),
        ({"buyer": replace(BUYER, country="FRA")}, "bad_country"),
        ({"buyer": replace(BUYER, name="A" * 101)}, "reason_too_long"),
        ({"buyer": replace(BUYER, name="A\x00")}, "bad_request"),
        ({"buyer": replace(BUYER, siret="1" * 21)}, "reason_too_long"),
        ({"corrects": "FA1"}, "no_such_invoice"),
        ({"corrects": "FA1", "corrects_date": "yesterday"}, "bad_request"),
    ],
)
def test_what_cannot_stand_on_an_invoice_is_refused(sold, changes, code):
    assert invoice(sold, **changes) == code


def test_only_a_finished_receipt_is_invoiced_and_only_by_whom_the_shop_lets(till):
    till.sell(1200)
    assert invoice(till) == "invoice_not_possible"
    till.do(TenderCash(1200))
    till.policy = Policy(rights={"cashier": frozenset(), "supervisor": frozenset({"invoice"})})
    assert invoice(till) == "right_required"
    assert till.do(CopyInvoice("FA3001-000001", "82", 0)) == "right_required"
    till.sign_on("9", "supervisor")
    assert invoice(till) == ["InvoiceIssued"]


def test_a_shopper_at_a_kiosk_cannot_make_an_invoice(kiosk):
    kiosk.sell(1200)
    assert invoice(kiosk) == "right_required"


def test_a_copy_is_counted(sold):
    invoice(sold)
    assert sold.do(CopyInvoice("FA3001-000001", "82", 1)) == ["InvoiceCopied"]
    copied = sold.records[-1][0]
    assert isinstance(copied, InvoiceCopied)
    assert copied.copy == 2
    assert sold.do(CopyInvoice("FA3001-000001", "82", 999)) == "invoice_not_possible"
    assert sold.do(CopyInvoice("", "82", 0)) == "bad_request"
