"""What the simulated ZVT terminal tells of its transactions."""

from __future__ import annotations

from drivers.payment.currency import NUMBERS
from drivers.payment.ledger import Day
from drivers.payment.poi_display import LEAK
from drivers.payment.simulator import AID
from drivers.payment.transaction import Transaction
from drivers.payment.zvt.simulator.wire import element, packed, tagged
from drivers.payment.zvt.tables import (
    ABORTED,
    OK,
    RECEIPT_ADMINISTRATION,
    RECEIPT_CARDHOLDER,
    TEXT_ENCODING,
    Bmp,
    Tag,
)

ZVT_TERMINAL_ID = "52500001"
PERFORMED = "performed"
"""Outcome of a reversal: it is a transaction of its own, and takes no money."""
CONTACTLESS = 2
EXPIRY = 2912
_CODES = {"approved": OK, "partial": OK, PERFORMED: OK, "declined": 0x05, "reversed": 0x05}
SECONDS_A_DAY = 86_400


def status_of(said: Transaction, *, holds: bool) -> bytes:
    """Return the data of a status information; a failure tells little, as real ones do."""
    number = int(said.ref)
    code = _CODES.get(said.outcome, ABORTED)
    data = element(Bmp.RESULT, bytes((code,)))
    if code != OK:
        shown = said.outcome if said.outcome != "reversed" else "reversed automatically"
        if said.transaction:
            data += element(Bmp.AMOUNT, packed(said.authorized, 6)) + _marks(number)
        else:
            data += _marks(number)
        data += element(Bmp.TERMINAL_ID, packed(ZVT_TERMINAL_ID, 4))
        return data + element(Bmp.TEXT, _text(shown))
    data += element(Bmp.AMOUNT, packed(said.authorized, 6)) + _marks(number) + _clock(number)
    data += element(Bmp.EXPIRY, packed(EXPIRY, 2)) + element(Bmp.CARD_SEQUENCE, packed(1, 2))
    data += element(Bmp.STATUS_BYTE, b"\x60") + element(Bmp.PAN, _pan(said))
    data += element(Bmp.TERMINAL_ID, packed(ZVT_TERMINAL_ID, 4))
    data += element(Bmp.CONTRACT, _text("100461763").ljust(15))
    if said.op == "reversal":
        data += element(Bmp.ORIGINAL_TRACE, packed(said.text, 3))
    data += element(Bmp.AUTHORISATION, _text(said.approval).ljust(8, b"\x00"))
    data += element(Bmp.TEXT, _text("" if said.op == "reversal" else said.text))
    data += element(Bmp.CURRENCY, packed(int(NUMBERS.get(said.currency, "999")), 2))
    data += element(Bmp.CARD_TYPE, b"\x05") + element(Bmp.CARD_NAME, _text(said.brand) + b"\x00")
    return data + element(Bmp.TLV, _container(number, holds=holds))


def registration_answer() -> bytes:
    """Return the data of the completion of a registration."""
    return (
        element(Bmp.STATUS_BYTE, b"\x00")
        + element(Bmp.TERMINAL_ID, packed(ZVT_TERMINAL_ID, 4))
        + element(Bmp.CURRENCY, packed(int(NUMBERS["EUR"]), 2))
    )


def card_slip(said: Transaction) -> bytes:
    """Return the data of a print block with the cardholder's receipt."""
    return _print(RECEIPT_CARDHOLDER, said.slip)


def day_status(day: Day, last: int) -> bytes:
    """Return the data of the status information at the end of a day.

    The total has no sign; all cards of this terminal are counted as girocard.
    """
    net = abs(day.payment_minor - day.refund_minor)
    count = day.payments + day.refunds
    receipts = packed(max(0, last - count) + 1, 2) + packed(last, 2)
    totals = receipts + bytes((min(255, count),)) + packed(net, 6) + bytes(7) * 6
    return (
        element(Bmp.RESULT, bytes((OK,)))
        + element(Bmp.AMOUNT, packed(net, 6))
        + _clock(last)
        + element(Bmp.TERMINAL_ID, packed(ZVT_TERMINAL_ID, 4))
        + element(Bmp.CURRENCY, packed(int(NUMBERS.get(day.currency, "978")), 2))
        + element(Bmp.TOTALS, totals)
    )


def day_slip(day: Day) -> bytes:
    """Return the data of a print block with the report of the day."""
    lines = (
        "KASSENSCHNITT",
        f"ZAHLUNGEN {day.payments} {day.payment_minor}",
        f"GUTSCHRIFTEN {day.refunds} {day.refund_minor}",
    )
    return _print(RECEIPT_ADMINISTRATION, lines)


def _marks(number: int) -> bytes:
    return (
        element(Bmp.TRACE, packed(number, 3))
        + element(Bmp.RECEIPT, packed(number % 10_000, 2))
        + element(Bmp.TURNOVER, packed(number, 3))
    )


def _clock(number: int) -> bytes:
    """The terminal's own clock runs by one second a transaction: it shows no real time."""
    second = number % SECONDS_A_DAY
    time = f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}"
    return element(Bmp.TIME, packed(time, 3)) + element(Bmp.DATE, packed("0101", 2))


def _pan(said: Transaction) -> bytes:
    """A card number masked but for its last four digits; a leaky terminal masks nothing."""
    if LEAK in said.text:
        return bytes.fromhex(LEAK.replace(" ", ""))
    return b"\xee" * 6 + bytes.fromhex(said.last4)


def _container(number: int, *, holds: bool) -> bytes:
    technology = tagged(Tag.CARD_TECHNOLOGY, bytes((CONTACTLESS,)))
    application = tagged(Tag.APPLICATION, tagged(Tag.AID, bytes.fromhex(AID)))
    known = tagged(Tag.KNOWN_RECEIPT, packed(number % 10_000, 2)) if holds else b""
    return tagged(Tag.RECEIPT_PARAMETERS, technology) + application + known


def _print(receipt: int, lines: tuple[str, ...]) -> bytes:
    printed = b"".join(tagged(Tag.LINE, _text(line)) for line in lines)
    printed += tagged(Tag.LINE_ATTRIBUTE, b"\x81")
    objects = tagged(Tag.RECEIPT_TYPE, bytes((receipt,))) + tagged(Tag.PRINT_LINES, printed)
    return element(Bmp.TLV, objects)


def _text(text: str) -> bytes:
    return text.encode(TEXT_ENCODING, "replace")
