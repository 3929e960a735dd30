"""When a receipt is printed although nobody asked (France, since 1 August 2023)."""

import pytest

from terminal.core import payment
from terminal.core.commands import ChooseReceipt, TenderCard, TenderCash, VoidLine
from terminal.core.items import Unit
from terminal.core.policy import Policy
from terminal.core.receipt.paper import (
    ALWAYS,
    CARD_UNDONE,
    DURABLE_GOODS,
    REFUND,
    WEIGHED,
    durable_years,
    paper_needed,
)
from terminal.core.weighing import Weighed

FRANCE = Policy(paper_on_request=True)


@pytest.fixture
def french(new_terminal):
    till = new_terminal(FRANCE)
    till.sign_on()
    return till


def reason(till):
    return paper_needed(till.sale, on_request=True)


def test_nothing_is_printed_that_nobody_asked_for(french):
    french.sell(1500)
    assert "PrintJobQueued" not in french.do(TenderCash(1500))
    assert reason(french) == ""
    assert french.do(ChooseReceipt("print")) == ["ReceiptChosen", "PrintJobQueued"]
    assert french.do(ChooseReceipt("print")) == "no_choice_open"


def test_a_shop_that_prints_always_prints(till):
    till.sell(1500)
    assert "PrintJobQueued" in till.do(TenderCash(1500))
    assert paper_needed(till.sale, on_request=False) == ALWAYS
    assert till.do(ChooseReceipt("print")) == "no_choice_open"


def _durable(till):
    till.sell(49_900, attributes=(("durable", "2"),))
    till.do(TenderCash(49_900))


def _weighed(till):
    till.sell(
        320, label="Tomates", unit=Unit.KILOGRAM, weight_g=1250, weighed=Weighed("scale"),
        vat_rate_bp=550,
    )  # fmt: skip
    till.do(TenderCash(400))


def _refund(till):
    till.sell(1500, is_return=True, reason="défaut")
    till.do(TenderCash(-1500))


def _card_undone(till):
    till.sell(1500)
    till.do(TenderCard(500, "poi"))
    attempt = till.send()
    till.approve(attempt, 500)
    till.record(payment.reversing(till.state, attempt, "customer", "0000000099"))
    till.record(payment.reversed_(till.state, attempt, "poi-8", "1"))
    till.do(TenderCash(1500))


@pytest.mark.parametrize(
    ("sell", "why"),
    [
        (_durable, DURABLE_GOODS), (_weighed, WEIGHED), (_refund, REFUND),
        (_card_undone, CARD_UNDONE),
    ],
)  # fmt: skip
def test_the_law_demands_paper(french, sell, why):
    sell(french)
    assert reason(french) == why
    jobs = [job.kind for job in french.state.print_jobs.values()]
    assert jobs == ["receipt"]
    assert french.do(ChooseReceipt("none")) == "no_choice_open"


@pytest.mark.parametrize(
    ("value", "years"),
    [("2", 2), ("10", 10), ("", 0), ("0", 0), ("ever", 0), ("-1", 0), ("٢", 0), ("100", 0)],
)
def test_years_of_guarantee_are_a_small_number(till, value, years):
    till.sell(100, attributes=(("durable", value),))
    assert durable_years(till.sale.lines[0]) == years


def test_what_was_voided_or_typed_demands_nothing(french):
    french.sell(49_900, attributes=(("durable", "2"),))
    french.do(VoidLine(1))
    french.sell(
        320, label="Tomates", unit=Unit.KILOGRAM, weight_g=1000, weighed=Weighed("typed"),
        vat_rate_bp=550,
    )  # fmt: skip
    french.do(TenderCash(french.sums.due_minor))
    assert reason(french) == ""


@pytest.mark.parametrize(("durable", "printed"), [("", False), ("2", True)])
def test_a_kiosk_prints_what_the_law_demands_whatever_is_chosen(new_terminal, durable, printed):
    kiosk = new_terminal(Policy(role="kiosk", paper_on_request=True))
    kiosk.sell(1500, attributes=(("durable", durable),))
    kiosk.do(TenderCard(1500, "poi"))
    kiosk.approve(kiosk.send(), 1500)
    assert ("PrintJobQueued" in kiosk.do(ChooseReceipt("none"))) is printed
    assert kiosk.sale.receipt_choice == ("print" if printed else "none")
