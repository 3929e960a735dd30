"""What every device has: health, and the words for it (UnifiedPOS).

Health is about the last answer of the device, never about an open file or socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
