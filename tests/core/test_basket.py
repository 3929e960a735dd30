"""What a sale comes to: the sample receipts, the published vectors, and that figures add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.basket import line_totals, outcome, totals, vat_row
from terminal.core.commands import AddDeposit, GrantDiscount, SetPrice, VoidLine
from terminal.core.items import Unit
from terminal.core.state import Discount, Line, Sale, SaleStatus


@pytest.mark.parametrize(
    ("gross", "rate", "net", "vat"),
    [
        (800, 2000, 667, 133), (23900, 2000, 19917, 3983), (15000, 2000, 12500, 2500),
        (45089, 2000, 37574, 7515), (500, 1000, 455, 45), (833, 2000, 694, 139),
        (833, 550, 790, 43), (833, 1000, 757, 76), (0, 2000, 0, 0), (100, 0, 100, 0),
        (-800, 2000, -667, -133),
    ],
)  # fmt: skip
def test_vat_per_ticket(gross, rate, net, vat):
    """RCP-19: 450.89 follows our rule, not the per-line rounding of the sample."""
    row = vat_row(rate, gross)
    assert (row.net_minor, row.vat_minor, row.gross_minor) == (net, vat, gross)


def test_the_receipt_of_8_euros(till):
    """SAL-11, SAL-12, SAL-13: line discount, foot discount and a gift."""
    till.sell(1500)
    till.do(GrantDiscount(1, None, 200, "Fidélité"))
    till.sell(900)
    till.do(SetPrice(2, 0, "Fidélité"))
    till.do(GrantDiscount(None, None, 500, "Fidélité", "330000000000027272"))
    sums = till.sums
    assert sums.total_minor == sums.due_minor == 800
    assert sums.vat_tuples() == ((2000, 667, 133, 800),)
    assert [(t.gross_minor, t.discount_minor, t.net_minor, t.foot_minor) for t in sums.lines] == [
        (1500, 200, 1300, 500),
        (0, 0, 0, 0),
    ]
    assert (sums.article_count, sums.return_count) == (2, 0)


def test_the_receipt_of_239_euros(till):
    for price in (9900, 15000, 500, 900):
        till.sell(price)
    till.do(GrantDiscount(2, 1000, None, "Opération commerciale"))
    till.do(SetPrice(4, 0, "cadeau"))
    assert till.sums.vat_tuples() == ((2000, 19917, 3983, 23900),)
    assert till.sums.discounts[0].left_minor == 13500


def test_two_rates_add_up_to_the_total(till):
    """odoo#230726: 28.90 at 22 % and 1.25 at 10 % are 30.15."""
    till.sell(2890, vat_rate_bp=2200)
    till.sell(125, vat_rate_bp=1000)
    sums = till.sums
    assert sums.total_minor == 3015
    assert [row.rate_bp for row in sums.vat] == [1000, 2200]
    assert sum(row.net_minor + row.vat_minor for row in sums.vat) == 3015


def test_a_foot_discount_is_shared_by_largest_remainder(till):
    for price in (1000, 1000, 999):
        till.sell(price)
    till.do(GrantDiscount(None, None, 500, "geste"))
    assert [line.foot_minor for line in till.sums.lines] == [167, 167, 166]


def test_percentages_stack_on_what_remains(till):
    till.sell(1000)
    till.do(GrantDiscount(1, 1000, None, "a"))
    till.do(GrantDiscount(1, 1000, None, "b"))
    till.do(GrantDiscount(None, 5000, None, "c"))
    assert [(d.amount_minor, d.left_minor) for d in till.sums.discounts] == [
        (100, 900),
        (90, 810),
        (405, 405),
    ]


def test_a_discount_shrinks_to_what_remains(till):
    till.sell(1000)
    till.sell(300)
    till.do(GrantDiscount(None, None, 1200, "geste"))
    till.do(VoidLine(1))
    assert till.sums.total_minor == 0
    assert till.sums.discounts[0].amount_minor == 300


@pytest.mark.parametrize(
    ("price", "grams", "amount"),
    [(320, 1250, 400), (199, 5, 1), (199, 2, 0), (100, 5, 1), (99_999_999, 1, 100_000)],
)
def test_weighed_lines_round_once(till, price, grams, amount):
    till.sell(price, unit=Unit.KILOGRAM, weight_g=grams)
    assert till.sums.total_minor == amount


def test_returns_count_apart_and_are_negative(till):
    """SAL-10."""
    till.sell(1000, quantity=3)
    till.sell(500, quantity=2, is_return=True, reason="défaut")
    till.sell(320, unit=Unit.KILOGRAM, weight_g=1250, is_return=True, reason="défaut")
    till.do(AddDeposit("7288367524644618", 1000))
    sums = till.sums
    assert sums.total_minor == 3000 - 1000 - 400 + 1000
    assert (sums.article_count, sums.return_count) == (3, 3)


def test_a_foot_discount_leaves_returned_lines_alone(till):
    till.sell(1000)
    till.sell(400, is_return=True, reason="défaut")
    till.do(GrantDiscount(None, 5000, None, "geste"))
    assert [line.foot_minor for line in till.sums.lines] == [300, 0]


LINES = st.lists(
    st.tuples(
        st.integers(0, 200_000),
        st.integers(-20, 50).filter(bool),
        st.sampled_from([210, 550, 1000, 2000]),
        st.integers(0, 3000),
        st.booleans(),
    ),
    max_size=30,
)
DISCOUNTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 10_000), st.integers(1, 50_000)), max_size=10
)


@given(LINES, DISCOUNTS)
def test_every_figure_adds_up(lines, discounts):
    sale = Sale(
        "3001-000001", 1, SaleStatus.OPEN, "EUR", "", "", "fr", 0, "",
        lines=tuple(
            Line(i + 1, "article", "c", "r", "l", "", "", quantity, weight, price, price, rate,
                 void=void)
            for i, (price, quantity, rate, weight, void) in enumerate(lines)
        ),
        discounts=tuple(
            Discount(i + 1, line if line <= len(lines) else 0, percent,
                     0 if percent else amount, "r")
            for i, (line, percent, amount) in enumerate(discounts)
        ),
    )  # fmt: skip
    sums = totals(sale)
    judged = outcome(sale)
    assert (judged.total_minor, judged.paid_minor) == (sums.total_minor, sums.paid_minor)
    assert judged.largest_minor == max((abs(t.gross_minor) for t in sums.lines), default=0)
    assert sums.lines == line_totals(sale)
    assert sums.total_minor == sum(t.net_minor - t.foot_minor for t in sums.lines)
    assert sums.total_minor == sum(r.gross_minor for r in sums.vat)
    assert all(r.net_minor + r.vat_minor == r.gross_minor for r in sums.vat)
    taken_at_foot = sum(
        taken.amount_minor
        for taken, given_ in zip(sums.discounts, sale.discounts, strict=True)
        if given_.line == 0
    )
    assert taken_at_foot == sum(t.foot_minor for t in sums.lines)
    for total, line in zip(sums.lines, sale.lines, strict=True):
        assert total.net_minor == total.gross_minor - total.discount_minor
        assert abs(total.net_minor) <= abs(total.gross_minor)
        assert total.net_minor * total.gross_minor >= 0
        assert 0 <= total.foot_minor <= max(0, total.net_minor)
        assert not line.void or total.gross_minor == 0
