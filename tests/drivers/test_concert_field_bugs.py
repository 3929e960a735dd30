"""Bugs that tills have had with French terminals in the field: each must stay out of ours."""

from __future__ import annotations

import threading

import pytest

from drivers.errors import NotSent
from drivers.payment.base import Outcome
from drivers.transports.scripted import RecordedTransport


def _pay(driver, request, commit=lambda _: None, timeout_s=0.15):
    return driver.payment(request, commit, lambda _: None, timeout_s)


def _answer(asked, **said):
    """Return the bytes of an answer that brings everything back."""
    fields = {tag: asked[tag] for tag in ("CZ", "CA", "CE", "CD", "CB", "CF")} | said
    return "".join(f"{tag}{len(value):03}{value}" for tag, value in fields.items()).encode()


def test_bug_1_one_read_is_not_one_answer(french, sale):
    """OCA l10n-france PR 787, 797, 798: a split answer showed a paid purchase as an error."""
    driver = french.driver()
    for size in range(1, 12):
        french.control("split", bytes=size, pause_s=0.0)
        assert _pay(driver, sale(), timeout_s=5).outcome is Outcome.APPROVED


def test_bug_2_our_timeout_is_no_refusal_and_nothing_is_sent_again(french, sale):
    """OCA caisse_ap, stripe-terminal-android 470: a timeout with a retry charged twice."""
    french.control("next", outcome="late_answer", delay_s=0.3)
    driver, request = french.driver(), sale()
    assert _pay(driver, request, timeout_s=0.05).outcome is Outcome.IN_PROGRESS
    with pytest.raises(NotSent):
        _pay(driver, sale(), timeout_s=0.05)
    assert driver.transaction_status(request, 2).outcome is Outcome.APPROVED
    assert _pay(driver, request).outcome is Outcome.APPROVED  # told again, not asked again
    assert french.approvals() == 1


@pytest.mark.parametrize("omits", [True, False])
def test_bug_3_a_refusal_without_an_amount_is_a_refusal(caisse_ap, sale, omits):
    """OCA l10n-france PR 669 to 672: the red key leaves CB out, and the echo check broke."""
    caisse_ap.control("personality", red_key_omits_amount=omits)
    caisse_ap.control("next", outcome="cancel")
    assert _pay(caisse_ap.driver(), sale()).outcome is Outcome.CANCELLED


def test_bug_4_a_terminal_that_still_waits_takes_no_other_amount(french, sale):
    """OCA/pos PR 550: the cashier deleted the card line, the terminal kept the old amount."""
    french.control("auto", on=False)
    driver, first, second = french.driver(), sale(1234), sale(500)
    assert _pay(driver, first).outcome is Outcome.IN_PROGRESS
    with pytest.raises(NotSent):
        _pay(driver, second)
    again = french.driver()  # not even after a restart
    try:
        refused = _pay(again, second).outcome
    except NotSent:
        refused = None
    assert refused in (None, Outcome.NOT_PROCESSED)
    french.control("present_card")
    french.control("press", key="ok")
    assert [entry["amount_minor"] for entry in french.ledger().values()] == [1234]


def test_bug_7_an_answer_can_be_read_again(french, sale):
    """odoo PR 79680: the answer was deleted by its first reader, and lost with that reader."""
    driver, request = french.driver(), sale()

    def lost(_):
        raise RuntimeError("the reader died")

    with pytest.raises(RuntimeError):
        _pay(driver, request, lost)
    assert driver.transaction_status(request, 1).outcome is Outcome.APPROVED


@pytest.mark.parametrize("copies", [2, 9])
def test_bug_8_an_answer_said_more_than_once_is_one_payment(caisse_ap, sale, copies):
    """odoo PR 269720: a notification that came twice crashed its handler."""
    request, committed = sale(), []
    approval = _answer(caisse_ap.driver()._asked(request), AE="10")
    driver = caisse_ap.driver(RecordedTransport([approval * copies]))
    result = _pay(driver, request, committed.append)
    assert (result.outcome, committed) == (Outcome.APPROVED, [result])


def test_bug_9_send_and_cancel_in_a_hurry_leave_no_payment_unrecorded(french, sale):
    """odoo PR 128920, 129102: the terminal went on asking for a payment that nobody recorded."""
    french.control("auto", on=False)
    driver, request, results = french.live(), sale(), []
    asked = threading.Event()
    paying = threading.Thread(
        target=lambda: results.append(
            driver.payment(request, lambda _: None, lambda _: asked.set(), 60)
        )
    )
    paying.start()
    assert asked.wait(60)
    driver.abort(1)
    for _ in range(5000):
        if french.simulator.look()["stage"] == "card":
            break
        paying.join(0.01)
    french.control("present_card")
    french.control("press", key="ok")
    paying.join(60)
    assert [result.outcome for result in results] == [Outcome.APPROVED]


def test_bug_11_two_answers_that_contradict_one_another_are_unknown(caisse_ap, sale):
    """VivaPayments/API 2373: first failed, nine seconds later paid, under one request."""
    driver, request = caisse_ap.driver(), sale()
    asked = driver._asked(request)
    failed, paid = _answer(asked, AE="01", AF="07"), _answer(asked, AE="10")
    assert driver._judge(request, (paid, paid)).outcome is Outcome.APPROVED
    assert driver._judge(request, (failed, paid)).outcome is Outcome.UNKNOWN


def test_bug_14_not_accepted_is_declined(concert_e_plus, sale):
    """pypostelium 0.0.5: ``transaction_start`` was True on STAT 7."""
    concert_e_plus.control("next", outcome="decline")
    committed = []
    result = _pay(concert_e_plus.driver(), sale(), committed.append)
    assert (result.outcome, result.native_code, committed) == (Outcome.DECLINED, "STAT=7", [])


@pytest.mark.parametrize("reason", ["09", "00", "04", "07"])
def test_bug_15_performed_and_refused_at_once_is_unknown(caisse_ap, sale, reason):
    """A terminal's emulator answered AE=10 with AF=09: the money may be gone or not."""
    caisse_ap.control("personality", reason_of_success=reason)
    committed = []
    result = _pay(caisse_ap.driver(), sale(), committed.append)
    assert (result.outcome, committed) == (Outcome.UNKNOWN, [])
