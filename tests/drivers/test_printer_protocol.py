"""What a printer says, byte by byte, against the manuals' samples."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.protocol import (
    MAX_BLOCK,
    AutoStatus,
    Block,
    Cleared,
    ProcessId,
    QueuedStatus,
    RealTimeStatus,
    StatusDemultiplexer,
)

READY = bytes.fromhex("1400000f")
NO_PAPER = bytes.fromhex("1c000c0f")


@pytest.mark.parametrize(
    ("received", "events"),
    [
        pytest.param("12", [RealTimeStatus(0x12)], id="DLE EOT, from the manual"),
        pytest.param("1400000f", [AutoStatus(READY)], id="automatic status, from the manual"),
        pytest.param(
            "14 13 00 11 00 0f",
            [AutoStatus(READY)],
            id="XON inside automatic status",
        ),
        pytest.param("11 13 12", [RealTimeStatus(0x12)], id="flow control is skipped"),
        pytest.param("00 0c 03", [QueuedStatus(0), QueuedStatus(12), QueuedStatus(3)], id="GS r"),
        pytest.param("5f 4d 31 00", [Block(0x5F, b"M1")], id="GS I 67"),
        pytest.param("37 22 30 30 31 4d 00", [ProcessId("001M")], id="GS ( H 48"),
        pytest.param("37 25 00", [Cleared()], id="DLE DC4 8"),
        pytest.param("37 22 30 30 00", [Block(0x37, b"\x2200")], id="a short process id is none"),
        pytest.param(
            "37 22 30 30 1d 4d 00 12",
            [Block(0x37, b"\x2200\x1dM"), RealTimeStatus(0x12)],
            id="a process id with a control code is none",
        ),
        pytest.param("90 80 12", [RealTimeStatus(0x12)], id="bytes that fit nothing are skipped"),
        pytest.param("10 12", [RealTimeStatus(0x12)], id="automatic status cut by another answer"),
    ],
)
def test_answers_are_told_apart(received, events):
    assert StatusDemultiplexer().receive(bytes.fromhex(received)) == events


def test_automatic_status_between_the_bytes_of_nothing_else_is_kept_in_order():
    stream = bytes.fromhex("12 1c000c0f 3722303031 4d00 372500 1400000f 00")
    assert StatusDemultiplexer().receive(stream) == [
        RealTimeStatus(0x12),
        AutoStatus(NO_PAPER),
        ProcessId("001M"),
        Cleared(),
        AutoStatus(READY),
        QueuedStatus(0),
    ]


@pytest.mark.parametrize(
    ("data", "true"),
    [
        ("1400000f", {"drawer_high"}),
        ("1c000c0f", {"drawer_high", "offline", "paper_out"}),
        ("3800000f", {"offline", "cover_open"}),
        ("1000030f", {"near_end"}),
        ("1008000f", {"cutter_error"}),
        ("1020000f", {"unrecoverable"}),
        ("1040000f", {"recoverable"}),
    ],
)
def test_bits_of_automatic_status(data, true):
    status = AutoStatus(bytes.fromhex(data))
    names = (
        "drawer_high",
        "offline",
        "cover_open",
        "recoverable",
        "cutter_error",
        "unrecoverable",
        "near_end",
        "paper_out",
    )
    assert {name for name in names if getattr(status, name)} == true


def test_a_block_without_end_does_not_grow():
    demultiplexer = StatusDemultiplexer()
    demultiplexer.receive(b"\x5f" * 10 * MAX_BLOCK)
    assert demultiplexer.rubbish >= 9 * MAX_BLOCK


def _split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


ANSWERS = st.lists(
    st.sampled_from(
        [
            b"\x12",
            READY,
            NO_PAPER,
            b"\x0c",
            b"\x5fMODEL\0",
            b"\x37\x22001M\0",
            b"\x37\x25\0",
            b"\x11",
            b"\x13",
            b"\xff",
            b"\x37\x23\x31\0",
        ]
    ),
    max_size=30,
).map(b"".join)


@given(ANSWERS | st.binary(max_size=200), st.lists(st.integers(0, 10**6), max_size=12))
def test_split_and_merged_the_answers_are_the_same(data, cuts):
    """C6."""
    whole = StatusDemultiplexer().receive(data)
    parts = StatusDemultiplexer()
    assert [event for piece in _split(data, cuts) for event in parts.receive(piece)] == whole


@given(st.binary(max_size=300))
def test_after_noise_the_next_answers_are_found(noise):
    """C5: what noise began can hide at most one block."""
    demultiplexer = StatusDemultiplexer()
    demultiplexer.receive(noise)
    events = demultiplexer.receive(b"\0" * 3 + READY * 2 + b"\x37\x22001M\0")
    assert events[-1] == ProcessId("001M")
