"""The basket's commands: what they write, and what they refuse."""

import pytest

from terminal.core import limits
from terminal.core.commands import (
    AddDeposit,
    ApproveAge,
    CancelSale,
    ChooseReceipt,
    GrantDiscount,
    NextCustomer,
    ParkSale,
    RecallSale,
    SelectLine,
    SetPrice,
    SetQuantity,
    SetSalesperson,
    SignOff,
    TenderCard,
    TenderCash,
    TenderCheque,
    VoidLine,
)
from terminal.core.items import Unit
from terminal.core.policy import Policy
from terminal.core.state import SaleStatus


def test_the_first_article_opens_the_sale(till):
    assert till.sell(150) == ["SaleOpened", "LineAdded"]
    assert till.sell(150) == ["LineAdded"]
    assert (till.sale.sale_id, till.sale.ordinal) == ("3001-000001", 1)
    assert (till.sale.selected, len(till.sale.lines)) == (2, 2)
    assert till.sale.operator_name == "Elisabeth"


def test_a_till_sells_nothing_without_an_operator(till):
    till.do(SignOff())
    assert till.sell(150) == "not_signed_on"


def test_a_kiosk_sells_to_the_shopper(kiosk):
    assert kiosk.sell(150) == ["SaleOpened", "LineAdded"]
    assert kiosk.do(SetQuantity(1, 3)) == ["QuantityChanged"]
    assert kiosk.do(VoidLine(1)) == ["LineVoided"]
    assert kiosk.do(CancelSale("parti")) == ["SaleCancelled"]


@pytest.mark.parametrize(
    "command",
    [SetPrice(1, 1, "r"), GrantDiscount(1, 100, None, "r"), ApproveAge()],
)
def test_a_shopper_has_no_rights(kiosk, command):
    kiosk.sell(150)
    assert kiosk.do(command) == "right_required"
    kiosk.sign_on()
    assert isinstance(kiosk.do(command), list)


def test_a_shopper_may_not_return_nor_void_where_the_shop_says_so(new_terminal):
    kiosk = new_terminal(Policy(role="kiosk", shopper_may_void=False))
    assert kiosk.sell(150, is_return=True, reason="r") == "right_required"
    kiosk.sell(150)
    assert kiosk.do(VoidLine(1)) == "right_required"
    assert kiosk.do(AddDeposit("12", 100)) == "not_signed_on"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": 0}, "quantity_out_of_range"),
        ({"quantity": -1}, "quantity_out_of_range"),
        ({"quantity": 10**9}, "quantity_out_of_range"),
        ({"weight_g": 100}, "weight_not_allowed"),
        ({"unit": Unit.KILOGRAM}, "weight_required"),
        ({"unit": Unit.KILOGRAM, "weight_g": -5}, "weight_out_of_range"),
        ({"unit": Unit.KILOGRAM, "weight_g": 100_000}, "weight_out_of_range"),
        ({"unit": Unit.KILOGRAM, "weight_g": 100, "quantity": 2}, "quantity_not_allowed"),
        ({"is_return": True}, "reason_required"),
        ({"is_return": True, "reason": "x" * 81}, "reason_too_long"),
        ({"is_return": True, "reason": "a\nb"}, "bad_request"),
        ({"source": "guess"}, "bad_request"),
        ({"source": "embedded", "price_minor": -1}, "price_out_of_range"),
        ({"source": "embedded", "price_minor": 10**9}, "price_out_of_range"),
        ({"quantity": 9999}, "quantity_out_of_range"),
    ],
)
def test_articles_that_are_refused_change_nothing(till, fields, code):
    before = till.state
    assert till.sell(1_000_000, **fields) == code
    assert till.state is before


def test_a_label_with_its_price_sells_one_pack(till):
    till.sell(320, unit=Unit.KILOGRAM, weight_g=1250, price_minor=399, source="embedded")
    line = till.sale.lines[0]
    assert (line.unit_price_minor, line.weight_g, line.quantity) == (399, 0, 1)


def test_the_basket_has_an_end(new_terminal):
    till = new_terminal(Policy(max_lines=2))
    till.sign_on()
    till.sell(1)
    till.sell(1)
    assert till.sell(1) == "basket_full"


def test_the_total_has_an_end(till):
    till.sell(limits.MAX_AMOUNT_MINOR)
    assert till.sell(1) == "quantity_out_of_range"
    assert till.do(SetQuantity(1, 2)) == "quantity_out_of_range"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (SelectLine(9), "no_such_line"),
        (SetQuantity(9, 1), "no_such_line"),
        (SetQuantity(0, 1), "no_such_line"),
        (SetQuantity(1, 0), "quantity_out_of_range"),
        (SetQuantity(1, 10**9), "quantity_out_of_range"),
        (SetQuantity(2, 2), "quantity_not_allowed"),
        (VoidLine(3), "line_is_void"),
        (SetQuantity(3, 2), "line_is_void"),
        (SetPrice(1, -1, "r"), "price_out_of_range"),
        (SetPrice(1, 10**9, "r"), "price_out_of_range"),
        (SetPrice(1, 1, ""), "reason_required"),
        (GrantDiscount(1, 100, None, " "), "reason_required"),
        (GrantDiscount(1, None, None, "r"), "bad_request"),
        (GrantDiscount(1, 100, 100, "r"), "bad_request"),
        (GrantDiscount(1, 0, None, "r"), "discount_out_of_range"),
        (GrantDiscount(1, 10_001, None, "r"), "discount_out_of_range"),
        (GrantDiscount(1, None, 0, "r"), "discount_out_of_range"),
        (GrantDiscount(1, None, 1001, "r"), "discount_out_of_range"),
        (GrantDiscount(None, None, 1321, "r"), "discount_out_of_range"),
        (GrantDiscount(9, None, 1, "r"), "no_such_line"),
        (SetSalesperson("x" * 21), "reason_too_long"),
        (AddDeposit("", 100), "number_required"),
        (AddDeposit("12", 0), "amount_out_of_range"),
        (RecallSale("3001-000009"), "sale_in_progress"),
        (NextCustomer(), "sale_in_progress"),
        (ChooseReceipt("print"), "no_choice_open"),
        (CancelSale(""), "reason_required"),
    ],
)
def test_changes_that_are_refused(till, command, code):
    till.sell(1000)
    till.sell(320, unit=Unit.KILOGRAM, weight_g=1000)
    till.sell(5)
    till.do(VoidLine(3))
    before = till.state
    assert till.do(command) == code
    assert till.state is before


@pytest.mark.parametrize(
    "command",
    [SetQuantity(1, 2), VoidLine(1), TenderCash(1), CancelSale("r"), ParkSale(), SelectLine(1)],
)
def test_without_a_sale(till, command):
    assert till.do(command) == "no_sale"


def test_a_price_of_zero_is_a_gift(till):
    till.sell(1000)
    assert till.do(SetPrice(1, 0, "fidélité")) == ["PriceOverridden"]
    assert till.sale.lines[0].is_gift
    assert till.sale.lines[0].list_price_minor == 1000


def test_a_returned_line_stays_returned(till):
    till.sell(1000, is_return=True, reason="défaut")
    till.do(SetQuantity(1, 3))
    assert till.sale.lines[0].quantity == -3
    assert till.do(GrantDiscount(1, None, 3000, "r")) == ["DiscountGranted"]
    assert till.sums.total_minor == 0


@pytest.mark.parametrize("command", [SelectLine(1), SetQuantity(1, 1), SetSalesperson("")])
def test_asking_for_what_is_so_already_writes_nothing(till, command):
    till.sell(1000)
    assert till.do(command) == []


def test_selecting_and_naming(till):
    till.sell(1000)
    till.sell(1000)
    assert till.do(SelectLine(1)) == ["LineSelected"]
    assert till.do(SetSalesperson("7")) == ["SalespersonNamed"]
    assert (till.sale.selected, till.sale.salesperson_id) == (1, "7")


def test_changing_the_basket_leaves_tendering_first(till):
    till.sell(1000)
    till.do(TenderCash(400))
    assert till.sale.status is SaleStatus.TENDERING
    assert till.sell(500) == ["TenderingLeft", "LineAdded"]
    assert till.sale.status is SaleStatus.OPEN
    assert till.do(TenderCheque(1100, "765 432")) == [
        "TenderingStarted", "TenderBooked", "SaleCompleted", "DrawerOpened", "PrintJobQueued",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [VoidLine(1), SetPrice(1, 399, "r"), GrantDiscount(None, 9000, None, "r"),
     GrantDiscount(1, None, 700, "r")],
)  # fmt: skip
def test_what_is_paid_never_exceeds_what_is_sold(till, command):
    till.sell(1000)
    till.do(TenderCash(400))
    assert till.do(command) == "paid_exceeds_total"
    assert till.sell(700, is_return=True, reason="r") == "paid_exceeds_total"


def test_park_and_recall(till):
    """REC-12: lines, discounts and selection come back."""
    till.sell(1000)
    till.sell(500)
    till.do(GrantDiscount(1, 1000, None, "r"))
    before = till.sale
    assert till.do(ParkSale("Mme Petit")) == ["SaleParked"]
    assert till.state.sale is None
    assert till.do(RecallSale("nowhere")) == "no_such_sale"
    assert till.do(RecallSale(before.sale_id)) == ["SaleRecalled"]
    assert till.sale.lines == before.lines
    assert till.sale.discounts == before.discounts
    assert till.sale.selected == before.selected
    assert not till.state.parked


def test_parking_has_limits(till):
    till.sell(10)
    till.do(VoidLine(1))
    assert till.do(ParkSale()) == "sale_empty"
    till.sell(10)
    for _ in range(limits.MAX_PARKED):
        assert till.do(ParkSale()) == ["SaleParked"]
        till.sell(10)
    assert till.do(ParkSale()) == "too_many_parked"


def test_money_on_the_sale_forbids_leaving_it(till):
    till.sell(1000)
    till.do(TenderCash(400))
    assert till.do(ParkSale()) == "tenders_booked"
    assert till.do(CancelSale("r")) == "tenders_booked"


@pytest.mark.parametrize(
    "command",
    [SetQuantity(1, 2), VoidLine(1), ParkSale(), CancelSale("r"), TenderCash(600),
     TenderCard(600, "poi"), GrantDiscount(1, 1, None, "r"), NextCustomer()],
)  # fmt: skip
def test_a_payment_under_way_locks_the_sale(till, command):
    """Rule R7."""
    till.sell(1000)
    till.do(TenderCard(400, "poi"))
    expected = "sale_in_progress" if isinstance(command, NextCustomer) else "payment_pending"
    assert till.do(command) == expected
    assert till.do(SelectLine(1)) == []


def test_a_cancelled_sale_stays_until_it_is_left(till):
    till.sell(1000)
    till.do(CancelSale("parti"))
    assert till.sale.status is SaleStatus.CANCELLED
    assert till.do(VoidLine(1)) == "sale_not_open"
    assert till.do(NextCustomer()) == ["SaleLeft"]
    assert till.state.sale is None
    assert till.state.last_receipt_sequence == 0


def test_age_is_checked_by_staff_at_a_kiosk(kiosk):
    kiosk.sell(1000, minimum_age=16)
    assert kiosk.do(TenderCash(1000)) == "age_check_waiting"
    kiosk.sign_on()
    assert kiosk.do(ApproveAge()) == ["AgeApproved"]
    assert kiosk.do(ApproveAge()) == []
    kiosk.sell(500, minimum_age=18)
    assert kiosk.do(TenderCash(1500)) == "age_check_waiting"
    kiosk.do(ApproveAge())
    kiosk.sell(500, minimum_age=16)
    assert "SaleCompleted" in kiosk.do(TenderCash(2000))


def test_age_is_the_operator_s_business_at_a_till(till):
    till.sell(1000, minimum_age=18)
    assert "SaleCompleted" in till.do(TenderCash(1000))
