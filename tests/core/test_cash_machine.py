"""A cash machine taken along as a payment terminal is: what it kept counts, all of it."""

import pytest

from terminal.core import payment
from terminal.core.commands import RemoveTender, TenderCash, TenderCashMachine, VoidLine
from terminal.core.events import PaymentIntended, TenderBooked
from terminal.core.policy import Policy
from terminal.core.state import CASH_MACHINE, TenderStatus

BOOKED = ["PaymentApproved", "TenderBooked"]


@pytest.fixture
def taking(till):
    """A sale of 10.00, and the machine is taking it."""
    till.sell(1000)
    assert till.do(TenderCashMachine(1000)) == ["TenderingStarted", "PaymentIntended"]
    till.send()
    return till


def test_the_intent_names_the_machine(taking):
    intended = taking.records[-2][0]
    assert isinstance(intended, PaymentIntended)
    assert (intended.terminal_id, intended.operation) == (CASH_MACHINE, "payment")
    assert taking.sale.tender(1).kind == "cash_machine"
    assert taking.do(VoidLine(1)) == "payment_pending"


@pytest.mark.parametrize(
    ("kept", "events", "due", "change"),
    [
        (1000, [*BOOKED, "SaleCompleted", "PrintJobQueued"], 0, 0),
        (400, BOOKED, 600, 0),
        (1300, [*BOOKED, "SaleCompleted", "DrawerOpened", "PrintJobQueued"], 0, 300),
    ],
    ids=["all", "a part", "more, as it had no change"],
)
def test_what_it_kept_is_booked(taking, kept, events, due, change):
    assert taking.approve(taking.attempt_id, kept) == events
    booked = next(e for e, _ in taking.records if isinstance(e, TenderBooked))
    assert (booked.kind, booked.amount_minor) == ("cash_machine", kept)
    assert (taking.sums.due_minor, taking.sale.change_minor) == (due, change)


@pytest.mark.parametrize("kept", [0, -5])
def test_what_cannot_be_is_unknown(taking, kept):
    assert taking.approve(taking.attempt_id, kept) == ["PaymentUnknown"]


def test_more_than_was_asked_but_less_than_is_due_is_a_part(till):
    till.sell(5000)
    till.do(TenderCashMachine(1000))
    assert till.approve(till.send(), 1300) == BOOKED
    assert till.sums.due_minor == 3700


@pytest.mark.parametrize(
    ("amount", "answer"),
    [
        (1002, "overpayment_not_allowed"),
        (999, "amount_out_of_range"),
        (0, "amount_out_of_range"),
        (-1000, "amount_out_of_range"),
        (1000, ["TenderingStarted", "PaymentIntended"]),
        (500, ["TenderingStarted", "PaymentIntended"]),
    ],
)
def test_it_takes_what_cash_rounds_to(new_terminal, amount, answer):
    till = new_terminal(Policy(cash_rounding_minor=5))
    till.sign_on()
    till.sell(999)
    assert till.do(TenderCashMachine(amount)) == answer


def test_rounding_is_a_figure_of_its_own(new_terminal):
    till = new_terminal(Policy(cash_rounding_minor=5))
    till.sign_on()
    till.sell(999)
    till.do(TenderCashMachine(1000))
    assert "SaleCompleted" in till.approve(till.send(), 1000)
    assert (till.sale.rounding_minor, till.sale.change_minor) == (1, 0)


def test_it_pays_nothing_out(till):
    till.sell(1000, is_return=True, reason="abîmé")
    assert till.do(TenderCashMachine(-1000)) == "amount_out_of_range"
    assert till.do(TenderCashMachine(1000)) == "amount_out_of_range"


def test_what_it_kept_is_given_back_from_the_drawer(taking):
    taking.approve(taking.attempt_id, 400)
    taking.sign_on("2", "supervisor")
    assert taking.do(RemoveTender(1)) == ["TenderRemoved", "DrawerOpened"]
    assert taking.sale.tender(1).status is TenderStatus.REVERSED
    assert "SaleCompleted" in taking.do(TenderCash(1000))


def test_a_cash_machine_is_no_card_to_reverse(taking):
    taking.approve(taking.attempt_id, 400)
    assert not payment.is_reversible(taking.sale, taking.sale.tender(1))
