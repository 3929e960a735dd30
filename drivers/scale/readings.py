"""Turns what a scale says into weighings, whatever its protocol: numbered, checked, remembered."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from drivers.errors import LocalProtocolError, RemoteProtocolError
from drivers.scale.base import (
    MAX_ANSWER_CHARS,
    MAX_TARE_G,
    MAX_UNIT_PRICE_MINOR,
    ScaleState,
    Weighing,
)

GRAMS = Decimal(1000)


def printable(answer: bytes) -> str:
    """Return what was said with control codes as ``<1B>``, for the record."""
    said = "".join(chr(b) if 0x20 <= b < 0x7F else f"<{b:02X}>" for b in answer)
    return said[:MAX_ANSWER_CHARS]


def check_request(unit_price_minor: int | None, tare_g: int) -> None:
    """Raise LocalProtocolError for a price or tare that no scale takes."""
    if unit_price_minor is not None and not 0 <= unit_price_minor <= MAX_UNIT_PRICE_MINOR:
        raise LocalProtocolError(f"a unit price has at most 6 digits, not {unit_price_minor}")
    if not 0 <= tare_g <= MAX_TARE_G:
        raise LocalProtocolError(f"a tare has at most 4 digits of grams, not {tare_g}")


def whole_grams(kg: Decimal) -> int:
    """Return kilograms as grams. Raises RemoteProtocolError for a fraction of a gram."""
    grams = kg * GRAMS
    if grams != grams.to_integral_value():
        raise RemoteProtocolError(f"{kg} kg is no whole number of grams")
    return int(grams)


def _kilograms(grams: int) -> Decimal:
    return Decimal(grams) / GRAMS


class Readings:
    """Numbers the loads of one scale: a weight that did not move keeps its number."""

    def __init__(self) -> None:
        self._last: Weighing | None = None
        self._sequence = 0

    def stable(
        self,
        kg: Decimal,
        at_s: float,
        answer: bytes,
        *,
        tare_g: int = 0,
        unit_price_minor: int | None = None,
        price_minor: int | None = None,
        moved: bool = False,
    ) -> Weighing:
        """Note a stable net weight; ``moved`` says that the load is certainly another one."""
        if kg <= 0:
            return self.without_weight(ScaleState.ZERO, at_s, answer)
        whole_grams(kg)
        if moved or self._gross() != kg + _kilograms(tare_g):
            self._sequence += 1
        self._last = Weighing(
            ScaleState.STABLE,
            at_s,
            kg,
            self._sequence,
            unit_price_minor,
            price_minor,
            tare_g,
            printable(answer),
        )
        return self._last

    def same(
        self, at_s: float, answer: bytes, *, unit_price_minor: int | None = None, tare_g: int = 0
    ) -> Weighing:
        """The scale says that nothing moved: the last weight holds.

        A price that the scale computed holds for the unit price and tare that it was asked for.
        """
        last, gross = self._last, self._gross()
        asked = (unit_price_minor, tare_g)
        priced = last is not None and last.price_minor is not None
        if (
            last is None
            or gross is None
            or (priced and (last.unit_price_minor, last.tare_g) != asked)
        ):
            return Weighing(ScaleState.SAME_WEIGHT, at_s, answer=printable(answer))
        kg = gross - _kilograms(tare_g)
        if kg <= 0:
            return Weighing(ScaleState.UNDER_ZERO, at_s, answer=last.answer)
        return replace(last, state=ScaleState.SAME_WEIGHT, at_s=at_s, kg=kg, tare_g=tare_g)

    def without_weight(self, state: ScaleState, at_s: float, answer: bytes) -> Weighing:
        """Note that there is no weight, and why: whatever comes next is another load."""
        self.forget()
        return Weighing(state, at_s, answer=printable(answer))

    def _gross(self) -> Decimal | None:
        last = self._last
        if last is None or last.kg is None:
            return None
        return last.kg + _kilograms(last.tare_g)

    def quiet_for(self, now_s: float) -> float:
        """Return the seconds since the last weight was told; endless when none is remembered."""
        return float("inf") if self._last is None else now_s - self._last.at_s

    def forget(self) -> None:
        """An answer was lost: nothing is known of what lies there."""
        self._last = None
