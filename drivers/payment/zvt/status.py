"""What a terminal says of a transaction (04 0F), without what must not leave the driver.

Of the card number (22) the last four digits are kept; expiry (0E), tracks (23, 24, 2D), chip data
and everything in the TLV container that is not named here is never looked at (PCI DSS 3.4.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.card_numbers import scrub
from drivers.errors import RemoteProtocolError
from drivers.payment.currency import NUMBERS
from drivers.payment.zvt.elements import digits, first_of, parse_bitmaps, parse_tlv
from drivers.payment.zvt.tables import (
    HOST_CODES,
    OK,
    TEXT_ENCODING,
    Bmp,
    Tag,
)

NO_TRACE = "000000"
_CODES = {int(number): letters for letters, number in NUMBERS.items()}
_TECHNOLOGY = {0: "magstripe", 1: "chip", 2: "contactless"}
AID_MAX_BYTES = 16


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """One status information; texts are scrubbed, empty or None is what was not told."""

    result: int | None
    host_result: int | None
    amount_minor: int | None
    currency: str
    trace: str
    receipt: str
    turnover: str
    terminal_id: str
    contract: str
    approval: str
    text: str
    card_name: str
    last4: str
    date: str
    """MMDD by the terminal's clock."""
    time: str
    """HHMMSS by the terminal's clock."""
    aid: str
    entry: str
    original_trace: str
    """Of the transaction that this one reverses."""
    known_receipt: str | None
    """Tag 1F1F; the terminal wants it back with the next transaction. None when not told."""
    totals: bytes

    @property
    def performed(self) -> bool:
        """True when the terminal says that it did what was asked: 27 is 00 and no host refused."""
        return self.result == OK and self.host_result not in HOST_CODES

    @property
    def code(self) -> str:
        """The error that counts, as two hexadecimal digits."""
        if self.result == OK and self.host_result in HOST_CODES:
            return f"{self.host_result:02X}"
        return "" if self.result is None else f"{self.result:02X}"

    @property
    def marks(self) -> Mapping[str, str]:
        """What tells one transaction of a terminal from another."""
        return {"receipt": self.receipt, "trace": self.trace, "turnover": self.turnover}

    @property
    def marked(self) -> bool:
        """True when the transaction can be told from others."""
        return bool(self.receipt or self.trace or self.turnover)


def parse_status(data: bytes) -> StatusInformation:
    """Read the data of a status information. Raises RemoteProtocolError."""
    bitmaps = parse_bitmaps(data)
    tags = first_of(parse_tlv(bitmaps.get(Bmp.TLV, b"")))
    trace = _digits(bitmaps, Bmp.TRACE)
    if trace in ("", NO_TRACE):
        trace = digits(tags.get(Tag.TRACE, b"")) if tags.get(Tag.TRACE) else ""
    amount = bitmaps.get(Bmp.AMOUNT)
    known = tags.get(Tag.KNOWN_RECEIPT)
    return StatusInformation(
        result=_byte(bitmaps, Bmp.RESULT),
        host_result=_byte(bitmaps, Bmp.HOST_RESULT),
        amount_minor=None if amount is None else int(digits(amount)),
        currency=_currency(bitmaps),
        trace=trace,
        receipt=_digits(bitmaps, Bmp.RECEIPT),
        turnover=_digits(bitmaps, Bmp.TURNOVER),
        terminal_id=_digits(bitmaps, Bmp.TERMINAL_ID),
        contract=text_of(bitmaps.get(Bmp.CONTRACT, b"")),
        approval=text_of(bitmaps.get(Bmp.AUTHORISATION, b"")),
        text=text_of(bitmaps.get(Bmp.TEXT, b"")),
        card_name=text_of(bitmaps.get(Bmp.CARD_NAME, b"")),
        last4=_last4(bitmaps.get(Bmp.PAN, b"")),
        date=_digits(bitmaps, Bmp.DATE),
        time=_digits(bitmaps, Bmp.TIME),
        aid=_aid(tags.get(Tag.AID, b"")),
        entry=_entry(tags),
        original_trace=_digits(bitmaps, Bmp.ORIGINAL_TRACE),
        known_receipt=None if known is None else (digits(known) if known else ""),
        totals=bitmaps.get(Bmp.TOTALS, b""),
    )


def text_of(value: bytes) -> str:
    """Return a text of the terminal, printable, without its padding, and scrubbed."""
    text = value.split(b"\x00")[0].decode(TEXT_ENCODING)
    return scrub("".join(c for c in text if c.isprintable()).strip())


@dataclass(frozen=True, slots=True)
class CardTotals:
    """Individual totals (BMP 60): receipts from and to, and how many transactions there were."""

    first_receipt: str
    last_receipt: str
    count: int
    total_minor: int


COUNT_BYTES, TURNOVER_BYTES = 1, 6
CARD_KINDS = 7
"""Girocard, JCB, Eurocard, Amex, Visa, Diners, others."""


def parse_totals(value: bytes) -> CardTotals:
    """Read individual totals. Raises RemoteProtocolError."""
    if len(value) < 4 + CARD_KINDS * (COUNT_BYTES + TURNOVER_BYTES):
        raise RemoteProtocolError("individual totals that end too soon")
    count = total = 0
    for kind in range(CARD_KINDS):
        at = 4 + kind * (COUNT_BYTES + TURNOVER_BYTES)
        count += value[at]
        total += int(digits(value[at + COUNT_BYTES : at + COUNT_BYTES + TURNOVER_BYTES]))
    return CardTotals(digits(value[:2]), digits(value[2:4]), count, total)


def _byte(bitmaps: Mapping[int, bytes], number: Bmp) -> int | None:
    value = bitmaps.get(number)
    return None if value is None else value[0]


def _digits(bitmaps: Mapping[int, bytes], number: Bmp) -> str:
    value = bitmaps.get(number)
    return digits(value) if value else ""


def _currency(bitmaps: Mapping[int, bytes]) -> str:
    value = _digits(bitmaps, Bmp.CURRENCY)
    return _CODES.get(int(value), value) if value else ""


def _last4(value: bytes) -> str:
    """Return the last four digits of BMP 22: packed, masked with E, filled up with F."""
    shown = value.hex().rstrip("f")[-4:]
    return shown if len(shown) == 4 and shown.isdigit() else ""


def _aid(value: bytes) -> str:
    return value[:AID_MAX_BYTES].hex().upper()


def _entry(tags: Mapping[int, bytes]) -> str:
    value = tags.get(Tag.CARD_TECHNOLOGY)
    return _TECHNOLOGY.get(value[0], "") if value else ""
