"""USB HID-POS: reports of 64 bytes, symbols of several, and GS kept."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, MAX_SCAN_CHARS, Scan
from drivers.scanner.hidpos_protocol import DATA_BYTES, REPORT_BYTES, ReportDecoder, encode_reports
from drivers.scanner.symbology import Symbology


def report(data: bytes, aim: bytes = b"]E0", *, more: bool = False) -> bytes:
    """A scanned data report, written out as in the usage tables."""
    return bytes((2, len(data))) + aim + data + bytes(56 - len(data)) + bytes((0x0B, 0, int(more)))


LONG = b"0" * DATA_BYTES


@pytest.mark.parametrize(
    ("received", "scans"),
    [
        pytest.param(report(b"4006381333931"), [Scan("4006381333931", "]E0")], id="one"),
        pytest.param(report(b"123", b"\0\0\0"), [Scan("123")], id="without AIM"),
        pytest.param(
            report(LONG, b"]d2", more=True) + report(b"1\x1d21", b"]d2"),
            [Scan("0" * 56 + "1\x1d21", "]d2")],
            id="two reports, GS kept",
        ),
        pytest.param(
            report(LONG, b"]d2", more=True) + report(b"1", b"\0\0\0"),
            [Scan("0" * 56 + "1", "]d2")],
            id="AIM in the first only",
        ),
        pytest.param(
            report(LONG, b"]d2", more=True) + report(b"4006381333931"),
            [LOST, Scan("4006381333931", "]E0")],
            id="the end never came, another symbol did",
        ),
        pytest.param(report(b"") + report(b"12"), [Scan("12", "]E0")], id="an empty report"),
        pytest.param(
            b"\x01\xff" + report(b"12") + b"\x03" * 63 + report(b"34"),
            [Scan("12", "]E0"), Scan("34", "]E0")],
            id="reports of another kind",
        ),
        pytest.param(bytes((2, 57)) + report(b"12")[2:], [], id="more than fits"),
    ],
)
def test_symbols_are_found(received, scans):
    assert ReportDecoder().receive(received) == scans


def test_a_report_is_as_long_as_the_usage_tables_say():
    assert [len(r) for r in encode_reports("x" * 120, "]Q3")] == [REPORT_BYTES] * 3
    assert encode_reports("12", "]E0") == [report(b"12")[:61] + bytes(3)]


def test_a_symbol_whose_next_report_never_comes_is_said_to_be_lost():
    decoder = ReportDecoder()
    assert decoder.receive(report(LONG, more=True)) == []
    assert decoder.unfinished
    assert decoder.pause() == [LOST]
    assert decoder.receive(report(b"12")) == [Scan("12", "]E0")]
    assert decoder.dropped == 1


def test_a_symbol_of_seven_thousand_characters_is_cut_and_said_to_be():
    decoder = ReportDecoder()
    (scan,) = decoder.receive(b"".join(encode_reports("7" * 7089, "]Q1")))
    assert (len(scan.text), scan.too_long, scan.symbology) == (
        MAX_SCAN_CHARS, True, Symbology.QRCODE,
    )  # fmt: skip
    endless = [decoder.receive(report(LONG, more=True)) for _ in range(1000)]
    assert endless == [[]] * 1000
    assert len(decoder.receive(report(b"1"))[0].raw) < 4 * MAX_SCAN_CHARS + 10


def test_more_scans_at_once_than_anybody_can_make_are_dropped():
    decoder = ReportDecoder()
    assert len(decoder.receive(report(b"12") * 100)) == MAX_QUEUED_SCANS
    assert decoder.dropped == 100 - MAX_QUEUED_SCANS


@given(st.binary(max_size=200), st.lists(st.integers(0, 10**6), max_size=10))
def test_split_and_merged_the_scans_are_the_same(noise, cuts):
    """C6."""
    data = noise + b"".join(encode_reports("01" * 70 + "\x1d10", "]d2")) + report(b"12")
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    decoder = ReportDecoder()
    parts = [scan for a, b in pairwise(places) for scan in decoder.receive(data[a:b])]
    assert parts == ReportDecoder().receive(data)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300))
def test_what_is_scanned_arrives(text):
    (scan,) = ReportDecoder().receive(b"".join(encode_reports(text, "]Q1")))
    assert (scan.text, scan.aim) == (text, "]Q1")
