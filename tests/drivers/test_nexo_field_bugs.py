"""Bugs that other tills had in the field, by the numbers of the list they were collected in."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from drivers.payment.base import AbortAnswer, Outcome
from drivers.payment.nexo.answers import Found, NotFound, StillRunning, read_payment, read_status
from drivers.payment.nexo.json_text import Tree
from drivers.payment.transaction import DECLINED

NEGATIVE = (Outcome.DECLINED, Outcome.CANCELLED, Outcome.TIMED_OUT, Outcome.NOT_PROCESSED)
PAID = (Outcome.APPROVED, Outcome.PARTIAL)


@pytest.fixture
def poi(nexo):
    return nexo.driver()


def _pay(poi, request, commit=lambda _: None, timeout_s=0.05):
    return poi.payment(request, commit, lambda _: None, timeout_s)


def test_bug_2_our_time_out_is_not_a_refusal(nexo, poi, sale):
    """A retry button on a time-out made second charges: while it may be paid, it is not refused."""
    nexo.control("next", outcome="late_answer", delay_s=60)
    request = sale()
    assert _pay(poi, request).outcome not in NEGATIVE
    nexo.poi._running.due = 0.0
    assert nexo.look()["stage"] == "approved"
    assert poi.transaction_status(request, 0.3).outcome is Outcome.APPROVED


def test_bug_3_a_refusal_echoes_nothing(sale):
    """Terminals leave amounts out of refusals: that makes them no less refusals."""
    refused = {"PaymentResponse": {"Response": {"Result": "Failure", "ErrorCondition": "Refusal"}}}
    request = sale()
    answer = read_payment(request, request.ref, Tree(refused))
    assert isinstance(answer, Found)
    assert answer.transaction.outcome == DECLINED


def test_bug_7_an_answer_is_not_used_up_by_reading(nexo, poi, sale):
    """The first reader may lose power with the answer in its hands: the next asks again."""
    nexo.control("next", outcome="lose_answer")
    request = sale()
    first = _pay(poi, request)
    others = [nexo.driver().transaction_status(request, 0.3) for _ in range(3)]
    assert {result.outcome for result in (first, *others)} == {Outcome.APPROVED}
    assert len({result.approval_code for result in (first, *others)}) == 1


def test_bug_8_the_same_wish_twice_breaks_nothing(nexo, sale):
    """Two impatient aborts: one result, nothing booked, and the terminal works afterwards."""
    poi = nexo.live()
    nexo.control("auto", on=False)
    answers, committed = [], []
    impatient = [threading.Thread(target=lambda: answers.append(poi.abort(20))) for _ in range(2)]
    result = poi.payment(
        sale(), committed.append, lambda _: [thread.start() for thread in impatient], 20
    )
    for thread in impatient:
        thread.join(20)
    assert result.outcome is Outcome.CANCELLED
    assert AbortAnswer.ACCEPTED in answers
    assert committed == []
    nexo.control("auto", on=True)
    assert _pay(poi, sale(), timeout_s=20).outcome is Outcome.APPROVED


def test_bug_9_a_cancel_right_behind_the_payment_leaves_nobody_waiting(nexo, sale):
    """The terminal asks for no card that nobody records: what it does is what we know."""
    nexo.control("auto", on=False)
    poi, request = nexo.live(), sale()
    hasty = threading.Thread(target=lambda: poi.abort(20))
    committed = []
    result = poi.payment(request, committed.append, lambda _: hasty.start(), 20)
    hasty.join(20)
    assert nexo.look()["stage"] not in ("card", "pin", "online")
    standing = [e for e in nexo.ledger().values() if e["state"] == "approved"]
    assert len(standing) == len(committed) == (result.outcome in PAID)


def test_bug_10_an_approval_nobody_heard_is_found_by_asking(nexo, poi, sale):
    nexo.control("next", outcome="unplug", approved=True)
    request = sale()
    assert _pay(poi, request).outcome is Outcome.UNKNOWN
    nexo.control("plug")
    assert poi.transaction_status(request, 0.3).outcome is Outcome.APPROVED


def test_bug_11_first_failed_and_nine_seconds_later_paid(nexo, poi, sale):
    """While the terminal says InProgress nothing is final, however often it is asked."""
    nexo.control("next", outcome="late_answer", delay_s=60)
    request = sale()
    seen = [_pay(poi, request).outcome]
    seen += [poi.transaction_status(request, 0.3).outcome for _ in range(3)]
    assert not set(seen) & {*NEGATIVE, *PAID}
    nexo.poi._running.due = 0.0
    assert nexo.look()["stage"] == "approved"
    assert poi.transaction_status(request, 0.3).outcome is Outcome.APPROVED


def test_bug_11_in_progress_is_no_refusal_although_its_result_is_failure(sale):
    busy = {"Response": {"Result": "Failure", "ErrorCondition": "InProgress"}}
    request = sale()
    asked = read_status(request, Tree({"TransactionStatusResponse": busy}))
    paid = read_payment(request, request.ref, Tree({"PaymentResponse": busy}))
    assert isinstance(asked, StillRunning)
    assert isinstance(paid, StillRunning)


def test_bug_12_a_reference_is_burnt_and_the_next_attempt_has_its_own(nexo, poi, sale):
    """The same reference is never charged again, and never stands in the way of another."""
    first = sale()
    nexo.control("next", outcome="unplug", approved=False)
    assert _pay(poi, first).outcome is Outcome.UNKNOWN
    nexo.control("plug")
    assert poi.transaction_status(first, 0.3).outcome is Outcome.NOT_PROCESSED
    second = sale()
    assert _pay(poi, second).outcome is Outcome.APPROVED
    again = _pay(poi, second)  # never by the core; the terminal refuses it, the enquiry tells
    assert (again.outcome, len(nexo.ledger())) == (Outcome.APPROVED, 1)
    assert poi.transaction_status(first, 0.3).outcome is Outcome.NOT_PROCESSED


def test_bug_13_an_enquiry_that_succeeds_is_not_a_payment_that_did(nexo, poi, sale):
    """TransactionStatus says Success when it repeats a refusal."""
    nexo.control("next", outcome="decline")
    request = sale()
    assert _pay(poi, request).outcome is Outcome.DECLINED
    assert poi.transaction_status(request, 0.3).outcome is Outcome.DECLINED
    missing = {"Response": {"Result": "Failure", "ErrorCondition": "NotFound"}}
    assert isinstance(read_status(request, Tree({"TransactionStatusResponse": missing})), NotFound)


def test_bug_15_an_approval_for_another_amount_is_unknown(nexo, poi, sale):
    nexo.control("next", outcome="mismatch", field="amount")
    request, committed = sale(), []
    assert _pay(poi, request, committed.append).outcome is Outcome.UNKNOWN
    assert committed == []
    assert poi.transaction_status(replace(request), 0.3).outcome is Outcome.UNKNOWN
