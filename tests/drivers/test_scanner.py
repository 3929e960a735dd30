"""The scanner: whole symbols or none, and no stranger's code does harm."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import Unplugged
from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, MAX_SCAN_CHARS, Scan
from drivers.scanner.serial import GAP_S, SerialScanner
from drivers.scanner.serial_protocol import ScanDecoder, encode_scan
from drivers.simulation import UnknownAction
from drivers.transports.scripted import RecordedTransport


@pytest.mark.parametrize(
    ("received", "scans"),
    [
        pytest.param(b"]E04006381333931\r\n", [Scan("4006381333931", "]E0")], id="CR LF"),
        pytest.param(b"4006381333931\r", [Scan("4006381333931")], id="CR, without AIM"),
        pytest.param(b"]C1011234\x1d10AB\r", [Scan("011234\x1d10AB", "]C1")], id="GS is kept"),
        pytest.param(
            b"]Q1https://x.example/\xc3\xa9\r", [Scan("https://x.example/é", "]Q1")], id="UTF-8"
        ),
        pytest.param(b"]Q1\xe9\r", [Scan("é", "]Q1")], id="Latin-1 where it is no UTF-8"),
        pytest.param(b"1\r2\n3\r\n", [Scan("1"), Scan("2"), Scan("3")], id="several at once"),
        pytest.param(b"\r\n\r\n]E0\r", [], id="nothing is no scan"),
        pytest.param(b"]E\r", [Scan("]E")], id="half an identifier is data"),
        pytest.param(b"a\x00\x1b[2J\tb\r", [Scan("a\x00\x1b[2J\tb")], id="control codes are kept"),
        pytest.param(b"123", [], id="unfinished"),
    ],
)
def test_symbols_are_found(received, scans):
    assert ScanDecoder().receive(received) == scans


def test_a_symbol_of_seven_thousand_characters_is_cut_and_said_to_be():
    decoder = ScanDecoder()
    long, after = decoder.receive(b"]Q1" + b"7" * 7089 + b"\r]E012\r")
    assert (len(long.text), long.too_long, long.aim) == (MAX_SCAN_CHARS, True, "]Q1")
    assert after == Scan("12", "]E0")


def test_noise_without_end_is_held_within_bounds():
    decoder = ScanDecoder()
    for _ in range(100):
        decoder.receive(b"9" * 10_000)
    (scan,) = decoder.receive(b"\r")
    assert (len(scan.text), scan.too_long) == (MAX_SCAN_CHARS, True)


def test_more_scans_at_once_than_anybody_can_make_are_dropped():
    decoder = ScanDecoder()
    assert len(decoder.receive(b"1\r" * 1000)) == MAX_QUEUED_SCANS
    assert decoder.dropped == 1000 - MAX_QUEUED_SCANS


@given(st.binary(max_size=120), st.lists(st.integers(0, 10**6), max_size=10))
def test_split_and_merged_the_scans_are_the_same(data, cuts):
    """C6."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    decoder = ScanDecoder()
    parts = [scan for a, b in pairwise(places) for scan in decoder.receive(data[a:b])]
    assert parts == ScanDecoder().receive(data)


@given(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1, max_size=60))
def test_what_is_scanned_arrives(text):
    (scan,) = ScanDecoder().receive(encode_scan(text, "]Q1"))
    assert (scan.text, scan.aim) == (text, "]Q1")


class _Pausing(RecordedTransport):
    """Plays its pieces with a pause before each; time is the clock's."""

    def __init__(self, clock, pieces, pause_s):
        super().__init__(pieces)
        self._clock = clock
        self._pause_s = pause_s
        self._left_s = 0.0

    def read(self, limit, timeout_s):
        if timeout_s < self._left_s:
            self._clock.now_s += timeout_s
            self._left_s -= timeout_s
            return b""
        self._clock.now_s += self._left_s
        self._left_s = self._pause_s
        return super().read(limit, 0)


@pytest.mark.parametrize(
    ("pause_s", "scans"),
    [(GAP_S / 2, [Scan("12345678")]), (GAP_S * 2, [LOST, Scan("5678")])],
    ids=["a slow line", "half a symbol, then another"],
)
def test_halves_of_different_symbols_are_never_joined(clock, pause_s, scans):
    transport = _Pausing(clock, [b"1234", b"5678\r"], pause_s)
    scanner = SerialScanner(transport, clock)
    scanner.open(1)
    assert [scan for scan in (scanner.read(1), scanner.read(1)) if scan] == scans


def test_a_symbol_cut_by_a_pulled_cable_is_forgotten(bench):
    scanner = SerialScanner(bench.scanner.connect())
    scanner.open(1)
    with bench.scanner.changed:
        bench.scanner._say(b"]E0400638")
    assert scanner.read(0) is None
    bench.control("scanner", "unplug")
    with pytest.raises(Unplugged):
        scanner.read(0)
    bench.control("scanner", "plug")
    scanner.open(1)
    bench.control("scanner", "scan", code="1333931")
    assert scanner.read(1) == Scan("1333931")


def test_ten_scans_a_second_lose_none(bench):
    """S2."""
    scanner = SerialScanner(bench.scanner.connect())
    scanner.open(1)
    for n in range(600):
        bench.control("scanner", "scan", code=f"{n:013}", aim="]E0")
        if n % 50 == 49:
            assert [scanner.read(0).text for _ in range(50)] == [
                f"{m:013}" for m in range(n - 49, n + 1)
            ]


def test_what_is_scanned_while_nobody_listens_is_lost(bench):
    bench.control("scanner", "scan", code="1")
    scanner = SerialScanner(bench.scanner.connect())
    scanner.open(1)
    assert scanner.read(0) is None


@pytest.mark.parametrize("code", ["", "x" * 8001, 12])
def test_the_trigger_refuses_what_is_no_symbol(bench, code):
    with pytest.raises(UnknownAction):
        bench.control("scanner", "scan", code=code)
