"""Toledo 8217, sans-IO: what is sent, what comes back, what it means.

7 data bits, even parity, one stop bit, 9600 baud.  ``W`` asks for the weight.  The scale answers
``STX weight [N] CR`` when it stands still in range (``N``: a tare is in force, the weight is net),
else ``STX ? status CR``.  ``Ehello`` is echoed as ``STX E CR hello`` by every scale of this kind
and ends with ``F``: that is how one is recognised.  ``Z`` sets to zero and answers the status.
(Mettler Toledo, 8217 data format; the bits of the status: section "status byte".)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from drivers.scale.base import ScaleState
from drivers.scale.frames import FrameDecoder

ASK_WEIGHT = b"W"
PROBE = b"Ehello"
END_PROBE = b"F"
ZERO = b"Z"

MOTION, OVER, UNDER, OUTSIDE_ZERO, AT_ZERO, NET, BAD_COMMAND = (1 << bit for bit in range(7))
"""Bits of the status byte, 0 to 6."""

WHOLE = re.compile(
    rb"\x02(?: *(?P<weight>\d{1,5}\.\d{1,4})(?P<net>N?)\r|\?(?P<status>[\x00-\x7f])\r"
    rb"|(?P<echo>E\rhello)|(?P<ended>F\r))",
    re.DOTALL,
)
BEGUN = re.compile(
    rb"\x02(?: {0,8}(?:\d{1,5}(?:\.\d{0,4}N?)?)?|\?[\x00-\x7f]?|E\r?h?|E\rhel{1,2}|E\rhe|F)",
    re.DOTALL,
)

STATES: Mapping[int, ScaleState] = MappingProxyType(
    {
        BAD_COMMAND: ScaleState.NOT_READY,
        OVER: ScaleState.OVERWEIGHT,
        UNDER: ScaleState.UNDER_ZERO,
        MOTION: ScaleState.UNSTABLE,
        OUTSIDE_ZERO: ScaleState.NOT_READY,
        AT_ZERO: ScaleState.ZERO,
    }
)
"""Bit -> what it means; the first that is set counts."""


def decoder() -> FrameDecoder:
    """Return a decoder of answers."""
    return FrameDecoder(WHOLE, BEGUN)


def state_of(status: int) -> ScaleState:
    """Return what a status byte says; SAME_WEIGHT when it says nothing.

    Some scales tell a weight once, and then a status without any bit until the load changes.
    """
    for bit, state in STATES.items():
        if status & bit:
            return state
    return ScaleState.SAME_WEIGHT


def weight_of(text: bytes) -> Decimal:
    """Return a weight in kilograms, with the decimals that the scale wrote."""
    return Decimal(text.decode("ascii"))


def say_weight(kg: Decimal, *, net: bool = False) -> bytes:
    """Return what a scale sends when it stands still; two or three decimals."""
    return b"\x02" + f"{kg:06}".encode("ascii") + (b"N\r" if net else b"\r")


def say_status(status: int) -> bytes:
    """Return what a scale sends when it has no weight."""
    return b"\x02?" + bytes((status,)) + b"\r"
