"""The nexo driver against its simulated terminal, plain and sealed: both must do the same."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from drivers.base import Health
from drivers.errors import DeviceFault, DriverError, NotSent
from drivers.payment.base import AbortAnswer, Operation, Outcome, Progress
from drivers.payment.nexo.driver import Pace
from drivers.payment.nexo.envelope import REQUEST, RESPONSE
from drivers.payment.nexo.simulator import NexoPoiSimulator
from drivers.payment.poi_display import LEAK
from tests.drivers.endings import endings

PAID = (Outcome.APPROVED, Outcome.PARTIAL)
TIMEOUT_S = 0.1
LIVE_S = 20
"""Where time passes: longer than a busy machine stands still."""


@pytest.fixture
def poi(nexo):
    terminal = nexo.driver()
    terminal.open(1)
    yield terminal
    terminal.close()


def _pay(poi, request, commit=lambda _: None, timeout_s=TIMEOUT_S):
    return poi.payment(request, commit, lambda _: None, timeout_s)


@endings("nexo")
@pytest.mark.parametrize("op", list(Operation))
def test_every_way_a_request_can_end(nexo, poi, sale, case, op):
    """The outcome, and what an enquiry finds once the terminal can be reached again (REC-06)."""
    plan, outcome, enquired = case
    request = sale(op=op)
    committed = []
    nexo.control("next", **plan)
    result = _pay(poi, request, committed.append)
    assert result.outcome is outcome
    assert (committed != []) == (outcome in PAID)
    assert result.ref == request.ref
    nexo.control("plug")
    for _ in range(3):  # an enquiry has no side effect
        assert poi.transaction_status(request, 0.3).outcome is enquired


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("amount", [1, 10, 99, 1234, 10**9 + 1])
def test_amounts_arrive_to_the_minor_unit(nexo, poi, sale, amount, currency):
    request = replace(sale(amount), currency=currency)
    assert _pay(poi, request).authorized_minor == amount
    assert nexo.ledger()[request.ref]["amount_minor"] == amount


def test_a_result_has_what_the_receipt_needs(poi, sale):
    result = _pay(poi, sale(1234))
    assert (result.authorized_minor, result.last4, result.brand) == (1234, "4242", "CB")
    assert "" not in (result.poi_transaction_id, result.approval_code, result.terminal_id)
    assert "A0000000421010" in result.slip


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 0}, {"amount_minor": 10**12 + 1}, {"ref": ""}, {"ref": "12345678901"}],
)
def test_what_does_not_fit_is_not_sent(nexo, poi, sale, change):
    with pytest.raises(NotSent):
        _pay(poi, replace(sale(), **change))
    assert nexo.ledger() == {}


def test_a_busy_terminal_has_not_begun(nexo, poi, sale):
    first, second = sale(), sale()
    nexo.control("next", outcome="late_answer", delay_s=60)
    assert _pay(poi, first).outcome is Outcome.IN_PROGRESS
    assert _pay(poi, second).outcome is Outcome.NOT_PROCESSED
    assert poi.transaction_status(second, 0.3).outcome is Outcome.UNKNOWN  # R9: it is not idle


def _pay_with_keys(nexo, request, at_card, poi=None):
    nexo.control("auto", on=False)
    poi = poi or nexo.live()
    acting = []

    def progress(news: Progress) -> None:
        acting.append(threading.Thread(target=at_card))
        acting[0].start()

    result = poi.payment(request, lambda _: None, progress, LIVE_S)
    acting[0].join(LIVE_S)
    return result


def test_the_customer_pays_by_card_and_pin(nexo, sale):
    def customer():
        nexo.control("present_card")
        nexo.control("press", key="ok")

    assert _pay_with_keys(nexo, sale(), customer).outcome is Outcome.APPROVED


def test_the_cashier_aborts_beside_the_payment(nexo, sale):
    """R5: the abort travels on a second connection, and the result still comes on the first."""
    answers, poi = [], nexo.live()
    result = _pay_with_keys(nexo, sale(), lambda: answers.append(poi.abort(LIVE_S)), poi)
    assert (answers, result.outcome) == ([AbortAnswer.ACCEPTED], Outcome.CANCELLED)


def test_an_abort_that_comes_too_late_leaves_the_payment(nexo, poi, sale):
    assert poi.abort(0.3) is AbortAnswer.TOO_LATE
    request = sale()
    assert _pay(poi, request).outcome is Outcome.APPROVED
    assert poi.abort(0.3) is AbortAnswer.TOO_LATE
    assert poi.transaction_status(request, 0.3).outcome is Outcome.APPROVED


def test_after_a_restart_what_runs_is_aborted_first(nexo, sale):
    """R8: the new program knows no reference, asks what runs, and stops it."""
    poi, request = nexo.live(), sale()
    nexo.control("auto", on=False)
    shown = threading.Event()
    gone = threading.Thread(
        target=lambda: poi.payment(request, lambda _: None, lambda _: shown.set(), LIVE_S)
    )
    gone.start()
    assert shown.wait(LIVE_S)
    again = nexo.live()
    assert again.transaction_status(request, LIVE_S).outcome is Outcome.IN_PROGRESS
    assert nexo.live().abort(LIVE_S) is AbortAnswer.ACCEPTED
    assert again.transaction_status(request, LIVE_S).outcome is Outcome.CANCELLED
    gone.join(LIVE_S)


class _Listening(NexoPoiSimulator):
    """A terminal that notes what it is asked."""

    def _serve(self, call):
        heard = self.__dict__.setdefault("heard", [])
        heard.append(call.body.split(b'"MessageCategory":"')[1].split(b'"')[0].decode())
        super()._serve(call)


def test_a_terminal_silent_for_two_minutes_is_asked(nexo_bench, sale):
    """Adyen's 120 s rule, here 0.05 s: the enquiry finds the answer that was lost, long before
    our own time is up, and nothing is aborted."""
    nexo = nexo_bench("nexo")
    nexo.poi = _Listening()
    nexo.poi.control("next", outcome="lose_answer")
    poi = nexo.driver(pace=Pace(silence_s=0.05, poll_s=0.01))
    assert _pay(poi, sale(), timeout_s=300).outcome is Outcome.APPROVED
    assert nexo.poi.heard == ["Payment", "TransactionStatus"]


@pytest.mark.parametrize(
    "case",
    [
        ("approve", Outcome.REVERSED, "reversed"),
        ("decline", Outcome.DECLINED, "approved"),
        ("lose_answer", Outcome.REVERSED, "reversed"),
    ],
)
def test_a_reversal(nexo, poi, sale, case):
    """An enquiry with the reversal's reference tells how it ended; the payment's would not."""
    plan, outcome, state = case
    request = sale()
    paid = _pay(poi, request)
    nexo.control("next_reversal", outcome=plan)
    result = poi.reversal(request, paid.poi_transaction_id, "REV1", TIMEOUT_S)
    assert result.outcome is outcome
    assert nexo.ledger()[request.ref]["state"] == state
    again = poi.transaction_status(replace(request, reversal_ref="REV1"), 0.3)
    assert again.outcome is outcome


def test_a_reversal_that_cannot_be_sent_is_certainly_not_done(nexo, poi, sale):
    request = sale()
    paid = _pay(poi, request)
    nexo.control("unplug")
    result = poi.reversal(request, paid.poi_transaction_id, "REV2", TIMEOUT_S)
    assert result.outcome is Outcome.DECLINED
    assert nexo.ledger()[request.ref]["state"] == "approved"


def test_a_day_is_closed_with_its_totals(nexo, poi, sale):
    """R11: what the terminal says stood, to be held against our books."""
    for amount in (1000, 250):
        _pay(poi, sale(amount))
    _pay(poi, sale(100, Operation.REFUND))
    totals = poi.reconcile(1)
    assert (totals.currency, totals.net_minor, totals.count) == ("EUR", 1150, 3)
    assert poi.reconcile(1).net_minor == 0


def test_a_day_is_not_closed_while_a_card_is_at_the_terminal(nexo, poi, sale):
    nexo.control("next", outcome="late_answer", delay_s=60)
    _pay(poi, sale())
    with pytest.raises(DeviceFault):
        poi.reconcile(1)


def test_a_leaky_terminal_tells_no_card_number_and_no_expiry(nexo, poi, sale):
    """PCI DSS 3.4.1: SensitiveCardData and what slips into texts stay at the boundary."""
    nexo.control("leaky", on=True)
    request = sale()
    committed = []
    results = [
        _pay(poi, request, committed.append),
        *committed,
        poi.transaction_status(request, 0.3),
    ]
    for result in results:
        told = "".join(character for character in repr(result) if character.isdigit())
        assert LEAK.replace(" ", "") not in told
        assert "1230" not in repr(result)
        assert "2030" not in repr(result)
        assert (result.last4, result.slip[3]) == ("4242", "**** **** **** 4242")


def test_every_byte_of_a_payment_cut(nexo, sale):
    """The link dies at each byte: the enquiry and the ledger agree, and NotSent is not sent."""
    outcomes = set()
    poi = nexo.driver()
    poi._session.waits = replace(poi._session.waits, recover_s=0.0)
    step = 37 if nexo.dialect == "nexo-local" else 11
    for offset in range(0, 1800, step):
        request = sale()
        nexo.control("plug")
        nexo.control("unplug_after", bytes=offset)
        try:
            outcome = _pay(poi, request).outcome
        except NotSent:
            outcome = None
        outcomes.add(outcome)
        nexo.control("plug")
        known = request.ref in nexo.ledger()
        assert not (known and outcome is None), offset
        found = poi.transaction_status(request, 0.3).outcome
        assert found is (Outcome.APPROVED if known else Outcome.NOT_PROCESSED), offset
        assert outcome in (None, Outcome.UNKNOWN, found), offset
    assert {None, Outcome.UNKNOWN} <= outcomes


def test_the_link_comes_back_during_the_payment(nexo, sale):
    poi = nexo.live()
    request = sale()
    nexo.control("next", outcome="unplug", approved=True)
    plugging = threading.Timer(0.05, nexo.control, ("plug",))
    plugging.start()
    assert _pay(poi, request, timeout_s=LIVE_S).outcome is Outcome.APPROVED
    plugging.join()
    assert list(nexo.ledger()) == [request.ref]


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.NOT_PROCESSED),
        ({"terminal_id": "ANOTHER"}, Outcome.UNKNOWN),
        ({"at": "2026-02-27T11:59:00+00:00"}, Outcome.UNKNOWN),
        ({"at": "rubbish"}, Outcome.UNKNOWN),
    ],
)
def test_not_found_proves_something_only_here_and_in_time(nexo, poi, sale, change, outcome):
    """R9: the same idle terminal, within the 48 hours that it remembers."""
    request = replace(sale(), baseline={**poi.baseline(1), **change})
    assert poi.transaction_status(request, 0.3).outcome is outcome


def test_time_passes_while_a_till_is_off(nexo, poi, sale):
    request = replace(sale(), baseline=poi.baseline(1))
    nexo.now += timedelta(hours=49)
    assert poi.transaction_status(request, 0.3).outcome is Outcome.UNKNOWN


def test_a_till_with_the_wrong_key_sells_nothing(nexo_bench, sale):
    """Whatever it sends is refused before any card is asked for, and opening says so."""
    sealed, plain = nexo_bench("nexo-local"), nexo_bench("nexo")
    stranger = plain.driver(sealed.poi.connect)
    with pytest.raises(DriverError):
        stranger.open(0.3)
    assert stranger.status(0.3).health is Health.ABSENT
    assert _pay(stranger, sale()).outcome is Outcome.UNKNOWN
    assert sealed.ledger() == {}


def _prompt(poi_id="P400Plus-275039202", **body):
    header = {
        "MessageClass": "Device",
        "MessageCategory": "Display",
        "MessageType": "Request",
        "ServiceID": "7",
        "DeviceID": "1",
        "SaleID": "TILL-1",
        "POIID": poi_id,
    }
    return {"MessageHeader": header, **body}


def _shown(text):
    content = {"OutputFormat": "Text", "OutputText": [{"Text": text}]}
    return {"Device": "CashierDisplay", "InfoQualify": "Status", "OutputContent": content}


def test_what_the_terminal_wants_shown_is_shown_and_answered(nexo, poi, sale):
    """Advisory, scrubbed, and harmless when it comes twice or when nothing runs."""
    nexo.control("auto", on=False)
    envelope = nexo.poi._envelope
    text = f"CARD {LEAK}"
    body = envelope.pack(REQUEST, _prompt(DisplayRequest={"DisplayOutput": [_shown(text)]}))
    seen, answers = [], []

    def progress(news: Progress) -> None:
        seen.append(news)
        if news.kind == "insert_card":
            answers.extend(poi.hear(body) for _ in range(2))
            nexo.control("press", key="cancel")

    assert poi.payment(sale(), lambda _: None, progress, 5).outcome is Outcome.CANCELLED
    assert [news.text for news in seen] == ["", *["CARD **** **** **** 4242"] * 2]
    result = envelope.unpack(RESPONSE, answers[0]).items("DisplayResponse", "OutputResult")
    assert [one.text("Response", "Result") for one in result] == ["Success"]
    poi.hear(body)
    assert len(seen) == 3


def test_questions_are_refused_and_events_want_no_answer(nexo, poi):
    """The terminal has keys of its own; and another terminal's messages are nobody's."""
    envelope = nexo.poi._envelope
    asked = {"DisplayOutput": _shown("TIP?"), "InputData": {"Device": "CashierInput"}}
    answer = poi.hear(envelope.pack(REQUEST, _prompt(InputRequest=asked)))
    refused = envelope.unpack(RESPONSE, answer).at("InputResponse", "InputResult", "Response")
    assert refused.text("ErrorCondition") == "UnavailableDevice"
    event = {"EventToNotify": "CardRemoved", "TimeStamp": "T"}
    assert poi.hear(envelope.pack(REQUEST, _prompt(EventNotification=event))) == b""
    with pytest.raises(DriverError):
        poi.hear(envelope.pack(REQUEST, _prompt("ANOTHER", EventNotification=event)))
