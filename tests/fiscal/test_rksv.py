"""The machine-readable code: other people's receipts are read and made again, to the last byte."""

from __future__ import annotations

import base64
import hashlib
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fiscal import rksv

AES_KEY = base64.b64decode("ONRcz49yLDIo2FgwNhe9Q5fSiZFEies97uRMzeAAPkI=")
"""Key of a public test till of another vendor, ``RegKas1``, with the codes it made below."""
OTHERS = [
    ("2015-0000003", 2750, "GFcSnbVWfIw="),
    ("2015-0000004", 4200, "HbazrfakqjI="),
    ("2015-0000005", 5650, "Myra5avKkxs="),
    ("2015-0000006", 5650, "bsH02gJiJH4="),
    ("2015-0000007", 7100, "6LReYsW6VPs="),
]
"""(receipt number, turnover in cents, what that till encrypted)."""
FIRST = (
    "_R1-AT0_RegKas1_2015-0000003_2015-07-01T15:00:00_7,50_7,00_0,00_0,00_0,00"
    "_GFcSnbVWfIw=_123_dpzooBjO1F4="
)
FIRST_PAYLOAD = (
    "X1IxLUFUMF9SZWdLYXMxXzIwMTUtMDAwMDAwM18yMDE1LTA3LTAxVDE1OjAwOjAwXzcsNTBfNywwMF8wLDAwXzAsMDBf"
    "MCwwMF9HRmNTbmJWV2ZJdz1fMTIzX2Rwem9vQmpPMUY0PQ"
)
PRINTED = [
    f"_R1-AT0_{till}_{number}_{time}_{sums}_{tail}"
    for till, number, time, sums, tail in (
        (
            "0003111",
            "0003111001000202404157928",
            "2024-04-15T16:28:54",
            "0,00_13,80_0,00_0,00_0,00",
            "4jJVnlBGlgw=_U:ATU12345678-001_xg2ik+BDjGE=",
        ),
        (
            "633/029",
            "003-2024-04-13T08:54:54MSR7520",
            "2024-04-13T08:54:54",
            "5,20_22,98_11,37_0,00_0,00",
            "H7tLtJNt8y4=_U:ATU12345678-2_iUIdqDTkZTA=",
        ),
        (
            "4820",
            "48200280271447",
            "2018-02-21T11:42:16",
            "0,00_0,00_0,00_1,70_0,00",
            "QEgP4Uo=_S:123456789-01_N4Ks3W2TdlI=",
        ),
    )
]
"""In the forms that shops in Austria print; the companies are invented."""


@pytest.mark.parametrize(("number", "turnover", "encrypted"), OTHERS)
def test_the_turnover_is_encrypted_as_another_vendor_does(number, turnover, encrypted):
    made = rksv.encrypted(turnover, "RegKas1", number, AES_KEY)
    assert base64.b64encode(made).decode() == encrypted
    assert rksv.decrypted(made, "RegKas1", number, AES_KEY) == turnover


def test_a_receipt_is_tied_to_the_one_before_as_another_vendor_does():
    jws = rksv.unsigned(FIRST)
    assert jws.split(".")[:2] == ["eyJhbGciOiJFUzI1NiJ9", FIRST_PAYLOAD]
    assert base64.b64encode(rksv.link_to(jws)).decode() == "EvYwLdR4uNc="


@pytest.mark.parametrize("text", [FIRST, *PRINTED])
def test_what_was_printed_is_read_and_written_the_same(text):
    code = rksv.read_code(text)
    assert code.text() == text
    assert not code.is_zero


def test_a_link_shorter_counter_is_read_too():
    """The law asks for 5 bytes at least; others print as few."""
    assert len(rksv.read_code(PRINTED[2]).turnover) == 5


@pytest.mark.parametrize(
    ("minor", "written"),
    [(0, "0,00"), (5, "0,05"), (123_456_789, "1234567,89"), (-5, "-0,05"), (-1230, "-12,30")],
)
def test_amounts_have_a_comma_and_no_grouping(minor, written):
    assert rksv.amount(minor) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "R1-AT0",
        FIRST.replace("R1-AT0", "R1-AT1"),
        FIRST.replace("7,50", "7.50"),
        FIRST.replace("7,50", "7,5"),
        FIRST.replace("GFcSnbVWfIw=", "GFcSnbVWfIw"),
        FIRST.replace("GFcSnbVWfIw=", "GFc nbVWfIw="),
        FIRST + "_",
        FIRST.removeprefix("_"),
    ],
)
def test_what_is_no_code_is_said_to_be_none(text):
    with pytest.raises(rksv.NoCode):
        rksv.read_code(text)


@pytest.mark.parametrize("jws", ["", "a.b", "eyJhbGciOiJFUzI1NiJ9.*.eHg", "bm9uZQ.bm9uZQ.bm9uZQ"])
def test_what_is_no_jws_is_said_to_be_none(jws):
    with pytest.raises(rksv.NoCode):
        rksv.payload_of(jws)


def test_qr_and_ocr_write_the_same_receipt():
    jws = rksv.unsigned(FIRST)
    signature = base64.b64encode(b"Sicherheitseinrichtung ausgefallen").decode()
    assert rksv.qr_text(jws) == f"{FIRST}_{signature}"
    qr, ocr = rksv.qr_text(jws).split("_"), rksv.ocr_text(jws).split("_")
    for place, (one, other) in enumerate(zip(qr, ocr, strict=True)):
        if place in (10, 12, 13):
            assert base64.b64decode(one) == base64.b32decode(other)
        else:
            assert one == other


def test_the_check_value_of_an_aes_key_is_four_characters_of_its_hash():
    text = base64.b64encode(AES_KEY)
    assert rksv.check_value(AES_KEY) == base64.b64encode(hashlib.sha256(text).digest()[:3]).decode()
    assert len(rksv.check_value(AES_KEY)) == 4


@pytest.mark.parametrize(
    ("gross", "sums"),
    [
        ({2000: 120, 1000: 110, 1300: 113, 0: 100, 1900: 119}, (120, 110, 113, 100, 119)),
        ({490: 1049}, (0, 0, 0, 0, 1049)),
        ({550: 250, 1900: 50}, (0, 0, 0, 0, 300)),
        ({}, (0, 0, 0, 0, 0)),
        ({2000: -120}, (-120, 0, 0, 0, 0)),
    ],
)
def test_a_rate_counts_in_its_column_and_an_unknown_one_is_special(gross, sums):
    """4.9 % of food, from July 2026 on, is special as 5 % was."""
    assert rksv.sums_of(gross, rksv.LAW_RATES) == sums


def test_time_is_local_and_follows_summer_time():
    vienna = ZoneInfo("Europe/Vienna")
    assert rksv.local_iso(1_782_907_200_000, vienna) == "2026-07-01T14:00:00"
    assert rksv.local_iso(1_798_718_400_000, vienna) == "2026-12-31T13:00:00"


NAMES = st.text("ABCabc0123456789-/.", min_size=1, max_size=30)
MINOR = st.integers(-99_999_999, 99_999_999)


@given(
    st.builds(
        rksv.Code,
        till=NAMES,
        number=NAMES,
        time=st.just("2026-11-28T11:18:55"),
        sums=st.tuples(MINOR, MINOR, MINOR, MINOR, MINOR),
        turnover=st.binary(min_size=5, max_size=16),
        key=NAMES,
        link=st.binary(min_size=8, max_size=8),
    )
)
def test_every_code_is_read_as_it_was_written(code):
    assert rksv.read_code(code.text()) == code
    assert rksv.payload_of(rksv.unsigned(code.text())) == code.text()


@given(st.integers(-(2**63), 2**63 - 1), NAMES, NAMES, st.binary(min_size=32, max_size=32))
def test_every_turnover_comes_back(turnover, till, number, key):
    made = rksv.encrypted(turnover, till, number, key)
    assert len(made) == rksv.COUNTER_BYTES
    assert rksv.decrypted(made, till, number, key) == turnover


@given(st.dictionaries(st.integers(0, 10_000), MINOR, max_size=8))
def test_no_amount_is_lost_between_the_columns(gross):
    assert sum(rksv.sums_of(gross, rksv.LAW_RATES)) == sum(gross.values())
