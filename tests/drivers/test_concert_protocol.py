"""Concert V3, E and E+ on the wire: frames of the field and of documents, and every split."""

from __future__ import annotations

import base64
import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.concert import fixed
from drivers.payment.concert.caisse_ap import CaisseApSerialTerminal, CaisseApTerminal
from drivers.payment.concert.concert_e import ConcertEPlusTerminal, ConcertETerminal
from drivers.payment.concert.envelope import MAX_BODY, Step, TillEnvelope, lrc, wrap
from drivers.payment.concert.profile import Profile, profile_named
from drivers.payment.concert.simulator.line import check_byte
from drivers.payment.concert.tlv import MAX_ANSWER_BYTES, AnswerFramer, encode, nested, parse
from drivers.transports.scripted import ScriptedTransport

REQUEST = Request("a", "0000000042", Operation.PAYMENT, 1234, "EUR")
HEAD = b"CZ0040300CJ012012345678901CA00201CE003978BA0010"
DEBIT = HEAD + b"CD0010CB0041234"
REFUND = HEAD + b"CD0011CB003500"
APPROVED = (
    DEBIT + b"AE00210CC003001CI0011AC006329863AA016801148######7458AI010A000000042AB0042709"
    b"CF0101010000000CG006424242"
)
"""Captured from an independent emulator of a terminal, which fills CF in itself."""
PING = b"CZ0040300CJ012012345678901CA00201CD001I"
PONG = b"CZ0040301CJ012330538600404CA00201CD001IAE00210"


def _pay(driver, request=REQUEST):
    return driver.payment(request, lambda _: None, lambda _: None, 1)


# --- frames of the field, as (sent, received) pairs -----------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 4096])
@pytest.mark.parametrize(
    ("request_", "sent", "received", "outcome"),
    [
        (REQUEST, DEBIT, APPROVED, Outcome.APPROVED),
        (
            Request("a", "1", Operation.REFUND, 500, "EUR"),
            REFUND,
            REFUND + b"AE00210",
            Outcome.APPROVED,
        ),
        (REQUEST, DEBIT, HEAD + b"CD0010CB0041234AE00201AF00204", Outcome.DECLINED),
        (REQUEST, DEBIT, HEAD + b"CD0010AE00201AF00211", Outcome.CANCELLED),
    ],
    ids=["approved", "refund", "refused", "red-key"],
)
def test_captured_debits_and_refunds(request_, sent, received, outcome, chunk):
    wire = ScriptedTransport([(sent, received)], chunk=chunk)
    result = _pay(CaisseApTerminal(wire, "own-reference"), request_)
    assert result.outcome is outcome
    wire.finish()


def test_a_captured_approval_says_what_the_receipt_needs_and_no_more():
    """PCI DSS 3.4.1: of the card only the last four digits; no expiry anywhere."""
    result = _pay(CaisseApTerminal(ScriptedTransport([(DEBIT, APPROVED)]), "own-reference"))
    assert (result.approval_code, result.last4, result.brand) == ("329863", "7458", "CB")
    assert (result.entry_mode, result.poi_transaction_id) == ("contact", "424242-329863")
    assert "801148" not in repr(result)
    assert "2709" not in repr(result)


def test_a_cheque_says_so_in_its_request():
    sent = DEBIT + b"CC00300C"
    wire = ScriptedTransport([(sent, sent + b"AE00210")])
    profile = Profile(echoes_reference=False, ticket=False, application="00C")
    assert _pay(CaisseApTerminal(wire, profile)).outcome is Outcome.APPROVED
    wire.finish()


def test_identification_as_documented():
    wire = ScriptedTransport([(PING, PONG)])
    assert CaisseApTerminal(wire).open(1).detail == "Caisse-AP 330538600404"
    wire.finish()


def test_the_reference_travels_as_private_data_and_a_ticket_is_asked_for():
    sent = DEBIT + b"CF0100000000042CK003100"
    ticket = b"CK003100AK016" + base64.b64encode(b"DUPLICATA\n12")
    received = DEBIT + b"CF0100000000042AE00210ZT029" + ticket
    wire = ScriptedTransport([(sent, received)])
    result = _pay(CaisseApTerminal(wire))
    assert (result.outcome, result.slip) == (Outcome.APPROVED, ("DUPLICATA", "12"))
    wire.finish()


E_PLUS = b"0100001234" + b"010978" + b"0000000042" + b"A010B010"
E_ANSWER = b"010" + b"00001234" + b"1" + b"978" + b"0000000042"


def _line(body, answer):
    return [
        (b"\x05", b"\x06"),
        (wrap(body), b"\x06"),
        (b"\x04", b"\x05"),
        (b"\x06", b"\x02" + answer + b"\x03" + check_byte(answer + b"\x03")),
        (b"\x06", b"\x04"),
    ]


@pytest.mark.parametrize("chunk", [1, 4096])
@pytest.mark.parametrize(
    ("driver", "body"), [(ConcertETerminal, E_PLUS[:26]), (ConcertEPlusTerminal, E_PLUS)]
)
def test_a_whole_exchange_of_concert_e(driver, body, chunk):
    wire = ScriptedTransport(_line(body, E_ANSWER), chunk=chunk)
    result = _pay(driver(wire))
    assert (result.outcome, result.authorized_minor) == (Outcome.APPROVED, 1234)
    wire.finish()


def test_caisse_ap_on_a_line_uses_the_same_envelope():
    wire = ScriptedTransport(_line(DEBIT, APPROVED))
    driver = CaisseApSerialTerminal(wire, "own-reference")
    assert _pay(driver).outcome is Outcome.APPROVED
    wire.finish()


def test_a_spoilt_answer_is_asked_for_again():
    good = b"\x02" + E_ANSWER + b"\x03" + check_byte(E_ANSWER + b"\x03")
    script = _line(E_PLUS, E_ANSWER)
    script[3:] = [(b"\x06", good[:-1] + b"\x7f"), (b"\x15", good), (b"\x06", b"\x04")]
    wire = ScriptedTransport(script)
    assert _pay(ConcertEPlusTerminal(wire)).outcome is Outcome.APPROVED
    wire.finish()


def test_a_refused_bid_is_made_again_and_the_body_said_once():
    script = [(b"\x05", b"\x15"), (b"\x04", b""), *_line(E_PLUS, E_ANSWER)]
    wire = ScriptedTransport(script)
    assert _pay(ConcertEPlusTerminal(wire)).outcome is Outcome.APPROVED
    wire.finish()


def test_a_body_that_the_terminal_refuses_was_not_processed():
    wire = ScriptedTransport([(b"\x05", b"\x06"), (wrap(E_PLUS), b"\x15"), (b"\x04", b"")])
    assert _pay(ConcertEPlusTerminal(wire)).outcome is Outcome.NOT_PROCESSED
    wire.finish()


# --- vectors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("delay", "check"), [(b"A010", 2), (b"A011", 3)])
def test_the_check_byte_of_captured_frames(delay, check):
    body = b"0100001234" + b"0" + b"1" + b"0" + b"978" + b" " * 10 + delay + b"B010"
    assert lrc(body + b"\x03") == check == check_byte(body + b"\x03")[0]
    assert wrap(body) == b"\x02" + body + b"\x03" + bytes([check])


@pytest.mark.parametrize("plus", [False, True])
def test_requests_have_their_width(plus):
    body = fixed.encode_request(
        99_999_999, "1", till="01", mode="1", kind="0", currency="978", plus=plus
    )
    assert len(body) == (34 if plus else 26)
    assert body[10:11] == b"0"  # IND: never ask for the card's data
    with pytest.raises(LocalProtocolError):
        fixed.encode_request(
            100_000_000, "1", till="01", mode="1", kind="0", currency="978", plus=plus
        )


def test_card_data_in_an_answer_is_dropped():
    """PCI DSS 3.2: REP is not even looked at."""
    rep = b"4242" * 4 + b" " * 39
    body = E_ANSWER[:12] + rep + E_ANSWER[12:]
    assert len(body) == 80
    assert fixed.parse_answer(body) == fixed.parse_answer(E_ANSWER)


# --- framing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", False),
        (PING, False),  # no AE: not an answer
        (PONG, True),
        (PONG[:-1], False),
        (PONG + b"A", False),
        (PONG + PONG, True),
        (PONG + PING, False),
        (b"CZ004", False),
    ],
)
def test_when_an_answer_may_be_whole(data, whole):
    framer = AnswerFramer()
    framer.receive(data)
    assert framer.whole == whole
    assert (framer.idle() != ()) == whole


@pytest.mark.parametrize(
    "data", [b"cz0040300", b"CZ00X", b"CZ000", b"\x00", b"CZ0040300\r\n", b"9"]
)
def test_what_can_be_no_answer_is_refused_at_once(data):
    with pytest.raises(RemoteProtocolError):
        AnswerFramer().receive(data)


def test_an_answer_has_a_size_limit():
    framer = AnswerFramer()
    framer.receive((b"ZZ999" + b"x" * 999) * (MAX_ANSWER_BYTES // 1004))
    with pytest.raises(RemoteProtocolError):
        framer.receive(b"ZZ999" + b"x" * 999)


@pytest.mark.parametrize("end", range(1, len(APPROVED)))
def test_a_connection_that_ends_early_gives_no_approval(end):
    """Cut anywhere: either an error, or an answer whose values are whole and has its AE."""
    framer = AnswerFramer()
    framer.receive(APPROVED[:end])
    try:
        answers = framer.closed()
    except RemoteProtocolError:
        return
    assert all(parse(answer)["AE"] == "10" for answer in answers)
    assert answers


@given(st.lists(st.integers(0, 10**6), max_size=10), st.integers(1, 3))
def test_split_and_merged_the_answers_are_the_same(cuts, copies):
    data = APPROVED * copies
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    framer = AnswerFramer()
    for a, b in pairwise(places):
        framer.receive(data[a:b])
    assert framer.idle() == (APPROVED,) * copies


TAGS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60)


@given(st.dictionaries(TAGS, VALUES, max_size=8))
def test_what_is_encoded_is_parsed(fields):
    fields = {"CZ": "0300", **fields}
    assert dict(parse(encode(fields))) == fields
    assert dict(nested(encode(fields).decode())) == fields


@pytest.mark.parametrize("value", ["", "x" * 1000, "é", "\n"])
def test_a_value_that_no_message_can_carry_is_our_fault(value):
    with pytest.raises(LocalProtocolError):
        encode({"CZ": value})


@pytest.mark.parametrize(
    "data", [b"", b"CA00201", b"CZ0040300CZ0040300", b"CZ0040300AE0021", b"CZ0040300AE00210x"]
)
def test_a_message_that_breaks_the_rules_is_the_terminals_fault(data):
    with pytest.raises(RemoteProtocolError):
        parse(data)


@given(st.binary(max_size=300))
def test_noise_on_the_line_is_bounded_and_grants_nothing(noise):
    envelope = TillEnvelope()
    with contextlib.suppress(ProtocolError):
        envelope.receive(noise)
    assert envelope.step in (Step.IDLE, Step.TAKEN)
    assert all(len(answer) <= MAX_BODY for answer in envelope.answers)


@pytest.mark.parametrize("body", [b"", b"x" * (MAX_BODY + 1), b"a\x03b"])
def test_a_body_that_would_break_its_frame_is_our_fault(body):
    with pytest.raises(LocalProtocolError):
        wrap(body)


@pytest.mark.parametrize(
    "options", [{"version": "3"}, {"identifier": "1"}, {"application": "cheque"}]
)
def test_a_profile_that_no_message_can_carry_is_refused(options):
    with pytest.raises(ValueError, match="not"):
        Profile(**options)


def test_a_profile_is_chosen_by_name():
    assert profile_named("payxpert").transaction_status
    with pytest.raises(ValueError, match="none of standard"):
        profile_named("x")
