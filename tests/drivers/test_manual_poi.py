"""A stand-alone terminal: what is typed counts, and what is not typed is unknown."""

from __future__ import annotations

import threading

import pytest

from drivers.base import Health
from drivers.errors import DeviceFault, NotSent
from drivers.payment.base import AbortAnswer, Operation, Outcome
from drivers.payment.manual import ManualTerminal, NotTyped


def _pay_typing(poi, request, type_in, committed):
    """Pay; ``type_in`` runs in a thread of its own once the amount is shown."""
    cashier = threading.Thread(target=type_in)
    result = poi.payment(request, committed.append, lambda _: cashier.start(), 60)
    cashier.join(60)
    return result


@pytest.mark.parametrize("op", list(Operation))
@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.APPROVED, "A12345"), (Outcome.DECLINED, ""), (Outcome.CANCELLED, "")],
)
def test_what_is_typed_is_the_result(sale, op, outcome, code):
    poi, committed = ManualTerminal(), []
    poi.open(1)
    request = sale(1234, op)
    result = _pay_typing(poi, request, lambda: poi.answer(outcome, code), committed)
    assert (result.outcome, result.approval_code, result.ref) == (outcome, code, request.ref)
    assert committed == ([result] if outcome is Outcome.APPROVED else [])
    assert result.authorized_minor == (1234 if outcome is Outcome.APPROVED else 0)
    assert poi.waiting() is None


def test_nothing_typed_in_time_is_unknown(sale):
    """R4: our time-out is not a result. And nothing can be asked afterwards."""
    poi, committed = ManualTerminal(), []
    request = sale()
    assert poi.payment(request, committed.append, lambda _: None, 0.01).outcome is Outcome.UNKNOWN
    assert committed == []
    assert poi.transaction_status(request, 1).outcome is Outcome.UNKNOWN
    with pytest.raises(NotTyped):
        poi.answer(Outcome.APPROVED, "A12345")


def test_closing_ends_the_wait(sale):
    poi = ManualTerminal()
    assert _pay_typing(poi, sale(), poi.close, []).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.APPROVED, ""),
        (Outcome.APPROVED, "1"),
        (Outcome.APPROVED, "A B"),
        (Outcome.APPROVED, "1234567890123"),
        (Outcome.APPROVED, "424242424242"),
        (Outcome.UNKNOWN, ""),
        (Outcome.PARTIAL, "A12345"),
    ],
)
def test_what_cannot_be_read_off_a_terminal_is_not_taken(sale, outcome, code):
    """The wait goes on, and the right number can still be typed; a card number never is."""
    poi = ManualTerminal()
    refused = []

    def type_twice():
        try:
            poi.answer(outcome, code)
        except NotTyped as error:
            refused.append(error)
        poi.answer(Outcome.APPROVED, "A12345")

    assert _pay_typing(poi, sale(), type_twice, []).approval_code == "A12345"
    assert len(refused) == 1


def test_the_first_answer_counts(sale):
    """Field bug 8: the same news twice changes nothing and breaks nothing."""
    poi, refused = ManualTerminal(), []

    def type_twice():
        poi.answer(Outcome.DECLINED)
        try:
            poi.answer(Outcome.APPROVED, "A12345")
        except NotTyped as error:
            refused.append(error)

    assert _pay_typing(poi, sale(), type_twice, []).outcome is Outcome.DECLINED
    assert len(refused) == 1


def test_its_capabilities_say_that_nothing_can_be_asked(sale):
    poi = ManualTerminal()
    request = sale()
    caps = poi.caps
    assert not any((caps.abort, caps.query_by_ref, caps.query_last, caps.reversal, caps.reconcile))
    assert poi.reversal(request, "A12345", "R2", 1).outcome is Outcome.DECLINED
    assert poi.baseline(1) == {}
    assert poi.status(1).health is Health.READY
    with pytest.raises(DeviceFault):
        poi.reconcile(1)


def test_one_result_is_waited_for_at_a_time(sale):
    poi, seen = ManualTerminal(), []

    def second():
        seen.append((poi.abort(1), poi.status(1).reasons))
        with pytest.raises(NotSent):
            poi.payment(sale(), lambda _: None, lambda _: None, 1)
        poi.answer(Outcome.DECLINED)

    assert _pay_typing(poi, sale(), second, []).outcome is Outcome.DECLINED
    assert seen == [(AbortAnswer.UNSUPPORTED, ("busy",))]


@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_that_does_not_fit_is_not_asked_for(sale, amount):
    with pytest.raises(NotSent):
        ManualTerminal().payment(sale(amount), lambda _: None, lambda _: None, 1)
