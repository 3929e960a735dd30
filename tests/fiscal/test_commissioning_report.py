"""The signed commissioning report: one form, every field under the signature, nothing forged."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fiscal.commissioning_report import (
    Believed,
    Forged,
    NotAReport,
    Report,
    ReportedDevice,
    ReportedStep,
    code_of,
    file_of,
    is_code,
    iso_utc,
    open_code,
    open_file,
    report_of,
    sign,
    text_of,
    verified,
)
from terminal.fiscal.signing import PemSigner, Verifier, new_key

SECRET = b"s" * 32
SIGNER = PemSigner.of(new_key(), "file")
STRANGER = PemSigner.of(new_key(), "file")
DEVICE = ReportedDevice(
    "printer", "usblp:04b8:0e28/X3YT012345", "EPSON", "TM-T20III", "X3YT012345", "30.21", False
)
STEP = ReportedStep("printer", "passed", "", "2026-09-21T14:13:20Z", "Claire")
REPORT = Report(
    shop="Épicerie", site="12", till="3001", lane="300101", role="till", release="1.0",
    machine="10000000abcdef12", regime="france", devices=(DEVICE,), steps=(STEP,), complete=True,
    operator_id="9", operator="Claire", at="2026-09-21T14:15:00Z", date="2026-09-21", seq=12,
    head="ab" * 32,
)  # fmt: skip
KEYS = {SIGNER.key_id: ("3001", Verifier(SIGNER.public_key))}
BY_KEY = Believed(KEYS)
BY_SECRET = Believed({}, SECRET, "3001")


@pytest.mark.parametrize(("signer", "believed"), [(SIGNER, BY_KEY), (None, BY_SECRET)])
def test_a_report_is_proven_by_its_file_and_by_its_code(signer, believed):
    signed = sign(REPORT, signer, SECRET)
    code = code_of(signed)
    assert is_code(code)
    assert verified(open_code(code), believed) == REPORT
    assert verified(open_file(file_of(signed)), believed) == REPORT


def other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, tuple):
        return value[:-1]
    return f"{value}x"


CHANGED = [
    *(replace(REPORT, **{one.name: other(getattr(REPORT, one.name))}) for one in fields(REPORT)),
    *(
        replace(REPORT, devices=(replace(DEVICE, **{one.name: other(getattr(DEVICE, one.name))}),))
        for one in fields(DEVICE)
    ),
    *(
        replace(REPORT, steps=(replace(STEP, **{one.name: other(getattr(STEP, one.name))}),))
        for one in fields(STEP)
    ),
]


@pytest.mark.parametrize(("signer", "believed"), [(SIGNER, BY_KEY), (None, BY_SECRET)])
@pytest.mark.parametrize("changed", CHANGED)
def test_every_field_is_under_the_signature(changed, signer, believed):
    signed = replace(sign(REPORT, signer, SECRET), text=text_of(changed))
    assert report_of(signed.text) == changed
    with pytest.raises(Forged):
        verified(signed, believed)


@pytest.mark.parametrize(
    ("signed", "believed", "why"),
    [
        (sign(REPORT, STRANGER, SECRET), BY_KEY, "is not believed"),
        (replace(sign(REPORT, STRANGER, SECRET), key_id=SIGNER.key_id), BY_KEY, "is not that of"),
        (sign(REPORT, None, b"another"), BY_SECRET, "has not signed"),
        (sign(REPORT, None, SECRET), BY_KEY, "only the terminal"),
        (sign(replace(REPORT, till="3002"), SIGNER, SECRET), BY_KEY, "cannot speak for till 3002"),
        (sign(replace(REPORT, till="3002"), None, SECRET), BY_SECRET, "cannot speak for till"),
    ],
)
def test_a_forged_report_is_refused(signed, believed, why):
    with pytest.raises(Forged, match=why):
        verified(open_code(code_of(signed)), believed)


def test_a_file_whose_code_is_another_reports_is_refused():
    file = json.loads(file_of(sign(REPORT, SIGNER, SECRET)))
    file["code"] = code_of(sign(replace(REPORT, operator="Pierre"), SIGNER, SECRET))
    with pytest.raises(Forged, match="another report"):
        open_file(json.dumps(file))


def test_what_is_readable_in_the_file_is_what_is_signed():
    file = json.loads(file_of(sign(REPORT, SIGNER, SECRET)))
    file["commissioning_report"]["operator"] = "Pierre"
    file["code"] = ""
    with pytest.raises(Forged):
        verified(open_file(json.dumps(file)), BY_KEY)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"v":2}', "null", '{"v":1}', "[" * 5000,
        text_of(REPORT) + " ",
        text_of(REPORT).replace('"seq":12', '"seq":12.0'),
        text_of(REPORT).replace('"seq":12', '"seq":true'),
        text_of(REPORT).replace('"v":1', '"v":1,"w":2'),
        text_of(REPORT).replace("Claire", "C" * 201),
        text_of(REPORT).replace('"complete":true', '"complete":1'),
    ],
)  # fmt: skip
def test_what_is_no_report_is_none(text):
    with pytest.raises(NotAReport):
        report_of(text)


@given(st.text(alphabet="0123456789", min_size=1, max_size=400))
def test_any_digits_are_a_report_or_none(digits):
    """A scanner passes on whatever it reads."""
    code = "97532" + digits
    try:
        signed = open_code(code)
    except NotAReport:
        return
    with pytest.raises(NotAReport):
        verified(signed, BY_KEY)


def test_a_code_that_unpacks_to_more_than_a_report_is_none():
    huge = replace(sign(REPORT, None, SECRET), text="a" * 200_000)
    with pytest.raises(NotAReport, match="does not end"):
        open_code(code_of(huge))


def test_moments_are_utc():
    assert iso_utc(1_790_000_000_000) == "2026-09-21T14:13:20Z"
    assert iso_utc(0) == ""
