"""What the terminal asks of a scale, in the words of UnifiedPOS (Scale, chapter 31).

A weight is a decimal exactly as the scale wrote it, never a binary fraction.  What moves, is empty,
overloaded or in error has no weight at all: it never becomes 0.  A weight older than STALE_S is no
weight either.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from drivers.base import Status

STALE_S = 1.0
"""An answer older than this says nothing of what lies on the scale now."""
MAX_UNIT_PRICE_MINOR = 999_999
"""Six digits, as scales take them."""
MAX_TARE_G = 9_999
MAX_ANSWER_CHARS = 80
"""Of an answer kept as a record: the longest one of any protocol here fits."""


class ScaleState(StrEnum):
    """What the scale said of its load; UnifiedPOS has these words but the last two."""

    STABLE = "stable"
    UNSTABLE = "unstable"
    """In motion, or the measurement is not finished."""
    ZERO = "zero"
    OVERWEIGHT = "overweight"
    UNDER_ZERO = "under_zero"
    SAME_WEIGHT = "same_weight"
    """Nothing moved since the last weighing; the weight is told again when it is known to hold."""
    NOT_READY = "not_ready"
    UNDER_MINIMUM = "under_minimum"
    """Less than the least load that may be priced; an empty platter as well."""
    FAULT = "fault"
    """The scale reports that it is broken: memory, calibration, checksums."""


HOLDS_WEIGHT = frozenset({ScaleState.STABLE, ScaleState.SAME_WEIGHT})
"""States in which a weight may be sold by."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """One answer of a scale."""

    state: ScaleState
    at_s: float
    """Monotonic seconds at which the answer came."""
    kg: Decimal | None = None
    """Net weight as the scale wrote it; only when ``state`` is STABLE, or SAME_WEIGHT."""
    sequence: int = 0
    """Number of the load: it stays while nothing moves, so that one load is not sold twice."""
    unit_price_minor: int | None = None
    price_minor: int | None = None
    """What the scale itself computed from its weight and ``unit_price_minor``."""
    tare_g: int = 0
    """Tare that was taken off to come to ``kg``."""
    answer: str = ""
    """What the scale said, printable, for the record."""

    def __post_init__(self) -> None:
        if self.kg is not None and (self.state not in HOLDS_WEIGHT or self.kg <= 0):
            raise ValueError(f"a scale that is {self.state} has no weight of {self.kg} kg")

    def value(self, now_s: float) -> Decimal | None:
        """Return the weight in kilograms, unless it is none or older than STALE_S."""
        return self.kg if 0 <= now_s - self.at_s <= STALE_S else None


class Scale(Protocol):
    """A driver. Used by one thread at a time, except ``close``."""

    computes_price: bool
    """The protocol has the scale compute the price (``Weighing.price_minor``)."""
    can_zero: bool
    """The scale can be set to zero from here; else it has a key of its own."""

    def open(self, timeout_s: float) -> Status:
        """Connect and hear an answer. Raises TransportError or ProtocolError."""

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is; ABSENT when no answer comes. Weighs nothing that could be sold."""

    def weigh(self, unit_price_minor: int | None, tare_g: int, timeout_s: float) -> Weighing:
        """Return what lies on the scale at this moment; it does not wait for rest.

        Args:
            unit_price_minor: price of a kilogram, 0 to MAX_UNIT_PRICE_MINOR; None when no price is
                wanted, which a scale that computes prices answers with NOT_READY.
            tare_g: taken off the weight, 0 to MAX_TARE_G.
            timeout_s: for all of it.

        Raises:
            TransportError: it is not there, or said nothing in time.
            RemoteProtocolError: it said something that makes no sense.
            DeviceFault: it refuses: wrong unit of weight, price or tare, missing secret.
        """

    def zero(self, timeout_s: float) -> None:
        """Set an empty scale to zero. Raises DeviceFault when it cannot, and as ``weigh`` does."""

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
