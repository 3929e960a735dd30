"""The ZVT driver against the simulated terminal, over TCP's bare APDUs and serial blocks."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from drivers.base import Health
from drivers.card_numbers import holds_card_number
from drivers.errors import DeviceFault, NotSent, RemoteProtocolError
from drivers.payment.base import AbortAnswer, Operation, Outcome, Progress
from drivers.payment.poi_display import LEAK
from drivers.payment.waits import Waits
from drivers.payment.zvt.requests import MAX_AMOUNT_MINOR, ZvtSettings
from drivers.payment.zvt.simulator.line import HOLDS, UNDOES, Personality
from drivers.transports.tripwire import Tripwire
from tests.drivers.endings import endings
from tests.timeless import no_time_passes

PAID = (Outcome.APPROVED, Outcome.PARTIAL)
TIMEOUT_S = 0.6


@endings("zvt")
@pytest.mark.parametrize("op", list(Operation))
def test_every_way_a_request_can_end(shop, case, op):
    """The outcome, and what an enquiry finds; only what is booked stands at the terminal.

    An approval that does not fit is refused, and the terminal reverses it.
    """
    plan, outcome, enquired = case
    shop.pay(shop.request(100))
    request = shop.request(op=op)
    shop.sim.control("next", **plan)
    committed = []
    result = shop.pay(request, committed.append)
    assert result.outcome is outcome
    assert (committed != []) == (outcome in PAID) == (len(shop.standing()) == 2)
    shop.sim.control("plug")
    for _ in range(2):  # an enquiry has no side effect
        assert shop.poi.transaction_status(request, 0.3).outcome is enquired
    assert (outcome in PAID) == (len(shop.standing()) == 2)


def test_a_result_has_what_the_receipt_needs(shop):
    result = shop.pay(shop.request(1234))
    assert (result.authorized_minor, result.last4, result.brand) == (1234, "4242", "CB")
    assert result.poi_transaction_id == "52500001/0001/000001"
    assert {"************4242", "12.34 EUR", "BELEG 0001", "AUTH A00001"} <= set(result.slip)
    assert (result.aid, result.entry_mode) == ("A0000000421010", "contactless")


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 0}, {"amount_minor": MAX_AMOUNT_MINOR + 1}, {"currency": "XTS"}],
    ids=str,
)
def test_what_cannot_be_carried_is_not_sent(shop, change):
    with pytest.raises(NotSent):
        shop.pay(replace(shop.request(), **change))
    assert shop.ledger() == []


@pytest.mark.parametrize(
    ("password", "currency"), [("12345", "EUR"), ("12345x", "EUR"), ("123456", "XTS")]
)
def test_settings_that_do_not_fit_are_refused(password, currency):
    with pytest.raises(ValueError, match=r"ZVT password|currency"):
        ZvtSettings(password, currency)


def test_an_approval_is_durable_before_it_is_acknowledged(shop):
    """PA00P015, 2.2.8: the acknowledgement commits the payment."""
    seen = []
    shop.pay(commit=lambda _: seen.append(shop.ledger()[-1]["acked"]))
    assert seen == [False]
    assert shop.ledger()[-1]["acked"]


class _DiskFull(Exception):
    pass


@pytest.mark.parametrize("shows", ["declined", "previous"])
def test_a_commit_that_fails_is_not_acknowledged(shop, shows):
    """The terminal reverses; whether it shows that or hides it, we do not book."""
    shop.pay()
    shop.sim.control("personality", undone_shows=shows)
    request = shop.request(777)

    def fail(_):
        raise _DiskFull

    with pytest.raises(_DiskFull):
        shop.pay(request, fail)
    found = shop.poi.transaction_status(request, 0.3).outcome
    assert found is (Outcome.DECLINED if shows == "declined" else Outcome.NOT_PROCESSED)
    assert [one["amount_minor"] for one in shop.standing()] == [1234]


@pytest.mark.parametrize("keys", [["cancel"], ["red"], ["card", "cancel"], ["card", "ok"]])
def test_the_customer_at_the_keys(shop, keys):
    shop.poi = shop.live()
    shop.sim.control("auto", on=False)
    acting = []

    def customer():
        for key in keys:
            if key == "card":
                shop.sim.control("present_card")
            else:
                shop.sim.control("press", key=key)

    def progress(news: Progress) -> None:
        if news.kind == "insert_card":
            acting.append(threading.Thread(target=customer))
            acting[0].start()

    result = shop.poi.payment(shop.request(), lambda _: None, progress, 60)
    acting[0].join(60)
    paid = keys[-1] == "ok"
    assert result.outcome is (Outcome.APPROVED if paid else Outcome.CANCELLED)


@pytest.mark.parametrize(
    ("stoppable", "answer"), [(True, AbortAnswer.ACCEPTED), (False, AbortAnswer.TOO_LATE)]
)
def test_the_cashier_aborts(shop, stoppable, answer):
    """R5: the answer to the abort is no outcome; the payment may still win."""
    shop.poi = shop.live()
    shop.sim.control("auto", on=False)
    shop.sim.control("personality", stoppable=stoppable)
    answers, acting = [], []

    def cashier():
        answers.append(shop.poi.abort(60))
        shop.sim.control("present_card")
        shop.sim.control("press", key="ok")

    def progress(news: Progress) -> None:
        if news.kind == "insert_card":
            acting.append(threading.Thread(target=cashier))
            acting[0].start()

    result = shop.poi.payment(shop.request(), lambda _: None, progress, 60)
    acting[0].join(60)
    assert answers == [answer]
    assert result.outcome is (Outcome.CANCELLED if stoppable else Outcome.APPROVED)


def test_after_a_restart_a_running_request_can_be_aborted(shop):
    """R8."""
    shop.pay()
    request = shop.request()
    shop.sim.control("next", outcome="stall")

    class Died(BaseException):
        pass

    def die(news):
        if news.kind == "online":
            raise Died

    with pytest.raises(Died):
        shop.poi.payment(request, lambda _: None, die, 1)
    again = shop.driver()
    assert again.transaction_status(request, 0.3).outcome is Outcome.IN_PROGRESS
    assert again.status(0.3).reasons == ("busy",)
    assert again.abort(0.3) is AbortAnswer.ACCEPTED
    assert again.transaction_status(request, 0.3).outcome is Outcome.CANCELLED
    assert again.abort(0.3) is AbortAnswer.TOO_LATE


@pytest.mark.parametrize(
    "case",
    [
        ("approve", Outcome.REVERSED, "reversed"),
        ("decline", Outcome.DECLINED, "approved"),
        ("lose_answer", Outcome.REVERSED, "reversed"),
    ],
)
def test_a_reversal(shop, case):
    """06 30; when its answer is lost, 06 20 tells whether it was done."""
    plan, outcome, state = case
    shop.pay()
    request = shop.request()
    paid = shop.pay(request)
    shop.sim.control("next_reversal", outcome=plan)
    result = shop.poi.reversal(request, paid.poi_transaction_id, "REV1", TIMEOUT_S)
    assert result.outcome is outcome
    assert shop.ledger()[1]["state"] == state
    after = shop.poi.transaction_status(request, 0.3).outcome
    assert after is (Outcome.REVERSED if state == "reversed" else Outcome.APPROVED)


def test_a_reversal_done_before_is_done_and_of_something_else_is_certainly_not(shop):
    shop.pay()
    request = shop.request()
    paid = shop.pay(request)
    assert shop.poi.reversal(request, "", "REV0", TIMEOUT_S).outcome is Outcome.DECLINED
    for other in ("52500001/0099/000099", "x", "52500001//"):
        assert shop.poi.reversal(request, other, "R", TIMEOUT_S).outcome is Outcome.DECLINED
    other_amount = replace(request, amount_minor=1)
    transaction = paid.poi_transaction_id
    assert shop.poi.reversal(other_amount, transaction, "R", TIMEOUT_S).outcome is Outcome.DECLINED
    assert shop.poi.reversal(request, transaction, "REV1", TIMEOUT_S).outcome is Outcome.REVERSED
    assert shop.poi.reversal(request, transaction, "REV2", TIMEOUT_S).outcome is Outcome.REVERSED
    shop.sim.control("unplug")
    assert shop.poi.reversal(request, transaction, "REV3", TIMEOUT_S).outcome is Outcome.DECLINED


def test_the_day_is_closed_with_what_stands(shop):
    """R11: 06 50."""
    shop.pay(shop.request(1000))
    shop.pay(shop.request(234, Operation.REFUND))
    shop.sim.control("next", outcome="decline")
    shop.pay(shop.request(5000))
    totals = shop.poi.reconcile(1)
    assert (totals.currency, totals.net_minor, totals.count) == ("EUR", 766, 2)
    assert shop.poi.reconcile(1).net_minor == 0


def test_the_day_of_a_busy_terminal_is_not_closed(shop):
    shop.sim.control("next", outcome="late_answer", delay_s=60)
    shop.pay()
    with pytest.raises((DeviceFault, RemoteProtocolError)):
        shop.poi.reconcile(1)


def test_receipts_printed_by_the_terminals_text(shop):
    """06 D3: the cardholder's receipt becomes the slip, and is acknowledged at once."""
    shop.poi = shop.driver(settings=ZvtSettings(printed_receipts=True))
    result = shop.pay()
    assert result.outcome is Outcome.APPROVED
    assert "AUTO A00001" in result.slip
    assert shop.ledger()[-1]["acked"]
    assert "KASSENSCHNITT" in shop.poi.reconcile(1).slip


def test_the_terminals_health(shop):
    assert shop.poi.open(1).health is Health.READY
    assert shop.poi.status(1).detail == "1.00.00 52500001"
    shop.sim.control("unplug")
    assert shop.poi.status(0.2).health is Health.ABSENT
    shop.sim.control("plug")
    assert shop.poi.status(1).health is Health.READY


def test_a_leaky_terminal_tells_no_card_number(shop):
    """PCI DSS 3.4.1."""
    shop.pay()
    shop.sim.control("leaky", on=True)
    request = shop.request()
    committed = []
    for result in (
        shop.pay(request, committed.append),
        *committed,
        shop.poi.transaction_status(request, 0.3),
    ):
        assert result.outcome is Outcome.APPROVED
        assert LEAK not in repr(result)
        assert not any(holds_card_number(text) for text in (*result.slip, result.native_text))
        assert result.last4 == "4242"


def test_a_terminal_that_was_switched_off_is_registered_again(shop):
    """It refuses for certain what it was asked while it did not know us, and takes the next."""
    shop.pay()
    request = shop.request()
    shop.pay(request)
    shop.sim.control("power_off")
    shop.sim.control("power_on")
    shop.poi.status(1)  # a line that went stale is opened anew
    refused = shop.poi.payment(request, lambda _: None, lambda _: None, TIMEOUT_S)
    assert (refused.outcome, refused.native_code) == (Outcome.NOT_PROCESSED, "6B")
    assert shop.pay().outcome is Outcome.APPROVED
    shop.sim.control("power_off")
    shop.sim.control("power_on")
    assert shop.poi.transaction_status(request, 0.3).outcome is Outcome.UNKNOWN  # two since
    assert shop.poi.transaction_status(shop.request(), 0.3).outcome is Outcome.NOT_PROCESSED


@pytest.mark.parametrize("held", [(UNDOES, False), (HOLDS, True)], ids=[UNDOES, HOLDS])
def test_the_terminals_memory_survives_its_program(sides, held, tmp_path, short_waits, sale):
    """Killed while an approval waits for us: it is undone at its next start, or held."""
    personality, stands = held
    driver, simulator = sides
    terminal = {"memory": tmp_path / "poi.jsonl", "personality": Personality(personality)}
    sim = simulator(**terminal)
    poi = driver(sim.connect(), short_waits)
    no_time_passes(poi, sim)
    poi.payment(sale(100), lambda _: None, lambda _: None, TIMEOUT_S)
    request = replace(sale(200), baseline=poi.baseline(1))

    class Died(BaseException):
        pass

    started = []

    def die(_):
        started.append(simulator(**terminal))  # before the wire is seen to be cut
        raise Died

    with pytest.raises(Died):
        poi.payment(request, die, lambda _: None, TIMEOUT_S)
    again = driver(started[0].connect(), short_waits)
    no_time_passes(again, started[0])
    found = again.transaction_status(request, 0.3).outcome
    assert found is (Outcome.APPROVED if stands else Outcome.DECLINED)


# --- the line ---


@pytest.mark.parametrize("chunk", [1, 2, 7, 4096])
@pytest.mark.parametrize("plan", ["approve", "decline", "cancel", "mismatch"])
def test_byte_at_a_time_and_merged_give_the_same_result(sides, plan, chunk, sale):
    """Field bug 1: one recv() is not one message."""
    driver, simulator = sides
    sim = simulator()
    sim.control("next", outcome=plan)
    poi = driver(Tripwire(sim.connect(), chunk=chunk), Waits())
    no_time_passes(poi, sim)
    request = replace(sale(), baseline=poi.baseline(1))
    result = poi.payment(request, lambda _: None, lambda _: None, 60)
    expected = {
        "approve": (Outcome.APPROVED, "52500001/0001/000001"),
        "decline": (Outcome.DECLINED, "52500001/0001/000001"),
        "cancel": (Outcome.CANCELLED, "52500001/0001/000001"),
        "mismatch": (Outcome.UNKNOWN, ""),
    }[plan]
    assert result.outcome is expected[0]
    assert result.poi_transaction_id == expected[1]
