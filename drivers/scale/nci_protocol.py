"""NCI (SCP-01), sans-IO.

Commands end with CR: ``W`` weight, ``S`` status, ``Z`` zero.  Answers end with ETX: ``LF weight
unit CR LF status CR ETX``, or the status alone, or ``LF ? CR ETX`` for a command not known.  Two to
four status bytes follow one another, the sixth bit of each but the first saying whether another
comes; some scales write an S before them.  (Avery Weigh-Tronix SCP-01; Ohaus Aviator 7000 service
manual, pages 47 to 49; Mettler Toledo Diva service manual, page 37.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from drivers.scale.base import ScaleState
from drivers.scale.frames import FrameDecoder

ASK_WEIGHT = b"W\r"
ASK_STATUS = b"S\r"
ZERO = b"Z\r"

MOTION, AT_ZERO, RAM_ERROR, EEPROM_ERROR = (1 << bit for bit in range(4))
"""Bits of the first status byte."""
UNDER, OVER, ROM_ERROR, CALIBRATION_ERROR = (1 << bit for bit in range(4))
"""Bits of the second."""
NET, INITIAL_ZERO_ERROR = 1 << 2, 1 << 3
"""Bits of the third."""
ALWAYS = 0x30
FOLLOWS = 0x40
"""Another status byte comes."""

_STATUS = rb"S?(?P<status>[0-?][p-\x7f]{0,2}[0-?])\r\x03"
_UNIT = rb"(?P<unit>(?i:KG|LB|OZ|G))"
WHOLE = re.compile(
    rb"\n(?:(?: *(?P<weight>-?\d{1,6}(?:\.\d{1,4})?) ?"
    + _UNIT
    + rb" *\r\n)?"
    + _STATUS
    + rb"|(?P<unknown>\?)\r\x03)"
)
BEGUN = re.compile(
    rb"\n(?: {0,8}-?(?:\d{1,6}(?:\.\d{0,4})? ?(?:(?i:KG?|LB?|OZ?|G) {0,2}(?:\r(?:\nS?[0-\x7f]{0,4}"
    rb"\r?)?)?)?)?|S?[0-\x7f]{0,4}\r?|\?\r?)"
)


def decoder() -> FrameDecoder:
    """Return a decoder of answers."""
    return FrameDecoder(WHOLE, BEGUN)


def state_of(status: Sequence[int]) -> ScaleState:
    """Return what the status bytes say; STABLE when nothing stands against a weight."""
    first, second, third = (*status, 0, 0)[:3]
    if first & (RAM_ERROR | EEPROM_ERROR) or second & (ROM_ERROR | CALIBRATION_ERROR):
        return ScaleState.FAULT
    if second & OVER:
        return ScaleState.OVERWEIGHT
    if second & UNDER:
        return ScaleState.UNDER_ZERO
    if third & INITIAL_ZERO_ERROR:
        return ScaleState.NOT_READY
    if first & MOTION:
        return ScaleState.UNSTABLE
    return ScaleState.ZERO if first & AT_ZERO else ScaleState.STABLE


def is_net(status: Sequence[int]) -> bool:
    """Tell whether the scale has taken a tare off by itself."""
    return len(status) > 2 and bool(status[2] & NET)


def kilograms(text: bytes, unit: bytes) -> Decimal | None:
    """Return a weight with the decimals that the scale wrote; None in pounds and ounces."""
    weight = Decimal(text.decode("ascii"))
    if unit.upper() == b"KG":
        return weight
    return weight.scaleb(-3) if unit.upper() == b"G" else None


def say_status(*status: int) -> bytes:
    """Return the status as a scale sends it, without the bits that are always set."""
    last = len(status) - 1
    marked = [
        ALWAYS | byte | (FOLLOWS if 0 < n < last else 0) for n, byte in enumerate(status)
    ]  # fmt: skip
    return b"\n" + bytes(marked) + b"\r\x03"


def say_weight(kg: Decimal, *status: int, unit: str = "KG") -> bytes:
    """Return weight and status as a scale sends them."""
    figure = f"{kg:05}" if unit == "G" else f"{kg:07}"
    return f"\n{figure}{unit}\r".encode("ascii") + say_status(*status)
