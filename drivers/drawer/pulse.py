"""How long a solenoid may be driven, and how long it must rest. No clock, no pin.

A drawer's solenoid (24 ohm at 24 V) burns when it is held: the printer makers allow one part of
drive to four parts of rest, a duty cycle of 20 %.
"""

from __future__ import annotations

PULSE_MS = 120
MIN_PULSE_MS = 20
MAX_PULSE_MS = 250
REST_PARTS = 4


class PulseLimit:
    """Says when the next pulse may begin."""

    def __init__(self, pulse_ms: int = PULSE_MS) -> None:
        if not MIN_PULSE_MS <= pulse_ms <= MAX_PULSE_MS:
            raise ValueError(f"a pulse lasts {MIN_PULSE_MS} to {MAX_PULSE_MS} ms, not {pulse_ms}")
        self.pulse_ms = pulse_ms
        self._rested_at_ms: int | None = None

    def wait_ms(self, now_ms: int) -> int:
        """Return how long the solenoid must still rest."""
        return 0 if self._rested_at_ms is None else max(0, self._rested_at_ms - now_ms)

    def fired(self, now_ms: int) -> None:
        """A pulse has ended."""
        self._rested_at_ms = now_ms + REST_PARTS * self.pulse_ms
