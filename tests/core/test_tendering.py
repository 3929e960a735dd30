"""Paying: freezing the total, change, rounding, numbers, drawer and paper."""

import pytest

from terminal.core.commands import (
    ChooseReceipt,
    GrantDiscount,
    NextCustomer,
    RemoveTender,
    TenderCard,
    TenderCash,
    TenderCheque,
    VoidLine,
)
from terminal.core.events import DrawerOpened, PrintJobQueued, SaleCompleted, TenderingStarted
from terminal.core.limits import MAX_TENDERS
from terminal.core.numbering import check
from terminal.core.policy import Policy
from terminal.core.state import SaleStatus, TenderStatus

PAID_IN_CASH = ["TenderBooked", "SaleCompleted", "DrawerOpened", "PrintJobQueued"]


def last(terminal, kind):
    return next(e for e, _ in reversed(terminal.records) if isinstance(e, kind))


def test_cash_with_change_completes_the_sale(till):
    till.sell(800)
    assert till.do(TenderCash(1000)) == ["TenderingStarted", *PAID_IN_CASH]
    completed = last(till, SaleCompleted)
    assert (completed.change_minor, completed.rounding_minor, completed.token) == (200, 0, "")
    assert check(completed.receipt_number)
    assert completed.vat == ((2000, 667, 133, 800),)
    assert last(till, TenderingStarted).vat == completed.vat
    assert last(till, DrawerOpened).reason == "cash"
    job = last(till, PrintJobQueued)
    assert (job.kind, job.copy, job.receipt_number) == ("receipt", 0, completed.receipt_number)
    assert (till.sums.paid_minor, till.sums.due_minor) == (1000, 0)


def test_cash_rounding_is_its_own_figure(new_terminal):
    """30.76 is 30.75 in Estonia; neither the total nor the VAT moves."""
    till = new_terminal(Policy(cash_rounding_minor=5))
    till.sign_on()
    till.sell(3076)
    till.do(TenderCash(4000))
    completed = last(till, SaleCompleted)
    assert (completed.total_minor, completed.rounding_minor, completed.change_minor) == (
        3076, -1, 925,
    )  # fmt: skip
    assert completed.vat[0][3] == 3076
    assert till.sums.due_minor == 0


def test_only_what_is_settled_in_cash_is_rounded(new_terminal):
    till = new_terminal(Policy(cash_rounding_minor=5))
    till.sign_on()
    till.sell(3076)
    till.do(TenderCash(1000))
    till.do(TenderCheque(2076, "1"))
    assert last(till, SaleCompleted).rounding_minor == 0


@pytest.mark.parametrize("amount", [3078, 3079])
def test_cash_between_the_due_and_the_next_coin_is_refused(new_terminal, amount):
    till = new_terminal(Policy(cash_rounding_minor=5))
    till.sign_on()
    till.sell(3078)
    assert till.do(TenderCash(amount)) == "amount_out_of_range"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (TenderCash(0), "amount_out_of_range"),
        (TenderCash(-1), "amount_out_of_range"),
        (TenderCash(10**9), "amount_out_of_range"),
        (TenderCard(0, "poi"), "amount_out_of_range"),
        (TenderCard(-1, "poi"), "amount_out_of_range"),
        (TenderCard(1001, "poi"), "overpayment_not_allowed"),
        (TenderCard(1000, ""), "bad_request"),
        (TenderCheque(1001, "12"), "overpayment_not_allowed"),
        (TenderCheque(-5, "12"), "amount_out_of_range"),
        (TenderCheque(1000, ""), "number_required"),
        (TenderCheque(1000, "  "), "number_required"),
        (TenderCheque(1000, "1" * 21), "number_required"),
        (TenderCheque(1000, "12-\n"), "number_required"),
        (RemoveTender(1), "no_such_tender"),
    ],
)
def test_tenders_that_are_refused_change_nothing(till, command, code):
    till.sell(1000)
    before = till.state
    assert till.do(command) == code
    assert till.state is before


def test_an_empty_basket_is_not_paid(till):
    till.sell(1000)
    till.do(VoidLine(1))
    assert till.do(TenderCash(1000)) == "sale_empty"


def test_a_total_of_nothing_is_completed_by_no_cash(till):
    till.sell(1000)
    till.do(GrantDiscount(None, 10_000, None, "geste"))
    assert till.do(TenderCash(5)) == "nothing_due"
    assert till.do(TenderCard(5, "poi")) == "nothing_due"
    assert till.do(TenderCheque(5, "1")) == "nothing_due"
    assert till.do(TenderCash(0)) == ["TenderingStarted", "SaleCompleted", "PrintJobQueued"]


def test_a_total_reached_by_voiding_is_completed_by_no_cash(till):
    till.sell(1000)
    till.sell(500)
    till.do(TenderCash(1000))
    till.do(VoidLine(2))
    assert till.do(TenderCash(0)) == [
        "TenderingStarted", "SaleCompleted", "DrawerOpened", "PrintJobQueued",
    ]  # fmt: skip


def test_returns_are_paid_out_exactly(till):
    till.sell(1000, is_return=True, reason="défaut")
    assert till.do(TenderCash(1000)) == "amount_out_of_range"
    assert till.do(TenderCash(-999)) == "amount_out_of_range"
    assert till.do(TenderCheque(-1000, "1")) == "amount_out_of_range"
    assert till.do(TenderCash(-1000)) == ["TenderingStarted", *PAID_IN_CASH]
    assert last(till, DrawerOpened).reason == "refund"
    assert last(till, SaleCompleted).total_minor == -1000


def test_numbers_are_taken_by_completion_alone(till):
    """NUM-01, NUM-04: cancelled sales skip ordinals, never numbers."""
    for price in (100, 200, 300):
        till.sell(price)
        till.do(VoidLine(1))
        till.do(NextCustomer())
        till.sell(price)
        till.do(TenderCash(price))
    numbers = [e.receipt_sequence for e, _ in till.records if isinstance(e, SaleCompleted)]
    assert numbers == [1, 2, 3]


def test_a_booked_tender_can_be_given_back(till):
    till.sell(1000)
    till.do(TenderCash(400))
    till.do(TenderCheque(100, "12"))
    assert till.do(RemoveTender(1, "client parti")) == ["TenderRemoved", "DrawerOpened"]
    assert till.do(RemoveTender(1)) == "no_such_tender"
    assert till.do(RemoveTender(2)) == ["TenderRemoved"]
    assert [t.status for t in till.sale.tenders] == [TenderStatus.REVERSED] * 2
    assert till.sums.due_minor == 1000


def test_a_shopper_cannot_take_money_back(kiosk):
    kiosk.sell(1000)
    kiosk.do(TenderCash(400))
    assert kiosk.do(RemoveTender(1)) == "right_required"


def test_tenders_have_an_end(till):
    till.sell(1000)
    for _ in range(MAX_TENDERS):
        till.do(TenderCash(1))
    assert till.do(TenderCash(1)) == "basket_full"


@pytest.mark.parametrize(
    ("choice", "events"),
    [("print", ["ReceiptChosen", "PrintJobQueued"]), ("none", ["ReceiptChosen"]),
     ("fax", "bad_request")],
)  # fmt: skip
def test_paper_at_a_kiosk_is_the_customer_s_choice(kiosk, choice, events):
    kiosk.sell(1000)
    assert "PrintJobQueued" not in kiosk.do(TenderCash(1000))
    assert kiosk.do(ChooseReceipt(choice)) == events
    if choice != "fax":
        assert kiosk.do(ChooseReceipt("print")) == "no_choice_open"
    assert kiosk.do(NextCustomer()) == ["SaleLeft"]


def test_the_next_article_leaves_a_finished_sale(till):
    till.sell(1000)
    till.do(TenderCash(1000))
    assert till.sale.status is SaleStatus.COMPLETED
    assert till.do(TenderCash(1)) == "sale_not_open"
    assert till.sell(5) == ["SaleOpened", "LineAdded"]
    assert till.sale.ordinal == 2
