"""What an invoice adds up: the receipt's amounts to the cent, whatever was sold."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given

from terminal.core import commands as c
from terminal.core.books import VatRow
from tests.invoices.receipts import article, invoiced, invoices, seed, take_back, till, weighed

CENT = Decimal("0.01")


def money(minor: int) -> Decimal:
    return Decimal(minor) / 100


@pytest.mark.parametrize(
    ("total", "net", "vat"),
    [(45_089, 37_574, 7_515), (23_900, 19_917, 3_983), (15_000, 12_500, 2_500), (800, 667, 133)],
)
def test_the_invoice_of_a_sample_receipt_says_its_figures(total, net, vat):
    """RCP-19."""
    sums = seed(total).figures
    assert (sums.total_minor, sums.net_minor, sums.vat_minor) == (total, net, vat)
    assert sums.paid_minor == total


def test_lines_that_are_alike_differ_by_a_cent_at_most_and_add_up():
    sums = invoiced(till(), *(c.AddItem("A1", article(1000)) for _ in range(3))).figures
    assert [line.net_minor for line in sums.lines] == [834, 833, 833]
    assert sums.net_minor == 2500


def test_a_discount_on_a_line_is_its_allowance():
    story = till()
    story.do(c.AddItem("A1", article(1500)))
    line = invoiced(story, c.GrantDiscount(1, 1000, None, "Fidélité")).figures.lines[0]
    assert (line.price.amount, line.net_minor, line.gross_minor) == ("12.50", 1125, 1350)
    assert (line.discount.amount_minor, line.discount.reason) == (125, "Fidélité")


def test_a_discount_at_the_foot_is_one_allowance_for_each_rate():
    story = till()
    story.do(c.AddItem("A1", article(1000, 2000)))
    story.do(c.AddItem("A2", article(1000, 550)))
    sums = invoiced(story, c.GrantDiscount(None, None, 500, "Geste")).figures
    assert [(one.rate_bp, one.amount_minor) for one in sums.allowances] == [(550, 237), (2000, 208)]
    assert sums.vat == (VatRow(550, 711, 39, 750), VatRow(2000, 625, 125, 750))


def test_what_is_weighed_has_its_price_by_the_kilogram():
    line = invoiced(till(), weighed(199, 842)).figures.lines[0]
    assert (line.quantity, line.unit, line.price.amount, line.net_minor) == (
        "0.842", "KGM", "1.8884", 159,
    )  # fmt: skip


def test_a_price_that_four_decimals_cannot_say_is_that_of_all_pieces():
    line = invoiced(till(), c.AddItem("A1", article(1), 7000)).figures.lines[0]
    assert (line.price.amount, line.price.base, line.quantity) == ("58.33", "7000", "7000")


def test_a_receipt_that_pays_out_is_a_credit_note_with_its_signs_turned():
    story = till()
    story.do(c.AddItem("A1", article(500)))
    note = invoiced(story, take_back(2000, quantity=2), corrects=("FA3001-000007", "2026-09-20"))
    assert note.is_credit_note
    sums = note.figures
    assert (sums.total_minor, sums.net_minor, sums.vat_minor) == (3500, 2917, 583)
    assert [line.quantity for line in sums.lines] == ["-1", "2"]
    assert "FA3001-000007" in " ".join(one.text for one in note.notes())


def test_a_return_within_a_sale_stays_on_the_invoice_as_a_negative_line():
    story = till()
    story.do(c.AddItem("A1", article(5000)))
    sums = invoiced(story, take_back(2000)).figures
    assert [line.quantity for line in sums.lines] == ["1", "-1"]
    assert sums.total_minor == 3000


def test_rounding_to_coins_is_beside_the_total_and_paid():
    sums = invoiced(till(rounding=5), c.AddItem("A1", article(3076))).figures
    assert (sums.total_minor, sums.rounding_minor, sums.paid_minor) == (3076, -1, 3075)


@given(invoices())
def test_an_invoice_says_to_the_cent_what_its_receipt_said(invoice):
    sums, sign = invoice.figures, -1 if invoice.is_credit_note else 1
    assert [
        (row.rate_bp, sign * row.net_minor, sign * row.vat_minor, sign * row.gross_minor)
        for row in sums.vat
    ] == list(invoice.event.vat)
    assert sums.total_minor == sign * invoice.sale.total_minor >= 0
    assert sums.total_minor == sums.net_minor + sums.vat_minor
    assert sums.lines_minor - sums.allowances_minor == sums.net_minor
    for row in sums.vat:
        lines = sum(one.net_minor for one in sums.lines if one.line.vat_rate_bp == row.rate_bp)
        foot = sum(one.amount_minor for one in sums.allowances if one.rate_bp == row.rate_bp)
        assert lines - foot == row.net_minor
        assert foot >= 0


@given(invoices())
def test_the_price_of_every_line_gives_its_amount_back(invoice):
    for line in invoice.figures.lines:
        price, base = Decimal(line.price.amount), Decimal(line.price.base or 1)
        taken = money(line.discount.amount_minor) if line.discount else Decimal(0)
        whole = (price * Decimal(line.quantity) / base).quantize(CENT, ROUND_HALF_UP)
        assert whole - taken == money(line.net_minor)
        assert price >= 0
        exact = money(line.gross_minor) / (1 + Decimal(line.line.vat_rate_bp) / 10_000)
        assert abs(exact - money(line.net_minor)) < CENT
