"""The drivers of French terminals against their simulators: what is booked is what was approved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.base import Health
from drivers.card_numbers import holds_card_number
from drivers.errors import DeviceFault, NotSent
from drivers.payment.base import AbortAnswer, Operation, Outcome
from drivers.payment.concert.profile import ECHOES, PROFILES, Profile
from drivers.payment.poi_display import LEAK
from drivers.simulation import UnknownAction
from tests.drivers.endings import ENDINGS, named

PAID = (Outcome.APPROVED, Outcome.PARTIAL)
TIMEOUT_S = 0.15


def _pay(driver, request, commit=lambda _: None, timeout_s=TIMEOUT_S):
    return driver.payment(request, commit, lambda _: None, timeout_s)


@pytest.mark.parametrize("op", list(Operation))
@pytest.mark.parametrize("case", ENDINGS[:-1], ids=named)
def test_every_way_a_request_can_end(french, sale, case, op):
    """REC-06: the outcome; asking again says the same, as often as one likes (rule 8)."""
    plan, told = case
    expected, _ = told.get("v3" if french.caisse_ap else "e") or told[""]
    driver, request, committed = french.driver(), sale(op=op), []
    french.control("next", **plan)
    result = _pay(driver, request, committed.append)
    assert result.outcome is expected
    assert result.ref == request.ref
    assert (committed != []) == (expected in PAID)
    french.control("plug")
    for _ in range(3):
        assert driver.transaction_status(request, TIMEOUT_S).outcome is expected
    assert french.approvals() <= 1


def test_a_late_answer_is_still_heard(french, sale):
    """R4: our time is up before the terminal's; the next enquiry goes on listening."""
    driver, request = french.driver(), sale()
    french.control("next", outcome="late_answer", delay_s=0.3)
    assert _pay(driver, request).outcome is Outcome.IN_PROGRESS
    assert driver.status(TIMEOUT_S).reasons == ("busy",)
    assert driver.transaction_status(request, 2).outcome is Outcome.APPROVED
    assert driver.transaction_status(request, TIMEOUT_S).outcome is Outcome.APPROVED


def test_an_answer_that_never_comes_is_unknown_in_the_end(french, sale):
    french.timing = replace(french.timing, pending_s=0.0)
    driver, request = french.driver(), sale()
    french.control("next", outcome="lose_answer")
    assert _pay(driver, request).outcome is Outcome.UNKNOWN
    assert _pay(driver, sale()).outcome is Outcome.APPROVED
    assert french.approvals() == 2


@pytest.mark.parametrize("size", [1, 3, 50])
def test_answers_in_pieces_are_the_same_answers(french, sale, size):
    """C6: one byte at a time, with pauses between."""
    driver = french.driver()
    whole = _pay(driver, sale(), timeout_s=5)
    french.control("split", bytes=size, pause_s=0.0005)
    pieces = _pay(driver, sale(), timeout_s=5)
    numbers = {"ref": "", "poi_transaction_id": "", "approval_code": "", "slip": ()}
    assert replace(pieces, **numbers) == replace(whole, **numbers)
    assert whole.outcome is Outcome.APPROVED


@pytest.mark.parametrize("amount", [1, 99, 99_999_999])
def test_amounts_from_a_cent_up(french, sale, amount):
    result = _pay(french.driver(), sale(amount))
    assert (result.outcome, result.authorized_minor) == (Outcome.APPROVED, amount)


def test_what_the_protocol_cannot_carry_is_not_sent(french, sale):
    driver = french.driver()
    unsendable = [
        sale(0),
        sale(driver.caps.max_amount_minor + 1),
        replace(sale(), ref=""),
        replace(sale(), ref="x" * (driver.caps.ref_len + 1)),
        replace(sale(), ref="a\nb"),
        replace(sale(), ref="é"),
        replace(sale(), currency="XXX"),
    ]
    for request in unsendable:
        with pytest.raises(NotSent):
            _pay(driver, request)
    assert french.ledger() == {}


def test_a_terminal_that_is_not_there_takes_nothing(french, sale):
    driver = french.driver()
    french.control("unplug")
    with pytest.raises(NotSent):
        _pay(driver, sale())
    assert driver.status(0.3).health is Health.ABSENT
    assert french.ledger() == {}


def test_only_the_red_key_stops_a_terminal(french):
    driver = french.driver()
    assert not driver.caps.abort
    assert driver.abort(1) is AbortAnswer.UNSUPPORTED


def test_totals_are_not_told(french):
    driver = french.driver()
    assert not driver.caps.reconcile
    with pytest.raises(DeviceFault):
        driver.reconcile(1)


# --- undoing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "outcome", "state"),
    [
        ("approve", Outcome.REVERSED, "reversed"),
        ("decline", Outcome.DECLINED, "approved"),
        ("lose_answer", Outcome.UNKNOWN, "reversed"),
    ],
)
def test_a_cancellation(french, sale, plan, outcome, state):
    driver, request = french.driver(), sale()
    paid = _pay(driver, request)
    french.control("next_reversal", outcome=plan)
    undone = driver.reversal(request, paid.poi_transaction_id, "0000000099", TIMEOUT_S)
    assert undone.outcome is outcome
    assert french.ledger()[request.ref]["state"] == state


def test_a_cancellation_of_something_else_is_certainly_not_done(french, sale):
    driver, request = french.driver(), sale()
    _pay(driver, request)
    other = replace(request, amount_minor=1)
    assert driver.reversal(other, "", "0000000099", TIMEOUT_S).outcome is Outcome.DECLINED
    french.control("unplug")
    assert driver.reversal(request, "", "0000000098", TIMEOUT_S).outcome is Outcome.DECLINED
    assert french.approvals() == 1


# --- habits of single terminals -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("habits", "profile", "outcome"),
    [
        ({"pads_amount": True}, "standard", Outcome.APPROVED),
        ({"reason_of_success": "01"}, "standard", Outcome.APPROVED),
        ({"private": "own"}, "own-reference", Outcome.APPROVED),
        ({"private": "none"}, "own-reference", Outcome.APPROVED),
        ({"private": "own"}, "standard", Outcome.UNKNOWN),
        ({"private": "none"}, "standard", Outcome.UNKNOWN),
        ({"private": "none"}, "reference-kept", Outcome.APPROVED),
        ({"private": "own"}, "reference-kept", Outcome.UNKNOWN),
        ({"omits": ("CA", "CE")}, "standard", Outcome.UNKNOWN),
    ],
    ids=str,
)
def test_habits_of_terminals(caisse_ap, sale, habits, profile, outcome):
    caisse_ap.control("personality", **habits)
    assert _pay(caisse_ap.driver(profile=profile), sale()).outcome is outcome


@pytest.mark.parametrize("left_out", ECHOES)
def test_what_a_terminal_omits_is_its_own_and_no_more(caisse_ap, sale, left_out):
    """A table per terminal says what may be missing; what is there must be as it was sent."""
    caisse_ap.control("personality", omits=(left_out,))
    assert _pay(caisse_ap.driver(profile=Profile(omits=(left_out,))), sale()).outcome in PAID
    assert _pay(caisse_ap.driver(profile="standard"), sale()).outcome is Outcome.UNKNOWN
    others = tuple(tag for tag in ECHOES if tag != left_out)
    assert _pay(caisse_ap.driver(profile=Profile(omits=others)), sale()).outcome is Outcome.UNKNOWN
    caisse_ap.control("personality", omits=())
    fields = {"currency": "CE", "op": "CD", "ref": "CF"}
    for field in (field for field, tag in fields.items() if tag == left_out):
        caisse_ap.control("next", outcome="mismatch", field=field)
        driver = caisse_ap.driver(profile=Profile(omits=(left_out,)))
        assert _pay(driver, sale()).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "options",
    [
        {"omits": ("CB",)},
        {"omits": ("CF",), "transaction_status": True},
        {"omits": ("CF",), "duplicata_has_reference": True},
    ],
    ids=str,
)
def test_a_table_that_would_prove_what_it_cannot_is_refused(options):
    with pytest.raises(ValueError, match=r"omit|proves nothing"):
        Profile(**options)


@pytest.mark.parametrize(("application", "brand"), [("", "CB"), ("00C", "Chèque")])
def test_a_cheque_is_no_card(caisse_ap, sale, application, brand):
    result = _pay(caisse_ap.driver(profile=Profile(application=application)), sale())
    assert (result.outcome, result.brand) == (Outcome.APPROVED, brand)
    assert (result.last4 != "") == (brand == "CB")


def test_a_partial_approval_where_the_profile_has_none_is_unknown(caisse_ap, sale):
    caisse_ap.control("next", outcome="partial", amount_minor=500)
    driver = caisse_ap.driver(profile=Profile(partial=False))
    assert _pay(driver, sale()).outcome is Outcome.UNKNOWN


def test_a_profile_without_cancellation_says_so_and_asks_nothing(caisse_ap, sale):
    driver, request = caisse_ap.driver(profile="nepting"), sale()
    _pay(driver, request)
    assert not driver.caps.reversal
    assert driver.reversal(request, "", "0000000099", 1).outcome is Outcome.DECLINED
    assert caisse_ap.approvals() == 1


def test_a_profile_without_refunds_sends_none(caisse_ap, sale):
    driver = caisse_ap.driver(profile=Profile(refund=False))
    with pytest.raises(NotSent):
        _pay(driver, sale(op=Operation.REFUND))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_capabilities_say_what_the_profile_can(caisse_ap, profile):
    caps = caisse_ap.driver(profile=profile).caps
    assert (caps.query_by_ref, caps.query_last) == (profile.transaction_status, profile.duplicata)
    assert (caps.reversal, caps.commit_by_ack) == (profile.cancellation, False)


def test_concert_e_promises_nothing_after_a_cut(concert_e_plus):
    caps = concert_e_plus.driver().caps
    assert (caps.query_by_ref, caps.query_last, caps.abort, caps.partial) == (False,) * 4


@pytest.mark.parametrize("options", [{"till": "1"}, {"till": "x1"}])
def test_a_till_has_two_digits(french, options):
    with pytest.raises(ValueError, match="two digits"):
        french.driver(**options)


# --- what became of a payment ---------------------------------------------------------------------


def _lost(french, sale, plan="lose_answer"):
    """Pay, lose the answer and forget all: a new driver has to find out."""
    request = sale()
    french.control("next", outcome=plan)
    _pay(french.driver(), request)
    return request


def test_the_duplicata_is_evidence_for_a_person_and_no_verdict(caisse_ap, sale):
    request = _lost(caisse_ap, sale)
    result = caisse_ap.driver().transaction_status(request, 1)
    assert result.outcome is Outcome.UNKNOWN
    assert "DEBIT 12.34 EUR" in result.evidence


@pytest.mark.parametrize(
    ("habits", "profile"),
    [
        ({"duplicata": "reference"}, Profile(duplicata_has_reference=True)),
        ({"knows_status": True}, PROFILES["payxpert"]),
    ],
    ids=["duplicata", "status"],
)
def test_a_terminal_that_names_the_reference_proves_the_approval(caisse_ap, sale, habits, profile):
    caisse_ap.control("personality", **habits)
    driver = caisse_ap.driver(profile=profile)
    first = _lost(caisse_ap, sale)
    assert driver.transaction_status(first, 1).outcome is Outcome.APPROVED
    assert driver.transaction_status(sale(), 1).outcome is Outcome.UNKNOWN
    assert driver.transaction_status(replace(first, amount_minor=1), 1).outcome is Outcome.UNKNOWN


def test_a_status_tells_refusals_too(caisse_ap, sale):
    caisse_ap.control("personality", knows_status=True)
    request = _lost(caisse_ap, sale, "decline")
    driver = caisse_ap.driver(profile="payxpert")
    assert driver.transaction_status(request, 1).outcome is Outcome.DECLINED


@pytest.mark.parametrize("profile", ["payxpert", "standard", "nepting"])
def test_a_terminal_that_cannot_say_is_unknown_with_the_reason(caisse_ap, sale, profile):
    caisse_ap.control("personality", duplicata="refused")
    request = _lost(caisse_ap, sale)
    result = caisse_ap.driver(profile=profile).transaction_status(request, 1)
    assert result.outcome is Outcome.UNKNOWN
    assert result.evidence


def test_a_duplicata_is_not_fetched_again_and_again(caisse_ap, sale):
    """Terminals may print each one: asking a status has no side effect (rule 8)."""
    request = _lost(caisse_ap, sale)
    driver = caisse_ap.driver()
    evidence = driver.transaction_status(request, 1).evidence
    caisse_ap.control("personality", duplicata="refused")
    assert driver.transaction_status(request, 1).evidence == evidence


def test_concert_e_hears_an_answer_that_comes_after_a_restart(concert_e_plus, sale, clock):
    """The line stays: a terminal that still works on it answers the next program."""
    request = sale()
    concert_e_plus.control("next", outcome="late_answer", delay_s=60)
    transport = concert_e_plus.simulator.connect()
    concert_e_plus.simulator.monotonic = clock
    assert _pay(concert_e_plus.driver(transport), request).outcome is Outcome.IN_PROGRESS
    again = concert_e_plus.driver(_Kept(transport))
    clock.now_s += 60
    assert again.transaction_status(request, 20).outcome is Outcome.APPROVED
    other = concert_e_plus.driver(_Kept(transport))
    assert other.transaction_status(sale(), 0.05).outcome is Outcome.UNKNOWN


class _Kept:
    """A line that is open already, as the cable stays in when a program dies."""

    def __init__(self, transport):
        self.write, self.read, self.close = transport.write, transport.read, transport.close

    def open(self, timeout_s):
        pass


# --- what a person may ask for --------------------------------------------------------------------


def test_a_duplicata_is_the_last_ticket(caisse_ap, sale):
    driver = caisse_ap.driver()
    with pytest.raises(DeviceFault):
        driver.duplicata(1)
    paid = _pay(driver, sale())
    assert driver.duplicata(1) == paid.slip


def test_a_telecollecte_begins_a_new_day(caisse_ap, sale):
    driver = caisse_ap.driver()
    _pay(driver, sale())
    assert driver.collect(1) == ("TELECOLLECTE", "DEBITS 1", "CREDITS 0")
    assert driver.collect(1) == ("TELECOLLECTE", "DEBITS 0", "CREDITS 0")
    with pytest.raises(DeviceFault):
        caisse_ap.driver(profile="payxpert").collect(1)


# --- privacy --------------------------------------------------------------------------------------


def test_a_leaky_terminal_tells_no_card_number(french, sale):
    """PCI DSS 3.4.1: also in base64, in REP, and in the evidence of a doubt."""
    french.control("leaky", on=True)
    driver, request = french.driver(), sale()
    said = [_pay(driver, request), french.driver().transaction_status(request, TIMEOUT_S)]
    assert said[0].outcome is Outcome.APPROVED
    for result in said:
        assert LEAK.replace(" ", "") not in repr(result).replace(" ", "")
        assert not holds_card_number(repr(result))


@pytest.mark.parametrize(
    "parameters", [{"private": "x"}, {"duplicata": "x"}, {"colour": "red"}], ids=str
)
def test_a_habit_that_no_terminal_has_is_refused(caisse_ap, parameters):
    with pytest.raises(UnknownAction):
        caisse_ap.control("personality", **parameters)
