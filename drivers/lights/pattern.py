"""Lamps and buzzes over time, without a clock: what is on at a moment, and when that changes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drivers.lights.base import Buzz, Lamp, LampPattern

BLINK_MS = 500
"""On and off for so long: one flash a second, below the three that EN 301 549 (9.2.3) allows."""

BUZZES: Mapping[Buzz, tuple[int, ...]] = MappingProxyType(
    {
        Buzz.ERROR: (90, 70, 90),
        Buzz.ALARM: (400, 600) * 10,
    }
)
"""Buzz -> milliseconds on, off, on ... An alarm ends after ten seconds: a noise that never ends is
silenced with tape."""


def lit(lamp: Lamp, at_ms: int) -> bool:
    """Tell whether a lamp is lit ``at_ms`` after the beginning of its pattern."""
    return lamp is Lamp.ON or (lamp is Lamp.BLINK and at_ms // BLINK_MS % 2 == 0)


def sounding(buzz: Buzz, at_ms: int) -> bool:
    """Tell whether the buzzer sounds ``at_ms`` after the beginning of a buzz."""
    end = 0
    for n, length_ms in enumerate(BUZZES[buzz]):
        end += length_ms
        if at_ms < end:
            return n % 2 == 0
    return False


def lamps_change_ms(pattern: LampPattern, at_ms: int) -> int | None:
    """Return the milliseconds until a lamp changes; None when none blinks."""
    if Lamp.BLINK not in (pattern.red, pattern.amber, pattern.green):
        return None
    return BLINK_MS - at_ms % BLINK_MS


def buzz_changes_ms(buzz: Buzz, at_ms: int) -> int | None:
    """Return the milliseconds until the buzzer changes; None when the buzz is over."""
    end = 0
    for length_ms in BUZZES[buzz]:
        end += length_ms
        if at_ms < end:
            return end - at_ms
    return None
