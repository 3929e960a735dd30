"""Numbers of the ZVT protocol (PA00P015 13.08): facts that both sides of it need.

Nothing here knows which side it is used on: the driver and the simulated terminal share these
tables and no code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType


class Command(IntEnum):
    """Control fields: CLASS and INSTR of an APDU (chapter 2 and 3)."""

    STATUS_ENQUIRY = 0x0501
    STATUS_INFORMATION = 0x040F
    INTERMEDIATE_STATUS = 0x04FF
    REGISTRATION = 0x0600
    AUTHORISATION = 0x0601
    LOG_OFF = 0x0602
    COMPLETION = 0x060F
    RESET = 0x0618
    ABORT = 0x061E
    """From the terminal: the dialogue ended without success."""
    REPEAT_RECEIPT = 0x0620
    REVERSAL = 0x0630
    REFUND = 0x0631
    END_OF_DAY = 0x0650
    DIAGNOSIS = 0x0670
    INITIALISATION = 0x0693
    ABORT_REQUEST = 0x06B0
    """From the cash register: please stop."""
    PRINT_LINE = 0x06D1
    PRINT_BLOCK = 0x06D3
    POSITIVE = 0x8000
    NEGATIVE = 0x8400
    """The second byte is the error; 84 00 is positive as well (2.2.8)."""


class Bmp(IntEnum):
    """Data elements ("bitmaps") by their first byte (chapter 5)."""

    TIMEOUT = 0x01
    MAX_STATUS = 0x02
    SERVICE_BYTE = 0x03
    AMOUNT = 0x04
    TLV = 0x06
    TRACE = 0x0B
    TIME = 0x0C
    DATE = 0x0D
    EXPIRY = 0x0E
    CARD_SEQUENCE = 0x17
    STATUS_BYTE = 0x19
    PAN = 0x22
    RESULT = 0x27
    TERMINAL_ID = 0x29
    CONTRACT = 0x2A
    ORIGINAL_TRACE = 0x37
    AUTHORISATION = 0x3B
    TEXT = 0x3C
    CURRENCY = 0x49
    TOTALS = 0x60
    RECEIPT = 0x87
    TURNOVER = 0x88
    CARD_TYPE = 0x8A
    CARD_NAME = 0x8B
    HOST_RESULT = 0xA0


LL, LLL, BER = -2, -3, -1
"""Lengths that stand before the value: Fx Fy, Fx Fy Fz, and as in BER-TLV."""

_LENGTHS: Mapping[int, tuple[int, ...]] = {
    1: (
        *(0x01, 0x02, 0x03, 0x05, 0x19, 0x27, 0x8A, 0x8C, 0xA0, 0xD0, 0xD2, 0xD3, 0xE0, 0xE9),
        *(0xEA, 0xF0, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD),
    ),
    2: (0x0D, 0x0E, 0x17, 0x3A, 0x49, 0x87),
    3: (0x0B, 0x0C, 0x3D, 0x88, 0xAA),
    4: (0x29,),
    5: (0xBA,),
    6: (0x04,),
    8: (0x3B, 0xEB),
    15: (0x2A,),
    LL: (0x22, 0x23, 0x2D, 0x8B, 0xA7, 0xD1, *range(0xE1, 0xE9), *range(0xF1, 0xF9)),
    LLL: (0x24, 0x2E, 0x37, 0x3C, 0x60, 0x9A, 0xAF),
    BER: (0x06,),
}
BMP_LENGTHS: Mapping[int, int] = MappingProxyType(
    {number: length for length, numbers in _LENGTHS.items() for number in numbers}
)
"""Bytes of each data element's value, or how its length is told."""


class Tag(IntEnum):
    """Tags inside the TLV container (chapter 9)."""

    LINE = 0x07
    LINE_ATTRIBUTE = 0x09
    COMMAND = 0x0A
    TEXT = 0x24
    PRINT_LINES = 0x25
    PERMITTED_COMMANDS = 0x26
    RECEIPT_PARAMETERS = 0x2F
    """Seen around 1F10 and 1F12 (captured)."""
    AID = 0x43
    APPLICATION = 0x60
    RECEIPT_TYPE = 0x1F07
    AUTHENTICATION = 0x1F10
    CARD_TECHNOLOGY = 0x1F12
    KNOWN_RECEIPT = 0x1F1F
    """Last receipt number that the cash register knows (chapter 4)."""
    TRACE = 0x1F2B


CONSTRUCTED = frozenset(
    {Tag.PRINT_LINES, Tag.PERMITTED_COMMANDS, Tag.RECEIPT_PARAMETERS, Tag.APPLICATION}
)
RECEIPT_MERCHANT, RECEIPT_CARDHOLDER, RECEIPT_ADMINISTRATION = 1, 2, 3

OK = 0x00
PROCESSING_ERROR = 0x66
NOT_REGISTERED = 0x6B
ABORTED = 0x6C
WRONG_CURRENCY = 0x6F
NOT_POSSIBLE = 0x83
PLEASE_WAIT = 0x9C
ALREADY_REVERSED = 0xB4
REVERSAL_NOT_POSSIBLE = 0xB5
PRINTER_NOT_READY = 0xCC
CARD_INSERTED = 0xDC
RECONCILIATION_DUE = 0xF0
HOST_CODES = range(0xA0, 0xB0)
"""Refusals of the host that would look like errors of the terminal in BMP 27: they come in A0."""

ERRORS: Mapping[int, str] = MappingProxyType(
    {
        0x05: "declined",
        0x6B: "not registered",
        0x6C: "stopped by key or time",
        0x6F: "wrong currency",
        0x77: "end of day not possible",
        0x7D: "no answer of the host",
        0x83: "not possible",
        0x9A: "protocol error",
        0x9C: "please wait",
        0xA0: "host not ready",
        0xA1: "host does not answer",
        0xA3: "no connection to the host",
        0xA5: "forbidden by card security rules",
        0xB4: "already reversed",
        0xB5: "reversal not possible",
        0xC2: "diagnosis required",
        0xCC: "printer not ready",
        0xF0: "end of day due",
        0xFF: "system error",
    }
)

REMOVE_CARD_BIT = 0x40
INTERMEDIATE_KINDS: Mapping[int, str] = MappingProxyType(
    {0x0A: "insert_card", 0x0B: "remove_card", 0x04: "online", 0x01: "pin", 0x02: "pin"}
)
"""Intermediate status (04 FF) to our words; with 40h added it also asks to remove the card."""

TEXT_ENCODING = "cp437"
"""Character set of receipts and texts."""
