"""What a valuation adds to a sale, and coupons that come and go."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import (
    GrantDiscount,
    NextCustomer,
    ParkSale,
    SetQuantity,
    TenderCash,
    ValueSale,
    VoidLine,
)
from terminal.core.events import from_payload, to_payload
from terminal.core.numbering import check, coupon_number, is_coupon_number
from terminal.core.valued import Benefit, Coupon, Customer, Points
from terminal.fiscal import content
from tests.core.conftest import Terminal

COUPON = Coupon(1500, "À valoir", "2021-09-06", "2021-12-05", "10 % des achats du rayon jeux")
WHOLE = ValueSale(
    "hub", "AVET Anabelle", "1004", Points(542, -300, 16_506, 1_631_004_420_000, "2033-09-06"),
    (Benefit("discounts", "VIP", "amount", -100), Benefit("gifts", "Trousse", text="M0039")),
    (COUPON,), "Bonjour",
)  # fmt: skip


def finished(till):
    till.do(TenderCash(till.sums.due_minor))
    return till.sale


def test_a_sale_is_valued_and_keeps_it_when_it_completes(till):
    """RCP-10, 12, 15, 21, 22."""
    till.sell(1500)
    assert till.sale.valuation is None
    assert till.do(WHOLE) == ["SaleValued"]
    sale = finished(till)
    assert sale.customer == Customer("AVET Anabelle", "1004")
    assert sale.valuation is not None
    assert sale.valuation.points == WHOLE.points
    assert sale.valuation.benefits == WHOLE.benefits
    assert sale.valuation.message == "Bonjour"
    assert [coupon.face_minor for coupon in sale.coupons] == [1500]


def test_every_event_of_it_survives_the_journal(till):
    till.sell(1500)
    till.do(WHOLE)
    finished(till)
    for event, _ in till.records:
        assert from_payload(type(event).__name__, to_payload(event)) == event


@pytest.mark.parametrize(
    "change",
    [SetQuantity(1, 2), GrantDiscount(1, None, 100, "geste"), GrantDiscount(None, 500, None, "x")],
)
def test_a_basket_that_changes_is_not_valued_any_more(till, change):
    till.sell(1500)
    till.do(WHOLE)
    till.do(change)
    assert till.sale.valuation is None
    assert till.sale.customer == Customer("AVET Anabelle", "1004")
    assert finished(till).coupons == ()


def test_a_valuation_of_another_basket_is_refused(till):
    till.sell(1500)
    assert till.do(replace(WHOLE, total_minor=1400)) == "valuation_stale"
    assert till.do(replace(WHOLE, sale_id="3001-000099")) == "valuation_stale"
    assert till.do(replace(WHOLE, total_minor=1500, sale_id=till.sale.sale_id)) == ["SaleValued"]


def test_only_a_sale_in_progress_is_valued(till):
    assert till.do(WHOLE) == "no_sale"
    till.sell(1500)
    finished(till)
    assert till.do(WHOLE) == "sale_not_open"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"by": "me"}, "bad_request"),
        ({"benefits": (Benefit("rebates", "x"),)}, "bad_request"),
        ({"benefits": (Benefit("points", "", "points", 5),)}, "bad_request"),
        ({"benefits": (Benefit("points", "x", "hours", 5),)}, "bad_request"),
        ({"benefits": (Benefit("gifts", "x"),) * 101}, "bad_request"),
        ({"points": Points(1, 0, 10**9, 0)}, "bad_request"),
        ({"points": Points(1, 0, 1, 0, "31/12/2021")}, "bad_request"),
        ({"coupons": (replace(COUPON, valid_from="2022-01-01"),)}, "bad_request"),
        ({"coupons": (replace(COUPON, valid_until="2021-02-30"),)}, "bad_request"),
        ({"coupons": (replace(COUPON, face_minor=0, text=""),)}, "bad_request"),
        ({"coupons": (COUPON,) * 11}, "bad_request"),
        ({"message": "x" * 161}, "reason_too_long"),
        ({"customer_name": "a\nb"}, "bad_request"),
        ({"coupons": (replace(COUPON, usage="x" * 401),)}, "reason_too_long"),
    ],
)
def test_a_valuation_has_bounds(till, wrong, code):
    till.sell(1500)
    assert till.do(replace(WHOLE, **wrong)) == code


@given(st.lists(st.integers(0, 3), max_size=6))
def test_coupons_are_numbered_without_a_gap(issued):
    """RCP-10: an abandoned sale takes no number, and no number comes twice."""
    till, numbers = Terminal(), []
    till.sign_on()
    for count in issued:
        till.sell(1500)
        till.do(replace(WHOLE, coupons=(COUPON,) * count))
        numbers += [coupon.number for coupon in finished(till).coupons]
        till.do(NextCustomer())
    assert numbers == [coupon_number("33", "3001", n) for n in range(1, sum(issued) + 1)]
    assert all(map(is_coupon_number, numbers))
    assert till.state.last_coupon == sum(issued)


@pytest.mark.parametrize("number", ["33000000000018188", "33000000000018225", "330000000000027272"])
def test_the_numbers_of_the_sample_receipts_have_their_check_digit(number):
    """NUM-02."""
    assert check(number)
    assert is_coupon_number(number)


def test_a_misread_coupon_is_refused(till):
    """NUM-02."""
    till.sell(1500)
    assert till.do(GrantDiscount(None, None, 500, "x", "33000000000018189")) == "bad_check_digit"
    assert till.do(GrantDiscount(None, None, 500, "x", "ETE-2026")) == ["DiscountGranted"]


def test_a_coupon_is_taken_once(till):
    """RCP-11: not twice in a sale, not in a sale beside it, not after a receipt that took it."""
    taken = GrantDiscount(None, None, 100, "coupon", "3300 0000 0000 1818 8")
    till.sell(1500)
    assert till.do(taken) == ["DiscountGranted"]
    assert till.sale.discounts[0].coupon == "33000000000018188"
    assert till.do(taken) == "coupon_redeemed"
    till.do(ParkSale("x"))
    till.sell(1500)
    assert till.do(taken) == "coupon_redeemed"
    other = replace(taken, coupon="33000000000018225")
    assert till.do(replace(other, redeemed_in="820000000000004514")) == "coupon_redeemed"
    assert till.do(other) == ["DiscountGranted"]


def test_a_coupon_of_a_line_that_was_voided_is_free_again(till):
    till.sell(1500)
    till.sell(1500)
    taken = GrantDiscount(1, None, 100, "coupon", "33000000000018188")
    till.do(taken)
    till.do(VoidLine(1))
    assert till.do(replace(taken, line=2)) == ["DiscountGranted"]


def test_what_was_valued_is_signed_and_nothing_is_said_of_the_rest(till):
    till.sell(1500)
    plain = content.of_sale(till.sale)
    assert not {"customer", "valuation", "coupons"} & plain.keys()
    till.do(WHOLE)
    said = content.of_sale(finished(till))
    assert said["customer"] == {"name": "AVET Anabelle", "card": "1004"}
    assert said["valuation"]["points"]["balance"] == 16_506
    assert said["coupons"][0]["number"] == coupon_number("33", "3001", 1)
