"""What a light tower offers: three lamps and a buzzer (UnifiedPOS: Lights).

Dark means out of service: pins that nobody holds are dark, so a terminal that crashed or lost its
power says so without doing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base import Status


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Buzz(StrEnum):
    """What the buzzer says; each is bounded in time."""

    ERROR = "error"
    """A scan was refused."""
    ALARM = "alarm"
    """The drawer stands open."""


@dataclass(frozen=True, slots=True)
class LampPattern:
    """What the three lamps do."""

    red: Lamp = Lamp.OFF
    amber: Lamp = Lamp.OFF
    green: Lamp = Lamp.OFF


DARK = LampPattern()


class Lights(Protocol):
    """A driver. ``show`` and ``buzz`` return at once; time is kept by the tower's own thread."""

    def open(self, timeout_s: float) -> Status:
        """Take the tower, all dark. Raises Unplugged."""

    def poll(self, timeout_s: float) -> Status:
        """Tell whether the pins are still held; ABSENT when not."""

    def show(self, pattern: LampPattern) -> None:
        """Show a pattern until the next one. Raises Unplugged."""

    def buzz(self, buzz: Buzz) -> None:
        """Sound once, in the place of what sounds now. Raises Unplugged."""

    def close(self) -> None:
        """Go dark and let go; may be called twice and from another thread."""
