"""The simple POI protocol under attack: mutated answers never become money."""

from __future__ import annotations

import os
import random
import zlib
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import LocalProtocolError, RemoteProtocolError
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.payment.simple.protocol import (
    MAX_BODY,
    FrameDecoder,
    encode_frame,
    parse_reply,
)
from drivers.payment.transaction import Transaction
from drivers.payment.waits import Waits

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
MUTATIONS = 10_000 if FULL else 2_000
REQUEST = Request("a", "R000001", Operation.PAYMENT, 1234, "EUR")
APPROVED = asdict(
    Transaction(
        ref="R000001",
        op="payment",
        amount=1234,
        currency="EUR",
        outcome="approved",
        authorized=1234,
        transaction="T-000001",
        approval="A00001",
        terminal="SIM00001",
    )
)


def test_a_frame_is_as_documented():
    frame = encode_frame({"n": 1})
    assert frame == b'\x02\x00\x07{"n":1}' + frame[-5:-1] + b"\x03"
    assert FrameDecoder().receive(frame) == [{"n": 1}]


def test_a_message_that_is_too_long_is_our_fault():
    with pytest.raises(LocalProtocolError):
        encode_frame({"text": "x" * MAX_BODY})


FRAMES = st.lists(
    st.builds(lambda n: encode_frame({"n": n}), st.integers(0, 9)) | st.binary(max_size=20),
    max_size=8,
).map(b"".join)


@given(FRAMES, st.lists(st.integers(0, 10**6), max_size=10))
def test_split_and_merged_the_messages_are_the_same(data, cuts):
    """C6."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    decoder = FrameDecoder()
    parts = [message for a, b in pairwise(places) for message in decoder.receive(data[a:b])]
    assert parts == FrameDecoder().receive(data)


@given(st.binary(max_size=200))
def test_after_noise_the_next_messages_are_found(noise):
    """C5: a false beginning hides at most one frame's length."""
    decoder = FrameDecoder()
    decoder.receive(noise)
    messages = decoder.receive(bytes(MAX_BODY + 8) + encode_frame({"n": 7}))
    assert messages[-1] == {"n": 7}


@pytest.mark.parametrize(
    "body",
    [b"[]", b"1", b"{", b"\xff", b"[" * 8000, b"null"],
)
def test_a_frame_that_holds_no_object_is_skipped(body):
    counted = len(body).to_bytes(2, "big") + body
    frame = b"\x02" + counted + zlib.crc32(counted).to_bytes(4, "big") + b"\x03"
    assert FrameDecoder().receive(frame + encode_frame({"n": 1}))[-1] == {"n": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "state"},
        {"type": "explode", "n": 1},
        {"type": "abort", "n": 1, "accepted": 1},
        {"type": "result", "n": 1},
        {"type": "result", "n": 1, "transaction": []},
        {"type": "result", "n": 1, "transaction": {**APPROVED, "amount": 12.34}},
        {"type": "result", "n": 1, "transaction": {**APPROVED, "amount": "1234"}},
        {"type": "result", "n": 1, "transaction": {**APPROVED, "authorized": True}},
        {"type": "result", "n": 1, "transaction": {**APPROVED, "authorized": -1}},
        {"type": "result", "n": 1, "transaction": {**APPROVED, "slip": ["x" * 121]}},
        {"type": "record", "n": 1, "state": "maybe", "busy": ""},
        {"type": "news", "n": -1, "kind": "pin", "text": ""},
    ],
)
def test_a_reply_that_breaks_the_protocol_is_the_terminals_fault(body):
    with pytest.raises(RemoteProtocolError):
        parse_reply(body)


class Liar:
    """A terminal that answers a payment with given bytes, and forgets it. Time is the clock's."""

    def __init__(self, clock, lie):
        self._clock = clock
        self._lie = lie
        self._decoder = FrameDecoder()
        self._out = bytearray()
        self.acks = 0

    def open(self, timeout_s):
        self._decoder = FrameDecoder()
        self._out.clear()

    def write(self, data, timeout_s):
        for message in self._decoder.receive(data):
            self._out += self._answer(message["n"], message["type"])

    def _answer(self, n, kind):
        self.acks += kind == "ack"
        match kind:
            case "hello":
                return encode_frame(
                    {
                        "type": "hello",
                        "n": n,
                        "terminal": "SIM00001",
                        "model": "Liar",
                        "commit_by_ack": False,
                    }
                )
            case "status":
                return encode_frame({"type": "state", "n": n, "busy": "", "last": "", "trace": ""})
            case "payment":
                return self._lie(n)
            case "enquire":
                return encode_frame({"type": "record", "n": n, "state": "none", "busy": ""})
        return b""

    def read(self, limit, timeout_s):
        if not self._out:
            self._clock.now_s += timeout_s
        data = bytes(self._out[:limit])
        del self._out[:limit]
        return data

    def close(self):
        self._out.clear()


def _pay(clock, lie):
    waits = Waits(connect_s=1, answer_s=0.2, recover_s=0.5, retry_s=0, slice_s=0.2)
    terminal = Liar(clock, lie)
    poi = SimplePaymentTerminal(terminal, waits, clock)
    committed = []
    result = poi.payment(REQUEST, committed.append, lambda _: None, 1.0)
    return result, committed, terminal


def _result(n, **changes):
    return encode_frame({"type": "result", "n": n, "transaction": {**APPROVED, **changes}})


def test_the_truth_is_believed(clock):
    result, committed, terminal = _pay(clock, _result)
    assert result.outcome is Outcome.APPROVED
    assert (committed, terminal.acks) == ([result], 1)


def test_mutated_frames_are_never_booked(clock):
    """R3 and R4: flipped, lost, doubled and inserted bytes; only our own words come back."""
    dice = random.Random(2000)

    def mutate(n):
        frame = bytearray(_result(n))
        for _ in range(dice.randint(1, 4)):
            frame = frame or bytearray(b"0")
            place = dice.randrange(len(frame))
            match dice.randrange(4):
                case 0:
                    frame[place] ^= 1 << dice.randrange(8)
                case 1:
                    del frame[place]
                case 2:
                    frame.insert(place, dice.randrange(256))
                case 3:
                    del frame[place:]
                    frame += b"\x03"
        return bytes(frame) if bytes(frame) != _result(n) else b""

    for _ in range(MUTATIONS):
        result, committed, terminal = _pay(clock, mutate)
        assert result.outcome in (Outcome.UNKNOWN, Outcome.NOT_PROCESSED)
        assert (committed, terminal.acks) == ([], 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": "R000002"},
        {"ref": ""},
        {"op": "refund"},
        {"op": ""},
        {"amount": 1233},
        {"currency": "USD"},
        {"authorized": 1233},
        {"authorized": 1235},
        {"authorized": 0},
        {"approval": ""},
        {"transaction": ""},
        {"outcome": "APPROVED"},
        {"outcome": "ok"},
        {"outcome": "partial"},
        {"outcome": "partial", "authorized": 0},
        {"outcome": "partial", "authorized": 1235},
    ],
    ids=str,
)
def test_an_approval_that_does_not_match_is_unknown(clock, changes):
    """R3."""
    result, committed, terminal = _pay(clock, lambda n: _result(n, **changes))
    assert result.outcome is Outcome.UNKNOWN
    assert result.evidence
    assert (committed, terminal.acks) == ([], 0)


def test_a_refusal_counts_with_the_reference_alone(clock):
    """Terminals leave the rest out of refusals."""
    bare = {"outcome": "declined", "amount": 0, "currency": "", "op": "", "authorized": 0}
    assert _pay(clock, lambda n: _result(n, **bare))[0].outcome is Outcome.DECLINED


@pytest.mark.parametrize("n_off", [-1, 1, 1000])
def test_an_answer_to_another_question_is_not_ours(clock, n_off):
    result, committed, _ = _pay(clock, lambda n: _result(n + n_off))
    assert result.outcome is Outcome.NOT_PROCESSED
    assert committed == []


@pytest.mark.parametrize("copies", [2, 50])
def test_an_approval_said_twice_is_booked_once(clock, copies):
    _, committed, terminal = _pay(clock, lambda n: _result(n) * copies)
    assert (len(committed), terminal.acks) == (1, 1)
