"""Commands that the cash register sends (PA00P015, 2). Never 06 C0, never 22, 23 or 24."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import LocalProtocolError
from drivers.payment.currency import NUMBERS
from drivers.payment.zvt.apdu import Apdu
from drivers.payment.zvt.elements import bcd, ber_length, tlv
from drivers.payment.zvt.tables import Bmp, Command, Tag

MAX_AMOUNT_MINOR = 10**12 - 1
PASSWORD_DIGITS = 6
OWN_RECEIPTS = 0x3E
"""Configuration byte: we make payment (02) and administration receipts (04) from the status
information, want intermediate status (08), and lock amount entry (10) and administration (20)."""
PRINT_COMMANDS = 0x80
"""Added to the above: the terminal sends its receipts as text to print."""
REGISTRATION_SERVICE = 0x01
"""06 00: as card complete recommends it for tills and kiosks."""
REPEAT_SERVICE = 0x03
"""06 20: send the status information (01), do not print (02)."""


@dataclass(frozen=True, slots=True)
class ZvtSettings:
    """How a terminal is addressed: what its service told the shop.

    ``currency`` is what its contract settles in; ``printed_receipts`` takes the terminal's own
    receipt texts (06 D3) instead of lines made from the status information.
    """

    password: str = "000000"  # noqa: S105 - the maker's default, printed in every manual
    currency: str = "EUR"
    printed_receipts: bool = False

    def __post_init__(self) -> None:
        if len(self.password) != PASSWORD_DIGITS or not self.password.isdecimal():
            raise ValueError(f"a ZVT password has {PASSWORD_DIGITS} digits")
        if self.currency not in NUMBERS:
            raise ValueError(f"currency {self.currency!r} is none of {', '.join(NUMBERS)}")


class Requests:
    """Makes the commands for one terminal."""

    def __init__(self, settings: ZvtSettings) -> None:
        self._settings = settings
        self._password = bytes.fromhex(settings.password)

    def registration(self) -> Apdu:
        """06 00: who prints what, and in which currency."""
        config = OWN_RECEIPTS
        container = b""
        if self._settings.printed_receipts:
            config |= PRINT_COMMANDS
            block = tlv(Tag.COMMAND, Command.PRINT_BLOCK.to_bytes(2, "big"))
            container = _container(tlv(Tag.PERMITTED_COMMANDS, block))
        currency = bcd(int(NUMBERS[self._settings.currency]), 2)
        service = bytes([Bmp.SERVICE_BYTE, REGISTRATION_SERVICE]) if container else b""
        data = self._password + bytes([config]) + currency + service + container
        return Apdu(Command.REGISTRATION, data)

    def authorisation(self, amount_minor: int, currency: str, known_receipt: str | None) -> Apdu:
        """06 01; ``known_receipt`` is what the terminal wants in 1F1F, empty when none is known."""
        data = _amount(amount_minor) + _currency(currency)
        if known_receipt is not None:
            data += _container(tlv(Tag.KNOWN_RECEIPT, bytes.fromhex(known_receipt)))
        return Apdu(Command.AUTHORISATION, data)

    def refund(self, amount_minor: int, currency: str) -> Apdu:
        """06 31."""
        return Apdu(Command.REFUND, self._password + _amount(amount_minor) + _currency(currency))

    def reversal(self, receipt: str, amount_minor: int, currency: str) -> Apdu:
        """06 30, of one receipt of this terminal's open day."""
        number = bytes([Bmp.RECEIPT]) + bcd(int(receipt), 2)
        data = self._password + number + _amount(amount_minor) + _currency(currency)
        return Apdu(Command.REVERSAL, data)

    def repeat_receipt(self) -> Apdu:
        """06 20: the status information of the last transaction, without printing."""
        service = bytes([Bmp.SERVICE_BYTE, REPEAT_SERVICE])
        return Apdu(Command.REPEAT_RECEIPT, self._password + service)

    def status_enquiry(self) -> Apdu:
        """05 01."""
        return Apdu(Command.STATUS_ENQUIRY, self._password)

    def end_of_day(self) -> Apdu:
        """06 50."""
        return Apdu(Command.END_OF_DAY, self._password)


def _amount(amount_minor: int) -> bytes:
    return bytes([Bmp.AMOUNT]) + bcd(amount_minor, 6)


def _currency(currency: str) -> bytes:
    if currency not in NUMBERS:
        raise LocalProtocolError(f"currency {currency!r} has no number here")
    return bytes([Bmp.CURRENCY]) + bcd(int(NUMBERS[currency]), 2)


def _container(objects: bytes) -> bytes:
    return bytes([Bmp.TLV]) + ber_length(len(objects)) + objects
