"""The payment driver against the terminal: what is booked is what the terminal's journal says."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from drivers.errors import NotSent
from drivers.payment.base import AbortAnswer, Operation, Outcome, Progress
from drivers.payment.poi_display import LEAK
from drivers.payment.simple.session import MAX_AMOUNT_MINOR
from drivers.simulation import UnknownAction
from tests.drivers.endings import endings
from tests.drivers.simple_poi import LIVE_S, TIMEOUT_S, ledger, pay

PAID = (Outcome.APPROVED, Outcome.PARTIAL)


@endings("simple")
@pytest.mark.parametrize("op", list(Operation))
def test_every_way_a_request_can_end(bench, poi, sale, case, op):
    """The outcome, and what an enquiry finds once the terminal can be reached again (REC-06)."""
    plan, outcome, enquired = case
    request = sale(op=op)
    committed = []
    bench.control("poi", "next", **plan)
    result = pay(poi, request, committed.append)
    assert result.outcome is outcome
    assert (committed != []) == (outcome in PAID)
    assert result.ref == request.ref
    bench.control("poi", "plug")
    for _ in range(3):  # an enquiry has no side effect
        assert poi.transaction_status(request, 0.3).outcome is enquired


def test_a_partial_approval_says_how_much(bench, poi, sale):
    bench.control("poi", "next", outcome="partial", amount_minor=500)
    assert pay(poi, sale(1234)).authorized_minor == 500


def test_a_result_has_what_the_receipt_needs(poi, sale):
    result = pay(poi, sale(1234))
    assert (result.authorized_minor, result.last4, result.brand) == (1234, "4242", "CB")
    assert "" not in (result.poi_transaction_id, result.approval_code, result.terminal_id)
    assert "A0000000421010" in result.slip


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT_MINOR + 1])
def test_an_amount_that_does_not_fit_is_not_sent(poi, sale, amount):
    with pytest.raises(NotSent):
        pay(poi, sale(amount))


@pytest.mark.parametrize("ref", ["", "x" * 33, "é"])
def test_a_reference_that_does_not_fit_is_not_sent(poi, sale, ref):
    with pytest.raises(NotSent):
        pay(poi, replace(sale(), ref=ref))


def _pay_with_keys(bench, poi, request, at_card):
    """Pay at a terminal that waits for keys; ``at_card`` runs in a thread once it shows them."""
    bench.control("poi", "auto", on=False)
    acting = []

    def progress(news: Progress) -> None:
        if news.kind == "insert_card":
            acting.append(threading.Thread(target=at_card))
            acting[0].start()

    result = poi.payment(request, lambda _: None, progress, LIVE_S)
    acting[0].join(LIVE_S)
    return result


def test_the_customer_pays_by_card_and_pin(bench, live_poi, sale):
    shown = []

    def customer():
        shown.append(bench.look("poi"))
        shown.append(bench.control("poi", "present_card"))
        shown.append(bench.control("poi", "press", key="ok"))

    result = _pay_with_keys(bench, live_poi, sale(1234), customer)
    assert result.outcome is Outcome.APPROVED
    assert shown[0]["display"] == ["PAYMENT", "12.34 EUR", "PRESENT CARD"]
    assert [seen["keys"] for seen in shown] == [["present_card", "cancel"], ["ok", "cancel"], []]


@pytest.mark.parametrize("key", ["cancel", "red"])
def test_the_customer_cancels(bench, live_poi, sale, key):
    request = sale()
    result = _pay_with_keys(
        bench, live_poi, request, lambda: bench.control("poi", "press", key=key)
    )
    assert result.outcome is Outcome.CANCELLED


def test_the_cashier_aborts(bench, live_poi, sale):
    """R5: the abort is answered, the result still comes by itself."""
    answers = []
    result = _pay_with_keys(bench, live_poi, sale(), lambda: answers.append(live_poi.abort(LIVE_S)))
    assert (answers, result.outcome) == ([AbortAnswer.ACCEPTED], Outcome.CANCELLED)


def test_an_abort_that_comes_too_late_leaves_the_payment(bench, poi, sale):
    assert poi.abort(0.3) is AbortAnswer.TOO_LATE
    request = sale()
    assert pay(poi, request).outcome is Outcome.APPROVED
    assert poi.abort(0.3) is AbortAnswer.TOO_LATE
    assert poi.transaction_status(request, 0.3).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    "case",
    [
        ("approve", Outcome.REVERSED, "reversed"),
        ("decline", Outcome.DECLINED, "approved"),
        ("lose_answer", Outcome.REVERSED, "reversed"),
    ],
)
def test_a_reversal(bench, poi, sale, case):
    plan, outcome, state = case
    request = sale()
    paid = pay(poi, request)
    bench.control("poi", "next_reversal", outcome=plan)
    result = poi.reversal(request, paid.poi_transaction_id, "REV1", TIMEOUT_S)
    assert result.outcome is outcome
    assert ledger(bench)[request.ref]["state"] == state


def test_a_reversal_of_something_else_is_certainly_not_done(bench, poi, sale):
    request = sale()
    pay(poi, request)
    assert poi.reversal(request, "OTHER", "REV1", TIMEOUT_S).outcome is Outcome.DECLINED
    bench.control("poi", "unplug")
    assert poi.reversal(request, "OTHER", "REV2", TIMEOUT_S).outcome is Outcome.DECLINED
    assert ledger(bench)[request.ref]["state"] == "approved"


def test_a_leaky_terminal_tells_no_card_number(bench, poi, sale):
    """PCI DSS 3.4.1: what the terminal should not have said does not pass the driver."""
    bench.control("poi", "leaky", on=True)
    request = sale()
    committed = []
    results = [
        pay(poi, request, committed.append),
        *committed,
        poi.transaction_status(request, 0.3),
    ]
    for result in results:
        told = "".join(character for character in repr(result) if character.isdigit())
        assert LEAK.replace(" ", "") not in told
        assert result.slip[3] == "**** **** **** 4242"


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("next", {"outcome": "explode"}),
        ("next", {}),
        ("press", {"key": "blue"}),
        ("next", {"outcome": "mismatch", "field": "slip"}),
        ("next", {"outcome": "late_answer", "delay_s": -1}),
        ("next_reversal", {"outcome": "x"}),
        ("next", {"outcome": "partial", "amount_minor": -5}),
    ],
)
def test_a_knob_that_does_not_fit_is_refused(bench, action, parameters):
    with pytest.raises(UnknownAction):
        bench.control("poi", action, **parameters)


def test_plans_are_bounded(bench):
    for _ in range(1000):
        bench.control("poi", "next", outcome="approve")
    with pytest.raises(UnknownAction):
        bench.control("poi", "next", outcome="approve")


def test_the_day_is_closed_with_what_stands(bench, poi, sale):
    """R11: payments less refunds, without what was declined or undone; then a new day begins."""
    pay(poi, sale(1000))
    pay(poi, sale(234, Operation.REFUND))
    bench.control("poi", "next", outcome="decline")
    pay(poi, sale(5000))
    undone = sale(70)
    poi.reversal(undone, pay(poi, undone).poi_transaction_id, "REV1", TIMEOUT_S)
    bench.control("poi", "next", outcome="partial", amount_minor=5)
    pay(poi, sale(9))
    totals = poi.reconcile(1)
    assert (totals.currency, totals.net_minor, totals.count) == ("EUR", 771, 3)
    pay(poi, sale(1))
    assert (poi.reconcile(1).net_minor, poi.reconcile(1).count) == (1, 0)
