"""The flight recorder: what was said is kept, masked, bounded, written down and played again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_numbers import StreamScrubber, luhn_valid, scrub_bytes
from drivers.errors import Claimed, TransportTimeout, Unplugged
from drivers.flight import FlightRecorder, RecordingTransport
from drivers.simulators import Bench
from drivers.transports.address import open_transport
from drivers.transports.exchange import (
    BadExchange,
    Piece,
    Way,
    pairs_of,
    parse_exchange,
    write_exchange,
)
from drivers.transports.replay import ReplayTransport


class Partner:
    """A device that says what it is told to, piece by piece."""

    def __init__(self, says=()):
        self.says = list(says)
        self.fails = None

    def open(self, timeout_s):
        if self.fails:
            raise self.fails

    def write(self, data, timeout_s):
        if self.fails:
            raise self.fails

    def read(self, limit, timeout_s):
        if self.fails:
            raise self.fails
        return self.says.pop(0) if self.says else b""

    def close(self):
        self.fails = Unplugged("it is closed")


def recorded(steps, recorder):
    """Write and read as ``steps`` say."""
    partner = Partner([data for way, data in steps if way is Way.FROM])
    transport = RecordingTransport(partner, recorder)
    transport.open(1)
    for way, data in steps:
        if way is Way.TO:
            transport.write(data, 1)
        else:
            transport.read(4096, 1)
    transport.close()


def replayed(steps, text):
    """Do again what ``steps`` did, with a recording for a device; return what came."""
    transport = ReplayTransport(parse_exchange(text))
    transport.open(1)
    heard = []
    for way, data in steps:
        if way is Way.TO:
            transport.write(data, 1)
        else:
            heard.append(transport.read(4096, 1))
    return bytes(transport.written), heard, transport.finished


STEPS = st.lists(
    st.tuples(st.sampled_from([Way.TO, Way.FROM]), st.binary(min_size=1, max_size=8)), max_size=30
).filter(lambda steps: b"".join(data for _, data in steps).translate(None, b"0123456789 -\xa0"))


@given(STEPS)
def test_what_is_recorded_is_played_back_in_the_same_pieces_and_order(steps):
    recorder = FlightRecorder("printer")
    recorded(steps, recorder)
    written, heard, finished = replayed(steps, recorder.text())
    assert written == scrubbed(data for way, data in steps if way is Way.TO)
    assert b"".join(heard) == scrubbed(data for way, data in steps if way is Way.FROM)
    assert list(map(len, heard)) == [len(data) for way, data in steps if way is Way.FROM]
    assert finished


def scrubbed(pieces):
    return scrub_bytes(b"".join(pieces))


@given(STEPS)
def test_a_trace_file_holds_what_the_recorder_holds(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("trace") / "printer.txt"
    recorder = FlightRecorder("printer")
    trace = recorder.record_to(path)
    recorded(steps, recorder)
    trace.stop()
    trace.stop()
    recorder.note(Way.TO, b"after")
    kept = [(piece.way, piece.data) for piece in recorder.pieces()[:-1]]
    assert [(piece.way, piece.data) for piece in parse_exchange(path.read_text())] == kept


# --- card numbers ---------------------------------------------------------------------------------


def _card(digits):
    return next(digits + str(d) for d in range(10) if luhn_valid(digits + str(d)))


CARDS = st.from_regex(r"[1-9][0-9]{10,17}", fullmatch=True).map(_card)


@given(
    CARDS,
    st.sampled_from(["", " ", "-"]),
    st.integers(1, 6),
    st.binary(max_size=20),
    st.data(),
)
def test_a_card_number_is_masked_however_the_stream_is_cut(card, mark, group, before, data):
    shown = mark.join(card[at : at + group] for at in range(0, len(card), group))
    stream = before + b"=" + shown.encode() + b"=\r"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=len(stream))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    recorder = FlightRecorder("poi")
    for piece in pieces:
        recorder.note(Way.FROM, piece)
        recorder.note(Way.TO, b"\x06")
    kept = b"".join(piece.data for piece in recorder.pieces() if piece.way is Way.FROM)
    assert kept == scrub_bytes(stream)
    digits = re.sub(rb"\D", b"", kept[len(before) : len(before) + len(shown) + 2])
    assert digits == card[-4:].encode()


@given(st.lists(st.binary(max_size=12), max_size=20), st.booleans())
def test_cutting_a_stream_makes_no_difference_to_what_is_masked(pieces, packed):
    scrubber = StreamScrubber(packed=packed)
    early = [done for piece in pieces for done in scrubber.feed(piece)]
    masked = early + scrubber.finish()
    assert list(map(len, masked)) == list(map(len, pieces))
    assert b"".join(masked) == scrub_bytes(b"".join(pieces), packed=packed)


@given(st.lists(st.sampled_from([b"4", b"42", b"0 ", b"-1", b"9999", b"x"]), max_size=60))
def test_long_rows_of_digits_are_masked_alike_however_they_are_cut(pieces):
    scrubber = StreamScrubber()
    masked = [done for piece in pieces for done in scrubber.feed(piece)] + scrubber.finish()
    assert b"".join(masked) == scrub_bytes(b"".join(pieces))


@given(CARDS.filter(lambda card: len(card) % 2 == 0))
def test_a_packed_card_number_of_a_payment_terminal_is_masked(card):
    recorder = FlightRecorder("poi", packed=True)
    packed = bytes.fromhex(card)
    recorder.note(Way.FROM, b"\xf0" + packed[:3])
    recorder.note(Way.FROM, packed[3:] + b"\xf0")
    kept = b"".join(piece.data for piece in recorder.pieces()).hex()
    assert kept == "f0" + "e" * (len(card) - 4) + card[-4:] + "f0"


def test_what_is_left_of_a_number_whose_beginning_was_dropped_is_hidden():
    card = _card("4" * 15)
    recorder = FlightRecorder("poi", max_bytes=1)
    recorder.note(Way.FROM, card[:4].encode())
    recorder.note(Way.FROM, card[4:].encode() + b"=1")
    assert [piece.data for piece in recorder.pieces()] == [b"************=1"]


# --- limits and counters --------------------------------------------------------------------------


def test_it_keeps_the_last_minutes_and_the_last_bytes(clock):
    recorder = FlightRecorder("scale", clock, max_bytes=1000, max_s=60)
    recorder.note(Way.FROM, b"old")
    clock.now_s += 61
    recorder.note(Way.FROM, b"new")
    assert [piece.data for piece in recorder.pieces()] == [b"new"]
    for n in range(100):
        recorder.note(Way.FROM, bytes([n]) * 36)
    assert [piece.data[0] for piece in recorder.pieces()] == list(range(90, 100))
    recorder.note(Way.FROM, bytes(5000))
    assert [len(piece.data) for piece in recorder.pieces()] == [5000]


def test_it_counts_what_happens_to_a_device():
    recorder = FlightRecorder("printer")
    partner = Partner([b"abc"])
    transport = RecordingTransport(partner, recorder)
    transport.open(1)
    transport.write(b"12345", 1)
    transport.read(10, 1)
    partner.fails = TransportTimeout("full", bytes_sent=2)
    with pytest.raises(TransportTimeout):
        transport.write(b"12345", 1)
    partner.fails = Unplugged("gone")
    for _ in range(2):
        with pytest.raises(Unplugged):
            transport.read(10, 1)
    partner.fails = None
    transport.open(1)
    transport.close()
    with pytest.raises(Unplugged):
        transport.read(10, 1)
    partner.fails = Claimed("taken")
    with pytest.raises(Claimed):
        transport.open(1)
    count = recorder.statistics
    assert (count.opens, count.losses, count.bytes_in, count.bytes_out) == (2, 1, 3, 7)
    said = [(str(piece.way), piece.data) for piece in recorder.pieces()]
    assert said == [
        ("!", b"opened"),
        (">", b"12345"),
        ("<", b"abc"),
        (">", b"12"),
        ("!", b"timeout"),
        ("!", b"unplugged"),
        ("!", b"opened"),
        ("!", b"closed"),
    ]


def test_a_trace_on_a_full_disk_ends_and_the_device_goes_on(tmp_path):
    recorder = FlightRecorder("printer")
    trace = recorder.record_to(tmp_path / "printer.txt")
    trace._file.close()
    trace._file = Path("/dev/full").open("w")  # noqa: SIM115 - the trace closes it
    recorder.note(Way.TO, b"x")
    assert trace.error == "No space left on device"
    recorder.note(Way.TO, b"y")
    trace.stop()
    assert [piece.data for piece in recorder.pieces()] == [b"x", b"y"]


def test_a_trace_that_cannot_begin_says_so_and_never_writes_over_another(tmp_path):
    path = tmp_path / "printer.txt"
    path.write_text("evidence")
    recorder = FlightRecorder("printer")
    with pytest.raises(FileExistsError):
        recorder.record_to(path)
    with pytest.raises(FileNotFoundError):
        recorder.record_to(tmp_path / "no" / "such" / "folder")
    assert path.read_text() == "evidence"


def test_a_trace_does_not_wait_for_ever_for_the_end_of_a_number(tmp_path):
    path = tmp_path / "scale.txt"
    recorder = FlightRecorder("scale")
    trace = recorder.record_to(path)
    recorder.note(Way.FROM, b"12")
    for _ in range(1500):
        recorder.note(Way.TO, b"W\r")
    assert len(path.read_text().splitlines()) > 1000
    trace.stop()
    assert len(parse_exchange(path.read_text())) == 1501


def test_a_simulated_device_is_recorded_and_its_recording_is_understood(tmp_path):
    from drivers.printer.escpos import EscposPrinter

    bench, recorder = Bench(), FlightRecorder("printer")
    printer = EscposPrinter(open_transport("sim:printer", bench.simulators, recorder))
    seen = printer.open(1)
    printer.close()
    path = tmp_path / "printer.txt"
    path.write_text(recorder.text("a printer of ours"))
    again = EscposPrinter(open_transport(f"trace:{path}", {}))
    status = again.open(1)
    again.close()
    assert (status.health, status.reasons, status.detail) == (
        seen.health,
        seen.reasons,
        seen.detail,
    )


# --- the file -------------------------------------------------------------------------------------

PIECES = [
    Piece(Way.NOTE, b"opened", 5.0),
    Piece(Way.TO, b"\x10\x04\x01", 5.25),
    Piece(Way.FROM, b"\x16", 5.5),
    Piece(Way.NOTE, b"unplugged", 6.0),
]
TEXT = """reprise-exchange 1
# TM-T20III, firmware 1.2
! 0.000000 opened
> 0.250000 10 04 01
< 0.500000 16
! 1.000000 unplugged
"""


def test_an_exchange_is_written_so_that_people_can_read_it():
    assert write_exchange(PIECES, "TM-T20III, firmware 1.2") == TEXT
    assert [(p.way, p.data) for p in parse_exchange(TEXT)] == [(p.way, p.data) for p in PIECES]


def test_an_exchange_written_by_hand_needs_no_times_and_may_be_remarked():
    pieces = parse_exchange(
        "reprise-exchange 1\n\n> 1b40  # initialise\n>10\n< 16\n".replace(">1", "> 1")
    )
    assert pairs_of(pieces) == [(b"\x1b\x40\x10", b"\x16")]


def test_a_conversation_may_begin_with_the_device():
    pieces = [
        Piece(Way.FROM, b"hi"),
        Piece(Way.TO, b"a"),
        Piece(Way.TO, b"b"),
        Piece(Way.FROM, b"1"),
    ]
    assert pairs_of(pieces) == [(b"", b"hi"), (b"ab", b"1")]


def test_a_plug_pulled_in_a_recording_is_pulled_again():
    transport = ReplayTransport(PIECES)
    transport.open(1)
    transport.write(b"\x10\x04\x01", 1)
    assert transport.read(10, 1) == b"\x16"
    with pytest.raises(Unplugged):
        transport.read(10, 1)
    with pytest.raises(Unplugged):
        transport.write(b"x", 1)
    transport.open(1)
    assert transport.read(10, 1) == b""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1"),
        ("something else\n", "line 1: a recording begins with"),
        ("reprise-exchange 1\n= 10\n", "line 2: '=' is none of > < !"),
        ("reprise-exchange 1\n> 1\n", "line 2: bytes are pairs"),
        ("reprise-exchange 1\n> zz\n", "line 2: bytes are pairs"),
        ("reprise-exchange 1\n>\n", "line 2: there are no bytes"),
        ("reprise-exchange 1\n! 0.1 exploded\n", "line 2: an event is one of opened, closed"),
    ],
)
def test_a_bad_line_is_named(text, sentence):
    with pytest.raises(BadExchange, match=sentence):
        parse_exchange(text)
