"""What every device has: health, and the words for it (UnifiedPOS).

Health is about the last answer of the device, never about an open file or socket.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

STALE_AFTER_POLLS = 2
"""Intervals without an answer after which a device is doubted."""
GONE_AFTER_POLLS = 3
"""Intervals without an answer after which nothing is known of it any more."""
MAX_ERROR_CHARS = 200


class Health(StrEnum):
    STARTING = "starting"
    """Not asked yet: nothing is known against it."""
    ABSENT = "absent"
    """No answer: unplugged, off, or never seen."""
    READY = "ready"
    DEGRADED = "degraded"
    """Works, but something wants attention (paper near end)."""
    BLOCKED = "blocked"
    """A person is needed (paper out, cover open)."""
    FAULT = "fault"
    """The device reports that it is broken."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a device, and why."""

    health: Health
    reasons: tuple[str, ...] = ()
    """Catalogue keys ``device.<reason>``: ``paper_out``, ``cover_open``, ``unplugged`` ..."""
    answered_at_s: float | None = None
    """Monotonic seconds of the last answer; None when it never answered."""
    detail: str = ""
    """Maker, model, serial as the device tells them."""


def aged(status: Status, now_s: float, poll_s: float) -> Status:
    """Return what a status is still worth at ``now_s`` when it is asked every ``poll_s`` seconds.

    Answered longer ago than two intervals it is DEGRADED, or stays what is worse, because
    ``stale``; longer ago than three it is ABSENT.  A device that never answered does not age.
    """
    if status.answered_at_s is None or status.health in (Health.ABSENT, Health.STARTING):
        return status
    age_s = now_s - status.answered_at_s
    if age_s > GONE_AFTER_POLLS * poll_s:
        return replace(status, health=Health.ABSENT, reasons=("stale",))
    if age_s > STALE_AFTER_POLLS * poll_s:
        worse = status.health in (Health.BLOCKED, Health.FAULT)
        health = status.health if worse else Health.DEGRADED
        return replace(status, health=health, reasons=(*status.reasons, "stale"))
    return status


class DeviceState(StrEnum):
    """What the program does with a device at present (UnifiedPOS, property State)."""

    CLOSED = "closed"
    """Not opened, or lost."""
    IDLE = "idle"
    BUSY = "busy"
    """Carrying out a command."""
    ERROR = "error"
    """It reported a fault."""


class Power(StrEnum):
    """What is known of a device's power (UnifiedPOS, property PowerState)."""

    UNKNOWN = "unknown"
    ONLINE = "online"
    OFF = "off"
    """Off or not connected: only a device that can tell the two from each other says so."""
    OFFLINE = "offline"
    """On, but not ready to answer."""
    OFF_OFFLINE = "off_offline"
    """One of the two: what silence means."""


def power(status: Status) -> Power:
    """Return the power state that a status stands for: who answers is on, who is silent may be."""
    if status.health is Health.STARTING:
        return Power.UNKNOWN
    return Power.OFF_OFFLINE if status.health is Health.ABSENT else Power.ONLINE


@dataclass(slots=True)
class Statistics:
    """What happened to a device since the program started (UnifiedPOS, statistics).

    Written by the device's own thread, read by anybody; kept nowhere.
    """

    opens: int = 0
    """Times it was connected."""
    losses: int = 0
    """Times it went away while it was connected."""
    bytes_in: int = 0
    bytes_out: int = 0
    commands: int = 0
    """Calls of its driver."""
    errors: int = 0
    """Calls that ended in an error."""
    last_error: str = ""

    def failed(self, error: Exception) -> None:
        """Count an error and remember its words."""
        self.errors += 1
        self.last_error = f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARS]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a self-test looked at."""

    name: str
    """Catalogue key ``check.<name>``."""
    passed: bool
    detail: str = ""
    """What was seen, as the device tells it."""


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """What a device's test of itself found (UnifiedPOS, CheckHealth)."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Tell whether something was checked and nothing failed."""
        return bool(self.checks) and all(check.passed for check in self.checks)
