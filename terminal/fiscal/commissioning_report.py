"""The signed report of a commissioning: what stands at a till, what was tested, by whom and when.

The report is JSON in one form (keys sorted, no spaces).  What is signed is ``K1,`` and that text in
base64url: by the fiscal key where there is one, else a digest that only this terminal can check, as
with the code of a receipt (``fiscal/statement.py``).  Its code is digits, for every scanner::

    envelope = version 1 (1) method (1) [key id (8)] signature (64 or 16) deflated report

deflated (RFC 1951) with the dictionary below, which holds the words that every report repeats.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from terminal.core.errors import CoreError
from terminal.core.numbering import is_digits
from terminal.fiscal.signing import Signer, Verifier, b64url, from_b64url
from terminal.fiscal.statement import (
    DIGEST,
    ES256,
    KEY_BYTES,
    SIGNATURE_BYTES,
    NotAStatement,
    bytes_of,
    digits_of,
)

PREFIX = "97532"
"""What the digits of such a code begin with; a receipt's begin with 97531."""
VERSION = 1
MIN_DIGITS = 60
MAX_DIGITS = 4000
"""As large as a code that a telephone shows and a scanner reads."""
MAX_REPORT_BYTES = 32_768
"""Far above twenty steps and devices; a code that unpacks to more is no report."""
MAX_TEXT = 200
MAX_ENTRIES = 40
_DICTIONARY = (
    b'"bagging_scale""cash""customer_display""drawer""label""lights""poi""power""printer""rfid"'
    b'"scale""scanner""screen""cover""cutter""second_copy""clock""network""key""receipt"'
    b'not_installed""later""not_used""no_answer""failed""not_there""pending"printer:2 serial: tcp:'
    b'usblp:hidraw:evdev:gpio:"kiosk""till""plain""france""austria""seq":"shop":""site":""steps":['
    b'"role":"till","release":"0.1.0","regime":"plain","operator_id":"9","operator":""machine":"",'
    b'"lane":"300101","head":""devices":["date":"2026-"complete":true,"at":"2026-T:00Z","till":"3001'
    b'"simulated":false},{"address":"","firmware":"","maker":"","model":"","role":"","serial":"",'
    b'"simulated":true},{"address":"sim:","v":1}'
    b'{"at":"2026-","code":"","operator":"","state":"passed","step":"'
)
"""Never changed: a code that was printed with it must stay readable. Another version has another"""


class NotAReport(CoreError):
    """A file or a code that claims to be a commissioning report and is none."""


class Forged(NotAReport):
    """A report whose signature is not that of its content, or not of a key that is believed."""


@dataclass(frozen=True, slots=True)
class ReportedDevice:
    """One device that serves."""

    role: str
    address: str
    maker: str
    model: str
    serial: str
    firmware: str
    """What it says of itself when asked: version, name."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class ReportedStep:
    """What came of one step."""

    step: str
    state: str
    code: str
    """Why it failed, or why there is nothing to test."""
    at: str
    """UTC, ISO 8601; empty when it was never run."""
    operator: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that is signed."""

    shop: str
    site: str
    till: str
    lane: str
    role: str
    release: str
    machine: str
    """Serial number of the board; empty when it has none."""
    regime: str
    devices: tuple[ReportedDevice, ...]
    steps: tuple[ReportedStep, ...]
    complete: bool
    """Whatever selling needs has passed, and no other step waits."""
    operator_id: str
    operator: str
    at: str
    """UTC, ISO 8601."""
    date: str
    """Business date, ISO 8601."""
    seq: int
    """Number of the journal's newest record."""
    head: str
    """Its hash, hexadecimal."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report as its code or its file holds it; nothing of it is verified."""

    text: str
    method: int
    key_id: str
    signature: bytes
    public_key: bytes = b""
    """Of the key that claims to have signed, as the file names it."""

    @property
    def sha256(self) -> str:
        """Name of the report in the journal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Believed:
    """Whose signature is believed."""

    keys: Mapping[str, tuple[str, Verifier]]
    """Key id -> the till that the key speaks for (empty: any) and the key."""
    secret: bytes = b""
    """This terminal's own key, for reports without a signing key."""
    till: str = ""
    """The till that ``secret`` speaks for."""


def iso_utc(at_ms: int) -> str:
    """Return a moment as ISO 8601 in UTC, to the second; empty for 0."""
    if not at_ms:
        return ""
    moment = dt.datetime.fromtimestamp(at_ms // 1000, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- one form -------------------------------------------------------------------------------------


def text_of(report: Report) -> str:
    """Return a report as JSON in its one form."""
    return json.dumps({"v": VERSION, **asdict(report)}, **_FORM)


_FORM: Mapping[str, Any] = {
    "ensure_ascii": False, "sort_keys": True, "separators": (",", ":"), "allow_nan": False,
}  # fmt: skip


def report_of(text: str) -> Report:
    """Return the report that a text holds. Raises NotAReport."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAReport("this is no JSON") from error
    if not isinstance(value, dict) or value.pop("v", None) != VERSION:
        raise NotAReport("this is no commissioning report of version 1")
    devices = _entries(value.get("devices"), ReportedDevice)
    steps = _entries(value.get("steps"), ReportedStep)
    report: Report = _made(Report, {**value, "devices": devices, "steps": steps})
    if text_of(report) != text:
        raise NotAReport("the report is not in its one form")
    return report


def _entries(value: object, kind: type[Any]) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise NotAReport("devices and steps are lists")
    return tuple(_made(kind, one) for one in value)


_KINDS: Mapping[str, type[Any]] = {"str": str, "bool": bool, "int": int}


def _made(kind: type[Any], value: object) -> Any:
    names = {one.name: str(one.type) for one in fields(kind)}
    if not isinstance(value, dict) or value.keys() != names.keys():
        raise NotAReport("a field is missing, or one too many")
    for name, wanted in names.items():
        if type(value[name]) is not _KINDS.get(wanted, tuple):
            raise NotAReport(f"{name} is of another kind")
        if wanted == "str" and len(value[name]) > MAX_TEXT:
            raise NotAReport(f"{name} is too long")
    return kind(**value)


# --- signing --------------------------------------------------------------------------------------


def signed_text(text: str) -> str:
    """Return what is signed for a report: nothing else that is signed begins like it."""
    return f"K{VERSION},{b64url(text.encode())}"


def sign(report: Report, signer: Signer | None, secret: bytes) -> SignedReport:
    """Sign by the fiscal key, else with a digest under this terminal's own. Raises KeyUnusable."""
    text = text_of(report)
    if signer is None:
        return SignedReport(text, DIGEST, "", _digest(secret, text))
    signature = from_b64url(signer.sign(signed_text(text)))
    return SignedReport(text, ES256, signer.key_id, signature, signer.public_key)


def _digest(secret: bytes, text: str) -> bytes:
    whole = hmac.digest(secret, signed_text(text).encode(), hashlib.sha256)
    return whole[: SIGNATURE_BYTES[DIGEST]]


def verified(signed: SignedReport, believed: Believed) -> Report:
    """Return what a report says once its signature is proven.

    Raises:
        Forged: it is not signed by anybody who is believed.
        NotAReport: what is signed is no report.
    """
    report = report_of(signed.text)
    if signed.method == DIGEST:
        if not believed.secret:
            raise Forged("only the terminal that made it can check it: give its --data folder")
        if not hmac.compare_digest(_digest(believed.secret, signed.text), signed.signature):
            raise Forged("this terminal has not signed it")
        return _of_till(report, believed.till)
    known = believed.keys.get(signed.key_id)
    if known is None:
        raise Forged(f"key {signed.key_id} is not believed here")
    till, verifier = known
    if not verifier.verifies(signed_text(signed.text), b64url(signed.signature)):
        raise Forged(f"the signature is not that of key {signed.key_id}")
    return _of_till(report, till)


def _of_till(report: Report, till: str) -> Report:
    if till and report.till != till:
        raise Forged(f"a key of till {till} cannot speak for till {report.till}")
    return report


# --- the code and the file ------------------------------------------------------------------------


def code_of(signed: SignedReport) -> str:
    """Return the digits of a report's code; empty when they are too many for a telephone."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    packed = packer.compress(signed.text.encode()) + packer.flush()
    head = bytes((VERSION, signed.method))
    code = PREFIX + digits_of(head + bytes.fromhex(signed.key_id) + signed.signature + packed)
    return code if len(code) <= MAX_DIGITS else ""


def is_code(text: str) -> bool:
    """Tell whether a text claims to be a report's code."""
    return len(text) >= MIN_DIGITS and text.startswith(PREFIX) and is_digits(text)


def open_code(code: str) -> SignedReport:
    """Return what a code holds; nothing of it is verified. Raises NotAReport."""
    if not is_code(code) or len(code) > MAX_DIGITS:
        raise NotAReport("this is no report's code")
    try:
        data = bytes_of(code.removeprefix(PREFIX))
    except NotAStatement as error:
        raise NotAReport(str(error)) from error
    version, method = data[0], data[1]
    if version != VERSION or method not in SIGNATURE_BYTES:
        raise NotAReport(f"version {version}, method {method} is not known here")
    at = 2 + (KEY_BYTES if method == ES256 else 0)
    key_id, end = data[2:at].hex(), at + SIGNATURE_BYTES[method]
    return SignedReport(_unpacked(data[end:]), method, key_id, data[at:end])


def _unpacked(packed: bytes) -> str:
    reader = zlib.decompressobj(-15, _DICTIONARY)
    try:
        whole = reader.decompress(packed, MAX_REPORT_BYTES)
        text = whole.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise NotAReport("the report cannot be unpacked") from error
    if not reader.eof or reader.unused_data:
        raise NotAReport("the report does not end where it should")
    return text


_METHODS = {ES256: "ES256", DIGEST: "HMAC-SHA256"}


def file_of(signed: SignedReport) -> str:
    """Return a report as a file of its own: what it says, readable, and who signed it."""
    return json.dumps(
        {
            "commissioning_report": json.loads(signed.text),
            "method": _METHODS[signed.method],
            "key_id": signed.key_id,
            "public_key": b64url(signed.public_key),
            "signature": b64url(signed.signature),
            "code": code_of(signed),
        },
        ensure_ascii=False,
        indent=1,
    )


def open_file(text: str) -> SignedReport:
    """Return what a file holds; nothing of it is verified. Raises NotAReport."""
    if len(text) > 4 * MAX_REPORT_BYTES:
        raise NotAReport("the file is too long for a report")
    try:
        value = json.loads(text)
        content = json.dumps(value["commissioning_report"], **_FORM)
        method = next(n for n, name in _METHODS.items() if name == value["method"])
        signed = SignedReport(
            content, method, str(value["key_id"]), from_b64url(value["signature"]),
            from_b64url(value["public_key"]),
        )  # fmt: skip
        code = str(value["code"])
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        StopIteration,
        RecursionError,
    ) as error:
        raise NotAReport("this is no file of a commissioning report") from error
    if code and replace(open_code(code), public_key=signed.public_key) != signed:
        raise Forged("the code in the file is that of another report")
    return signed
