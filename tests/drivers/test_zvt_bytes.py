"""The bytes of ZVT: vectors of the manuals, captures, every way of splitting, and damage."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, LocalProtocolError, RemoteProtocolError
from drivers.payment.zvt import blocks, simulator_wire
from drivers.payment.zvt.apdu import MAX_DATA, Apdu, ApduDecoder
from drivers.payment.zvt.blocks import Answer, Block, BlockDecoder, Damaged, crc, encode_block
from drivers.payment.zvt.dialogue import (
    Aborted,
    Accepted,
    Completed,
    Dialogue,
    Intermediate,
    Refused,
    StopAnswered,
    Strange,
    Stray,
)
from drivers.payment.zvt.elements import bcd, digits, parse_bitmaps
from drivers.payment.zvt.printing import parse_block, parse_line
from drivers.payment.zvt.requests import Requests, ZvtSettings
from drivers.payment.zvt.status import parse_status, parse_totals
from drivers.payment.zvt.tables import Command

MANUAL_APDUS = [
    # PA00P016: completion with a software version.
    "06 0F 0B F0 F0 F7 32 2E 31 34 2E 31 35 00",
    # An authorisation of 10.10, as ecrterm frames it: both 10 are doubled.
    "06 01 0A 04 00 00 00 00 10 10 49 09 78",
]
PAID = (
    "27 00 04 00 00 00 00 20 40 0B 00 04 70 0C 22 39 53 0D 10 06 0E 25 12 17 00 01 19 70"
    "22 F0 F8 EE EE EE EE EE EE 47 71 29 28 00 48 69 2A 31 30 30 34 36 31 37 36 33 20 20 20 20 20"
    "20 3B 36 31 31 38 30 34 00 00 3C F0 F1 F4 47 45 4E 2E 4E 52 2E 3A 36 31 31 38 30 34 49 09 78"
    "87 04 70 88 00 04 70 8A 2E 8B F1 F7 44 65 62 69 74 20 4D 61 73 74 65 72 63 61 72 64 00"
)
"""Captured from a card complete terminal: 20.40, approved."""
PAID_WITH_TLV = (
    "27 00 04 00 00 00 00 20 40 0C 21 09 16 0D 11 01 0E 99 99 22 F0 F8 EE EE EE EE EE EE 47 71 A0"
    "01 29 00 00 00 06 87 00 05 0B 00 00 00 8A 06 8B F1 F1 4D 41 53 54 45 52 43 41 52 44 00 06 2E"
    "2F 08 1F 12 01 01 1F 10 01 03 60 1B 43 07 A0 00 00 00 04 10 10 44 10 44 65 62 69 74 20 4D 61"
    "73 74 65 72 63 61 72 64 1F 2B 04 10 01 60 05"
)
"""Captured from a hobex terminal: trace 000000, the true one in tag 1F2B, host result 01."""
STOPPED = (
    "27 6C 29 28 00 48 69 3C F0 F1 F9 41 62 62 72 75 63 68 20 64 75 72 63 68 20 4B 75 6E 64 65"
)
"""Captured from a card complete terminal: the customer pressed the red key."""


def raw(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def test_the_check_of_the_manual():
    assert crc(b"123456789") == 0x2189
    assert simulator_wire.checksum(b"123456789") == b"\x89\x21"


@pytest.mark.parametrize(
    ("apdu", "block"),
    [
        (MANUAL_APDUS[0], "10 02 06 0F 0B F0 F0 F7 32 2E 31 34 2E 31 35 00 10 03 B1 11"),
        (MANUAL_APDUS[1], "10 02 06 01 0A 04 00 00 00 00 10 10 10 10 49 09 78 10 03 67 D4"),
    ],
)
def test_blocks_of_the_manual(apdu, block):
    """Both sides write it so, and both read it."""
    assert encode_block(raw(apdu)) == raw(block) == simulator_wire.block(raw(apdu))
    assert BlockDecoder().receive(raw(block)) == [Block(raw(apdu))]
    assert simulator_wire.take_block(bytearray(raw(block))) == (
        simulator_wire.Piece.BLOCK,
        raw(apdu),
    )


@pytest.mark.parametrize(
    ("made", "manual"),
    [
        # card complete, registration for tills and kiosks with block print.
        (
            Requests(ZvtSettings("123456", printed_receipts=True)).registration(),
            "06 00 10 12 34 56 BE 09 78 03 01 06 06 26 04 0A 02 06 D3",
        ),
        (Requests(ZvtSettings("123456")).registration(), "06 00 06 12 34 56 3E 09 78"),
        (
            Requests(ZvtSettings()).authorisation(1010, "EUR", None),
            "06 01 0A 04 00 00 00 00 10 10 49 09 78",
        ),
        # Chapter 4: the receipt number that we know, and the zero length of a new installation.
        (
            Requests(ZvtSettings()).authorisation(1, "CHF", "0042"),
            "06 01 11 04 00 00 00 00 00 01 49 07 56 06 05 1F 1F 02 00 42",
        ),
        (
            Requests(ZvtSettings()).authorisation(1, "EUR", ""),
            "06 01 0F 04 00 00 00 00 00 01 49 09 78 06 03 1F 1F 00",
        ),
        (Requests(ZvtSettings("123456")).repeat_receipt(), "06 20 05 12 34 56 03 03"),
        (Requests(ZvtSettings("123456")).status_enquiry(), "05 01 03 12 34 56"),
        (Requests(ZvtSettings("123456")).end_of_day(), "06 50 03 12 34 56"),
        (
            Requests(ZvtSettings("123456")).reversal("0042", 1010, "EUR"),
            "06 30 10 12 34 56 87 00 42 04 00 00 00 00 10 10 49 09 78",
        ),
        (
            Requests(ZvtSettings("123456")).refund(1010, "EUR"),
            "06 31 0D 12 34 56 04 00 00 00 00 10 10 49 09 78",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, Apdu) else "",
)
def test_commands_of_the_manual(made, manual):
    assert made.encode() == raw(manual)


def test_a_captured_approval():
    said = parse_status(raw(PAID))
    assert (said.performed, said.amount_minor, said.currency) == (True, 2040, "EUR")
    assert said.marks == {"receipt": "0470", "trace": "000470", "turnover": "000470"}
    assert (said.terminal_id, said.contract, said.approval) == ("28004869", "100461763", "611804")
    assert (said.last4, said.card_name) == ("4771", "Debit Mastercard")
    assert (said.date, said.time, said.text) == ("1006", "223953", "GEN.NR.:611804")


def test_a_captured_approval_with_a_container():
    said = parse_status(raw(PAID_WITH_TLV))
    assert (said.performed, said.host_result, said.amount_minor) == (True, 1, 2040)
    assert (said.trace, said.receipt) == ("10016005", "0005")
    assert (said.aid, said.entry) == ("A0000000041010", "chip")


def test_a_captured_stop():
    said = parse_status(raw(STOPPED))
    assert (said.performed, said.code, said.text) == (False, "6C", "Abbruch durch Kunde")


@pytest.mark.parametrize(("host", "performed"), [("A0", False), ("AF", False), ("00", True)])
def test_a_refusal_of_the_host_hides_behind_a_good_result(host, performed):
    """Host codes A0 to AF come as 27 00 and A0 xx."""
    said = parse_status(raw(f"27 00 A0 {host}"))
    assert said.performed is performed
    assert said.code == ("00" if performed else host)


def test_what_must_not_leave_the_driver_is_not_in_a_status_information():
    """PCI DSS 3.3.1: expiry, tracks and chip data are passed over, of a whole number 4 digits."""
    number = "4242" * 4
    data = f"27 00 0E 29 12 22 F0 F8 {number} 23 F0 F2 99 99 24 F0 F0 F2 99 99 2D F0 F2 99 99"
    said = parse_status(raw(data))
    assert said.last4 == "4242"
    assert not {"2912", "9999", number} & set(repr(said).split("'"))


@pytest.mark.parametrize(
    "data",
    [
        *("27", "04 00 00", "22 F0 F8 00", "22 08 00", "EE 00", "04 00 00 00 00 00 0A"),
        *("06 84 00", "0B 0A 00 00", "06 03 43 07 A0"),
    ],
)
def test_data_that_breaks_the_tables_is_the_terminals_fault(data):
    with pytest.raises(RemoteProtocolError):
        parse_status(raw(data))


def test_the_original_trace_is_read_in_both_of_its_forms():
    assert parse_bitmaps(raw("37 00 04 70"))[0x37] == raw("000470")
    assert parse_bitmaps(raw("37 F0 F0 F3 00 04 70"))[0x37] == raw("000470")


def test_individual_totals():
    """Layout of BMP 60: receipts, then count and turnover of seven kinds of cards."""
    value = raw("00 68 00 71 04 00 00 00 00 26 00" + "02 00 00 00 00 00 50" + "00" * 35)
    totals = parse_totals(value)
    assert (totals.first_receipt, totals.last_receipt) == ("0068", "0071")
    assert (totals.count, totals.total_minor) == (6, 2650)
    with pytest.raises(RemoteProtocolError):
        parse_totals(value[:-1])


def test_printed_lines():
    """06 D3 as captured, shortened: a cardholder's receipt of two lines."""
    data = raw("06 12 1F 07 01 02 25 0C 07 03 66 81 72 07 01 20 09 01 81 00")
    with pytest.raises(RemoteProtocolError):
        parse_block(data)
    printed = parse_block(raw("06 11 1F 07 01 02 25 0B 07 03 66 81 72 07 01 20 09 01 81"))
    assert (printed.receipt, printed.lines) == (2, ("für", ""))
    assert parse_line(raw("80 48 61 6C 6C 6F")).lines == ("Hallo",)
    assert parse_line(b"\xff").lines == ()


@given(st.integers(0, 10**12 - 1))
def test_digits_are_packed_and_unpacked(number):
    assert int(digits(bcd(number, 6))) == number
    assert simulator_wire.unpacked(bcd(number, 6)) == number
    assert simulator_wire.packed(number, 6) == bcd(number, 6)


def test_a_number_that_does_not_fit_is_our_fault():
    with pytest.raises(LocalProtocolError):
        bcd(10**12, 6)
    with pytest.raises(LocalProtocolError):
        Apdu(0x0601, bytes(MAX_DATA + 1)).encode()


APDUS = st.lists(st.builds(Apdu, st.integers(0, 0xFFFF), st.binary(max_size=600)), max_size=6)
CUTS = st.lists(st.integers(0, 10**6), max_size=12)


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(APDUS, CUTS)
def test_apdus_are_found_however_they_are_split(apdus, cuts):
    data = b"".join(apdu.encode() for apdu in apdus)
    decoder = ApduDecoder()
    assert [a for piece in _pieces(data, cuts) for a in decoder.receive(piece)] == apdus
    buffer, said = bytearray(data), []
    while (one := simulator_wire.take_message(buffer)) is not None:
        said.append((one.control, one.data))
    assert said == [(apdu.control, apdu.data) for apdu in apdus]


STREAM = st.lists(
    st.builds(encode_block, st.binary(max_size=40)) | st.sampled_from([b"\x06", b"\x15", b"\x55"]),
    max_size=6,
)


@given(STREAM, CUTS)
def test_blocks_are_found_however_they_are_split(stream, cuts):
    data = b"".join(stream)
    decoder = BlockDecoder()
    split = [arrival for piece in _pieces(data, cuts) for arrival in decoder.receive(piece)]
    assert split == BlockDecoder().receive(data)
    assert sum(isinstance(one, Block) for one in split) == sum(len(one) > 1 for one in stream)


@given(st.binary(min_size=1, max_size=30), st.integers(0, 10**6), st.integers(0, 7))
def test_a_block_with_one_bit_turned_never_arrives_as_another(payload, place, bit):
    block = bytearray(encode_block(payload))
    block[place % len(block)] ^= 1 << bit
    arrived = [one for one in BlockDecoder().receive(bytes(block)) if isinstance(one, Block)]
    assert arrived in ([], [Block(payload)])


def test_a_pause_inside_a_block_damages_it():
    """T1."""
    decoder = BlockDecoder()
    decoder.receive(raw("10 02 06 0F"))
    assert decoder.inside
    assert decoder.pause() == Damaged()
    assert decoder.receive(b"\x06" + encode_block(b"\x80\x00\x00")) == [
        Answer(True),
        Block(b"\x80\x00\x00"),
    ]
    assert blocks.MAX_REPEATS == 2


def test_an_apdu_that_claims_too_much_is_the_terminals_fault():
    with pytest.raises(RemoteProtocolError):
        ApduDecoder().receive(raw("04 0F FF FF FF"))


DIALOGUES = [
    # state before, what came, event, state after
    ("idle", "80 00", "", Stray(), "idle"),
    ("idle", "04 0F", "27 00", Stray(), "idle"),
    ("asked", "80 00", "", Accepted(), "running"),
    ("asked", "84 00", "", Accepted(), "running"),
    ("asked", "84 9C", "", Refused(0x9C), "idle"),
    ("asked", "04 FF", "0A", Intermediate("insert_card", "", None), "running"),
    ("running", "04 FF", "45 03", Intermediate("remove_card", "", 3), "running"),
    (
        "running",
        "04 FF",
        "FF 00 06 05 24 03 07 01 41",
        Intermediate("text", "A", 0),
        "running",
    ),
    ("running", "06 0F", "", Completed(b""), "idle"),
    ("running", "06 1E", "6C", Aborted(0x6C), "idle"),
    ("running", "06 1E", "", Aborted(0xFF), "idle"),
    ("running", "80 00", "", Stray(), "running"),
    ("running", "06 E0", "", Strange(), "running"),
]


@pytest.mark.parametrize("case", DIALOGUES, ids=lambda case: f"{case[0]} {case[1]}")
def test_the_table_of_a_dialogue(case):
    before, control, data, event, after = case
    dialogue = Dialogue()
    if before != "idle":
        dialogue.begin(Apdu(Command.AUTHORISATION))
    if before == "running":
        dialogue.receive(Apdu(Command.POSITIVE))
    assert dialogue.receive(Apdu(int.from_bytes(raw(control), "big"), raw(data))) == event
    assert dialogue.state == after


def test_a_stop_is_answered_once():
    dialogue = Dialogue()
    with pytest.raises(LocalProtocolError):
        dialogue.stop()
    dialogue.begin(Apdu(Command.AUTHORISATION))
    with pytest.raises(LocalProtocolError):
        dialogue.begin(Apdu(Command.AUTHORISATION))
    dialogue.receive(Apdu(Command.POSITIVE))
    assert dialogue.stop() == Apdu(Command.ABORT_REQUEST)
    assert dialogue.receive(Apdu(Command.NEGATIVE | 0x83)) == StopAnswered(False)
    assert dialogue.receive(Apdu(Command.NEGATIVE | 0x83)) == Stray()


@given(st.binary(max_size=80))
def test_any_bytes_as_data_are_read_or_refused_with_our_own_error(data):
    refused = []
    for read in (parse_status, parse_block, parse_line, parse_totals):
        try:
            read(data)
        except DriverError as error:
            refused.append(error)
    assert all(isinstance(error, RemoteProtocolError) for error in refused)
