"""Conversations of the manual, the bugs met in the field, and damaged messages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.errors import NotSent
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.waits import Waits
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.driver import ZvtPaymentTerminal
from drivers.payment.zvt.tables import Command
from drivers.transports.scripted import ScriptedTransport

QUICK = Waits(connect_s=0.05, answer_s=0.01, recover_s=0.01, retry_s=0.0, slice_s=0.01)
PAID = (Outcome.APPROVED, Outcome.PARTIAL)
OK = "80 00 00"
BASELINE = {
    "terminal_id": "52500001",
    "seen": "transaction",
    "receipt": "0041",
    "trace": "000041",
    "turnover": "000041",
}
raw = bytes.fromhex
REQUEST = Request("a", "R1", Operation.PAYMENT, 1010, "EUR", BASELINE)
IDLE = [("05 01 03 00 00 00", f"{OK} 06 0F 01 00"), (OK, "")]
REGISTERED = [
    ("06 00 06 00 00 00 3E 09 78", f"{OK} 06 0F 0A 19 00 29 52 50 00 01 49 09 78"),
    (OK, ""),
]
AUTHORISE = "06 01 0A 04 00 00 00 00 10 10 49 09 78"
REPEAT = "06 20 05 00 00 00 03 03"
DONE = "06 0F 00"


def _status(fields):
    return Apdu(Command.STATUS_INFORMATION, raw(fields)).encode().hex()


def _approved(number="0042", amount="00 00 00 00 10 10"):
    marks = f"0B 00 {number} 87 {number} 88 00 {number}"
    return _status(f"27 00 04 {amount} {marks} 29 52 50 00 01 49 09 78")


DECLINED = _status("27 05 29 52 50 00 01")
STOPPED = _status("27 6C 29 52 50 00 01")


def _script(*pairs):
    return ScriptedTransport([(raw(sent), raw(received)) for sent, received in pairs])


def _pay(script, committed=None, request=REQUEST):
    poi = ZvtPaymentTerminal(script, replace(QUICK, answer_s=0.05))
    commit = (committed if committed is not None else []).append
    result = poi.payment(request, commit, lambda _: None, 0.05)
    script.finish()
    return result


def _asked_again(received):
    """The conversation of an enquiry, with what 06 20 is answered by."""
    pairs = [*IDLE, (REPEAT, f"{OK} {received}" if received else f"{OK} {DONE}")]
    return [*pairs, (OK, DONE), (OK, "")] if received else [*pairs, (OK, "")]


# --- conversations of the manual (PA00P015, 2.2 and 3) ---


def test_an_approved_payment():
    committed = []
    script = _script(
        *REGISTERED,
        (AUTHORISE, f"{OK} 04 FF 02 0A 03"),
        (OK, "04 FF 01 04"),
        (OK, _approved()),
        (OK, DONE),
        (OK, ""),
    )
    result = _pay(script, committed)
    assert (result.outcome, result.authorized_minor) == (Outcome.APPROVED, 1010)
    assert (committed, result.poi_transaction_id) == ([result], "52500001/0042/000042")


@pytest.mark.parametrize(
    ("said", "ended", "outcome"),
    [
        (DECLINED, "06 1E 01 05", Outcome.DECLINED),
        (STOPPED, "06 1E 01 6C", Outcome.CANCELLED),
        (_status("27 00 A0 A3 29 52 50 00 01"), DONE, Outcome.DECLINED),
    ],
)
def test_a_payment_that_was_not_made(said, ended, outcome):
    script = _script(*REGISTERED, (AUTHORISE, f"{OK} {said}"), (OK, ended), (OK, ""))
    assert _pay(script).outcome is outcome


def test_a_terminal_that_aborts_without_a_status():
    script = _script(*REGISTERED, (AUTHORISE, f"{OK} 06 1E 01 6C"), (OK, ""))
    assert _pay(script).outcome is Outcome.CANCELLED


@pytest.mark.parametrize(("code", "shown"), [("83", "not possible"), ("A5", "security")])
def test_a_payment_that_was_refused_at_once(code, shown):
    script = _script(*REGISTERED, (AUTHORISE, f"84 {code} 00"))
    result = _pay(script)
    assert (result.outcome, result.native_code) == (Outcome.NOT_PROCESSED, code)
    assert shown in result.native_text


def test_a_busy_terminal_gets_no_request():
    script = _script(("06 00 06 00 00 00 3E 09 78", "84 9C 00"))
    with pytest.raises(NotSent):
        _pay(script)


def test_a_command_that_we_do_not_know_is_refused_and_the_payment_goes_on():
    script = _script(
        *REGISTERED,
        (AUTHORISE, f"{OK} 06 E0 00"),
        ("84 83 00", _approved()),
        (OK, DONE),
        (OK, ""),
    )
    assert _pay(script).outcome is Outcome.APPROVED


# --- bugs met in the field ---


def test_field_bug_13_a_completion_is_no_approval():
    """27 6C, then 06 0F: the dialogue went well, the payment did not."""
    script = _script(*REGISTERED, (AUTHORISE, f"{OK} {STOPPED}"), (OK, DONE), (OK, ""))
    committed = []
    assert _pay(script, committed).outcome is Outcome.CANCELLED
    assert committed == []


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("", Outcome.UNKNOWN),
        (_approved("0041"), Outcome.NOT_PROCESSED),
        (_approved("0042"), Outcome.APPROVED),
    ],
)
def test_field_bug_13_a_completion_without_a_result_is_asked_about(told, outcome):
    script = _script(*REGISTERED, (AUTHORISE, f"{OK} {DONE}"), (OK, ""), *_asked_again(told))
    committed = []
    assert _pay(script, committed).outcome is outcome
    assert (committed != []) == (outcome is Outcome.APPROVED)


def test_field_bug_8_an_approval_said_twice_is_booked_once():
    script = _script(
        *REGISTERED,
        (AUTHORISE, f"{OK} {_approved()}"),
        (OK, _approved()),
        (OK, DONE),
        (OK, ""),
    )
    committed = []
    assert _pay(script, committed).outcome is Outcome.APPROVED
    assert len(committed) == 1


def test_field_bug_11_refused_and_then_approved_is_what_was_said_last():
    script = _script(
        *REGISTERED,
        (AUTHORISE, f"{OK} {DECLINED}"),
        (OK, _approved()),
        (OK, DONE),
        (OK, ""),
    )
    committed = []
    assert _pay(script, committed).outcome is Outcome.APPROVED
    assert len(committed) == 1


@pytest.mark.parametrize(
    "after",
    [[(OK, DECLINED), (OK, DONE), (OK, "")], [(OK, "06 1E 01 6C"), (OK, "")]],
    ids=["declined", "aborted"],
)
def test_approved_and_then_taken_back_is_asked_about(after):
    reversed_ = _status("27 05 04 00 00 00 00 10 10 0B 00 00 42 87 00 42 88 00 00 42")
    script = _script(
        *REGISTERED, (AUTHORISE, f"{OK} {_approved()}"), *after, *_asked_again(reversed_)
    )
    committed = []
    assert _pay(script, committed).outcome is Outcome.DECLINED
    assert len(committed) == 1


@pytest.mark.parametrize(
    "said",
    [
        _approved(amount="00 00 00 00 10 11"),
        _approved(number="0041"),
        _status("27 00 04 00 00 00 00 10 10 49 09 78"),
        _status("27 00 0B 00 00 42 87 00 42"),
        _status("27 00 04 00 00 00 00 10 10 0B 00 00 42 49 07 56"),
        _status("27 00 04 00 00 00 00 10 10 0B 00 00 42 29 99 99 99 99"),
        _status("27 00 04 00 00 00 00 10 10 0B 00 00 43 37 00 00 42"),
        _status("04 00 00 00 00 10 10 0B 00 00 42"),
    ],
    ids=["amount", "baseline", "marks", "no amount", "currency", "terminal", "reversal", "result"],
)
def test_an_approval_that_does_not_fit_is_refused_and_asked_about(said):
    """R3: 84 66 makes the terminal reverse it."""
    script = _script(
        *REGISTERED,
        (AUTHORISE, f"{OK} {said}"),
        ("84 66 00", "06 1E 01 6C"),
        (OK, ""),
        *_asked_again(_approved("0041")),
    )
    committed = []
    assert _pay(script, committed).outcome is Outcome.NOT_PROCESSED
    assert committed == []


def _standing(sim):
    ledger = sim.control("ledger")["ledger"]
    return [one["amount_minor"] for one in ledger if one["state"] in ("approved", "partial")]


@pytest.mark.parametrize("kind", ["tcp"])
def test_field_bug_10_an_approval_that_is_never_heard_does_not_stand(patient_shop, sale):
    """The connection lives and carries nothing back: deaf at every point of the conversation."""
    outcomes = set()
    for deaf_from in range(16):
        sim, tap, deaf, poi = patient_shop(deaf_from=deaf_from)
        poi.payment(sale(100), lambda _: None, lambda _: None, 60)
        request = replace(sale(200), baseline=poi.baseline(10))
        try:
            outcomes.add(deaf.payment(request, lambda _: None, lambda _: None, 60).outcome)
        except NotSent:
            outcomes.add(None)
        found = poi.transaction_status(request, 10).outcome
        assert (found is Outcome.APPROVED) == (200 in _standing(sim))
        assert poi.payment(sale(300), lambda _: None, lambda _: None, 60).outcome in PAID
        assert bytes(tap.written).count(b"\x06\x01\x0a\x04") <= 1
    assert {None, Outcome.UNKNOWN} <= outcomes


@pytest.mark.parametrize("kind", ["tcp"])
def test_field_bug_10_every_payment_has_a_connection_of_its_own(patient_shop, sale):
    _, tap, poi, _ = patient_shop()
    for n in range(1, 4):
        opened = tap.opened
        assert poi.payment(sale(n), lambda _: None, lambda _: None, 60).outcome in PAID
        assert tap.opened == opened + 1


def test_field_bug_12_what_was_doubtful_once_can_be_tried_again(patient_shop, sale):
    """Nothing of ours is burnt by a lost answer: a new attempt at the same amount is taken."""
    sim, _, _, poi = patient_shop()
    poi.payment(sale(1), lambda _: None, lambda _: None, 60)
    sim.control("next", outcome="lose_answer")
    lost = poi.payment(sale(500), lambda _: None, lambda _: None, 60)
    assert lost.outcome is Outcome.DECLINED
    assert poi.payment(sale(500), lambda _: None, lambda _: None, 60).outcome in PAID
    assert _standing(sim) == [1, 500]


@pytest.mark.parametrize("kind", ["serial"])
def test_field_bug_2_a_silent_line_is_not_sent_the_request_again(patient_shop, sale):
    """Serial: no ACK for an authorisation is doubt (R2), a NAK is a request to repeat."""
    _, tap, line, _ = patient_shop()
    line.open(10)
    baseline = line.baseline(10)
    tap.deaf_from = tap.heard
    request = replace(sale(200), baseline=baseline)
    assert line.payment(request, lambda _: None, lambda _: None, 60).outcome is Outcome.UNKNOWN
    assert bytes(tap.written).count(b"\x06\x01\x0a\x04") == 1


@pytest.mark.parametrize("kind", ["serial"])
def test_a_spoilt_block_is_asked_for_again(patient_shop, sale):
    """NAK, at most twice: whichever block is spoilt, the payment goes on."""
    _, tap, poi, _ = patient_shop()
    poi.payment(sale(), lambda _: None, lambda _: None, 60)

    def spoil(data):
        return data[:-1] + bytes([data[-1] ^ 0x40]) if len(data) > 4 else data

    for at in range(1, tap.heard + 1):
        sim, _, poi, _ = patient_shop(spoil=spoil, spoil_at=at)
        result = poi.payment(sale(200), lambda _: None, lambda _: None, 60)
        assert (result.outcome, _standing(sim)) == (Outcome.APPROVED, [200]), at
