"""Lines come back once each, at what was paid, and only on the terms of their receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core import commands as c
from terminal.core.policy import Policy
from terminal.core.returned import ReceiptLine

ORIGIN = "820300100000000014"
TONG = ReceiptLine(2, "8700000000018", "Tong", 3, 0, 1000, 2000)
MELON = ReceiptLine(4, "4011", "Melon", 1, 1234, 246, 550)


def bring_back(till, *lines, foreign=False, reason="too small", seen=None):
    seen = till.state.last_receipt_sequence if seen is None else seen
    return till.do(c.TakeBackLines(ORIGIN, tuple(lines), reason, foreign, seen))


def test_what_comes_back_is_what_was_paid_not_todays_price(till):
    """SAL-10: 10.00 over three pieces; two of them are worth 6.67, on two lines of one price."""
    assert bring_back(till, (TONG, 2)) == ["SaleOpened", "LineAdded", "LineAdded"]
    assert till.sums.total_minor == -667
    one, other = till.sale.lines
    assert (one.unit_price_minor, other.unit_price_minor) == (333, 334)
    assert {(x.origin_receipt, x.origin_line, x.vat_rate_bp) for x in (one, other)} == {
        (ORIGIN, 2, 2000)
    }


def test_goods_sold_by_weight_come_back_whole(till):
    bring_back(till, (MELON, 1))
    (only,) = till.sale.lines
    assert (only.quantity, only.weight_g, only.unit_price_minor) == (-1, 0, 246)
    assert bring_back(till, (MELON, 1)) == "already_returned"


@given(paid=st.integers(0, 99_999), sold=st.integers(1, 12), steps=st.lists(st.integers(1, 12)))
def test_pieces_that_come_back_one_by_one_add_up_to_what_was_paid(paid, sold, steps):
    line, already, total = ReceiptLine(1, "1", "x", sold, 0, paid, 2000), 0, 0
    for pieces in (*steps, sold):
        taken = min(pieces, sold - already)
        if taken:
            total += line.worth(taken, already)
            already += taken
    assert total == paid


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((), "nothing_to_return"),
        (((TONG, 0),), "return_too_large"),
        (((TONG, 4),), "return_too_large"),
        (((TONG, -1),), "return_too_large"),
        (((TONG, 1), (TONG, 1)), "nothing_to_return"),
        (((replace(TONG, already=3), 1),), "already_returned"),
        (((replace(TONG, already=2), 2),), "return_too_large"),
    ],
)
def test_more_than_the_receipt_gives_is_refused(till, lines, code):
    assert bring_back(till, *lines) == code


def test_what_comes_back_in_a_sale_under_way_or_parked_is_counted(till):
    bring_back(till, (TONG, 2))
    assert bring_back(till, (TONG, 2)) == "return_too_large"
    till.do(c.VoidLine(1))
    assert bring_back(till, (TONG, 2))[-1] == "LineAdded"
    till.do(c.ParkSale("red coat"))
    assert bring_back(till, (TONG, 1)) == "already_returned"


def test_a_return_line_keeps_its_price_and_its_pieces(till):
    bring_back(till, (TONG, 3))
    assert till.do(c.SetQuantity(1, 5)) == "return_is_fixed"
    assert till.do(c.SetPrice(1, 9999, "generous")) == "return_is_fixed"
    assert till.do(c.GrantDiscount(1, 1000, None, "thrifty")) == "return_is_fixed"


def test_another_sale_that_ended_meanwhile_sends_one_back_to_the_books(till):
    assert bring_back(till, (TONG, 1), seen=7) == "receipts_changed"


@pytest.mark.parametrize(
    ("shop_says", "role", "outcome"),
    [
        ("refuse", "supervisor", "foreign_receipt"),
        ("supervisor", "cashier", "right_required"),
        ("supervisor", "supervisor", ["SaleOpened", "LineAdded"]),
    ],
)
def test_another_tills_receipt_is_taken_on_the_shops_terms(new_terminal, shop_says, role, outcome):
    till = new_terminal(Policy(foreign_returns=shop_says))
    till.sign_on("9", role)
    assert bring_back(till, (MELON, 1), foreign=True) == outcome


def test_a_shopper_alone_takes_nothing_back(kiosk):
    assert bring_back(kiosk, (TONG, 1)) == "not_signed_on"


def test_a_reason_is_asked_for(till):
    assert bring_back(till, (TONG, 1), reason=" ") == "reason_required"
