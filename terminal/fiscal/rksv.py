"""The machine-readable code of an Austrian receipt: its fields, its counter, its chain, its JWS.

Source: Registrierkassensicherheitsverordnung (RKSV, BGBl. II Nr. 410/2015), sections 9 to 11, and
the detail specification in its annex.  The signed text is::

    _R1-AT0_<till>_<number>_<time>_<normal>_<reduced 1>_<reduced 2>_<zero>_<special>_<turnover>_
    <key>_<link>

``R1`` is the suite ES256, SHA-256, AES-256 in counter mode; ``AT0`` a closed system, whose keys are
named by the company's number and a number of the key.  The link is what ties a receipt to the one
before it.  The JWS in compact form is what a record keeps; QR and OCR are other ways to write it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from terminal.fiscal.signing import Signer, b64url, from_b64url

SUITE = "R1-AT0"
JWS_HEADER = b64url(b'{"alg":"ES256"}')
DEVICE_FAILED = "Sicherheitseinrichtung ausgefallen"
"""The law's own words: in the place of a signature, and on the paper (RKSV, section 17)."""
FAILED_SIGNATURE = b64url(DEVICE_FAILED.encode())
CANCELLATION = b"STO"
"""In the place of the turnover: the receipt takes a turnover back."""
COLUMNS = ("normal", "reduced_1", "reduced_2", "zero", "special")
"""The five sums of a receipt, tax included, in the order of the code."""
LINK_BYTES = 8
COUNTER_BYTES = 8
"""The law asks for 5 at least; 8 hold more than any till turns over."""
IV_BYTES = 16
AES_KEY_BYTES = 32
CHECK_BYTES = 3
_FIELDS = 12
_AMOUNT = re.compile(r"-?\d+,\d\d")

Sums = tuple[int, int, int, int, int]
NOTHING: Sums = (0, 0, 0, 0, 0)


class NoCode(ValueError):
    """A text is no machine-readable code of a receipt."""


@dataclass(frozen=True, slots=True)
class Code:
    """The fields of a machine-readable code, as they are signed."""

    till: str
    number: str
    time: str
    """Local time, ISO 8601 to the second, without a zone."""
    sums: Sums
    """By ``COLUMNS``, in minor units."""
    turnover: bytes
    """The turnover, encrypted, or ``STO``."""
    key: str
    """The company's number and that of the key."""
    link: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return "_".join(
            (
                "",
                SUITE,
                self.till,
                self.number,
                self.time,
                *map(amount, self.sums),
                base64.b64encode(self.turnover).decode(),
                self.key,
                base64.b64encode(self.link).decode(),
            )
        )

    @property
    def is_zero(self) -> bool:
        """True when every sum is zero: a start, month, year or collective receipt is."""
        return self.sums == NOTHING


def amount(minor: int) -> str:
    """Return an amount as the code writes it: a comma, two decimals, no grouping."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100},{abs(minor) % 100:02d}"


def _minor(text: str) -> int:
    if _AMOUNT.fullmatch(text) is None:
        raise NoCode(f"{text!r} is no amount")
    return int(text.replace(",", ""))


def local_iso(at_ms: int, timezone: ZoneInfo) -> str:
    """Return a moment as the code writes it, in the shop's time zone."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(timezone)
    return local.strftime("%Y-%m-%dT%H:%M:%S")


def read_code(text: str) -> Code:
    """Return the fields of a signed text.

    Raises:
        NoCode: it is not one.
    """
    parts = text.split("_")
    if len(parts) != _FIELDS + 1 or parts[0] or parts[1] != SUITE:
        raise NoCode(f"{text[:60]!r} is no code of {SUITE}")
    _, _, till, number, time, *rest = parts
    *sums, turnover, key, link = rest
    try:
        return Code(
            till,
            number,
            time,
            (_minor(sums[0]), _minor(sums[1]), _minor(sums[2]), _minor(sums[3]), _minor(sums[4])),
            base64.b64decode(turnover, validate=True),
            key,
            base64.b64decode(link, validate=True),
        )
    except ValueError as error:
        raise NoCode(f"{text[:60]!r}: {error}") from error


# --- turnover -------------------------------------------------------------------------------------


def encrypted(turnover_minor: int, till: str, number: str, aes_key: bytes) -> bytes:
    """Return the turnover after a receipt, encrypted (annex, number 8).

    AES-256 in counter mode over 8 bytes, big-endian, two's complement.  The counter block begins
    with the SHA-256 of till and receipt number, so a number must never come twice in a till.
    """
    return _aes(turnover_minor.to_bytes(COUNTER_BYTES, "big", signed=True), till, number, aes_key)


def decrypted(turnover: bytes, till: str, number: str, aes_key: bytes) -> int:
    """Return the turnover in minor units that a receipt carries (annex, number 9)."""
    return int.from_bytes(_aes(turnover, till, number, aes_key), "big", signed=True)


def _aes(data: bytes, till: str, number: str, aes_key: bytes) -> bytes:
    # Only a till in Austria loads the cipher.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415

    block = hashlib.sha256(f"{till}{number}".encode()).digest()[:IV_BYTES]
    cipher = Cipher(algorithms.AES(aes_key), modes.CTR(block)).encryptor()
    return cipher.update(data) + cipher.finalize()


def check_value(aes_key: bytes) -> str:
    """Return the four characters that FinanzOnline compares when an AES key is typed in.

    The first 3 bytes of the SHA-256 of the key's base64, in base64 (BMF, Festlegungen 1.2).
    """
    digest = hashlib.sha256(base64.b64encode(aes_key)).digest()
    return base64.b64encode(digest[:CHECK_BYTES]).decode()


# --- the chain and the signature ------------------------------------------------------------------


def link_to(before: str) -> bytes:
    """Return what ties a receipt to what is before it: a compact JWS, or the till (annex, 4)."""
    return hashlib.sha256(before.encode()).digest()[:LINK_BYTES]


def to_be_signed(code: str) -> str:
    """Return header and payload of the JWS of a code."""
    return f"{JWS_HEADER}.{b64url(code.encode())}"


def signed(code: str, signer: Signer) -> str:
    """Return the compact JWS of a code. Raises KeyUnusable."""
    text = to_be_signed(code)
    return f"{text}.{signer.sign(text)}"


def unsigned(code: str) -> str:
    """Return the compact JWS of a code while the signature device does not work."""
    return f"{to_be_signed(code)}.{FAILED_SIGNATURE}"


def is_unsigned(jws: str) -> bool:
    """Tell whether a JWS says that the signature device did not work."""
    return jws.rpartition(".")[2] == FAILED_SIGNATURE


def payload_of(jws: str) -> str:
    """Return the code that a compact JWS signs. Raises NoCode."""
    parts = jws.split(".")
    if len(parts) != 3 or parts[0] != JWS_HEADER:
        raise NoCode("no compact JWS of ES256")
    try:
        payload, signature = from_b64url(parts[1]), from_b64url(parts[2])
        # Base64 can be written in more than one way; a link is to exactly one.
        if [b64url(payload), b64url(signature)] != parts[1:]:
            raise NoCode("a JWS has base64url without padding or strangers")
        return payload.decode()
    except ValueError as error:
        raise NoCode(f"no payload of a JWS ({error})") from error


def qr_text(jws: str) -> str:
    """Return what the QR code holds: the signed text and the signature in base64 (annex)."""
    signature = base64.b64encode(from_b64url(jws.rpartition(".")[2])).decode()
    return f"{payload_of(jws)}_{signature}"


def ocr_text(jws: str) -> str:
    """Return the code for character recognition: base32 for base64 (annex, number 14)."""
    parts = qr_text(jws).split("_")
    for place in (10, 12, 13):
        parts[place] = base64.b32encode(base64.b64decode(parts[place])).decode()
    return "_".join(parts)


# --- VAT ------------------------------------------------------------------------------------------

LAW_RATES: Mapping[int, str] = MappingProxyType(
    {2000: "normal", 1000: "reduced_1", 1300: "reduced_2", 0: "zero", 1900: "special"}
)
"""Rates of the law in hundredths of a percent; any other is ``special``, as 4.9 % of food is."""


def sums_of(gross: Mapping[int, int], columns: Mapping[int, str]) -> Sums:
    """Return the sums of a receipt from its gross amounts by rate.

    A rate that no column names is special: a paid sale is never stopped by a rate.
    """
    totals = dict.fromkeys(COLUMNS, 0)
    for rate_bp, minor in gross.items():
        totals[columns.get(rate_bp, "special")] += minor
    normal, reduced_1, reduced_2, zero, special = (totals[column] for column in COLUMNS)
    return normal, reduced_1, reduced_2, zero, special
