"""Levels of trust in the wall clock, and the evidence they are judged by.

NTP: a time server set it in this boot, not long ago. RTC: a battery-backed clock set it at boot and
still agrees with it. GUESS: neither; it goes on from whenever it was last known. Judging has no
side effect and waits for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Trust(StrEnum):
    NTP = "ntp"
    RTC = "rtc"
    GUESS = "guess"


FRESH_S = 7 * 86_400
"""A time server's word is good for a week: a crystal drifts by two seconds a day or less."""
AGREE_S = 300
"""An RTC that differs by more was not what set the clock, or somebody has set the clock since."""
LOW_BATTERY_MV = 2500
"""An ML2020 cell gives 3 V; below this it wants charging or changing."""
EMPTY_BATTERY_MV = 2000
"""End of discharge: below this an RTC does not live through a night."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the system knows about its clock."""

    boot_id: str
    """Changes with every boot, so that monotonic times of two boots are never compared."""
    synced_ago_s: int | None = None
    """Since a time server last set the clock; None when none did in this boot."""
    rtc: str = ""
    """Name of the real-time clock; empty when there is none."""
    rtc_set_clock: bool = False
    """The kernel took the time from it at boot."""
    rtc_ms: int | None = None
    """Its time, milliseconds since 1970-01-01 UTC; None when it cannot be read."""
    battery_mv: int | None = None
    """Voltage of its battery; None when it does not tell."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far the clock can be trusted, and by what."""

    level: Trust
    source: str
    """``time_server``, ``rtc``; or why not: ``no_rtc``, ``rtc_not_used``, ``rtc_unreadable``,
    ``rtc_differs``, ``rtc_battery``."""


def judge(evidence: Evidence, now_ms: int) -> Judgement:
    """Return how far a clock that says ``now_ms`` can be trusted."""
    synced = evidence.synced_ago_s
    if synced is not None and -AGREE_S <= synced <= FRESH_S:
        return Judgement(Trust.NTP, "time_server")
    if not evidence.rtc:
        return Judgement(Trust.GUESS, "no_rtc")
    if evidence.battery_mv is not None and evidence.battery_mv < EMPTY_BATTERY_MV:
        return Judgement(Trust.GUESS, "rtc_battery")
    if not evidence.rtc_set_clock:
        return Judgement(Trust.GUESS, "rtc_not_used")
    if evidence.rtc_ms is None:
        return Judgement(Trust.GUESS, "rtc_unreadable")
    if abs(evidence.rtc_ms - now_ms) > AGREE_S * 1000:
        return Judgement(Trust.GUESS, "rtc_differs")
    return Judgement(Trust.RTC, "rtc")


class Files(Protocol):
    """The files by which a system tells about its clock; paths are relative to the root."""

    def text(self, path: str) -> str | None:
        """Return the first line of a file, or None when it cannot be read."""

    def modified_ms(self, path: str) -> int | None:
        """Return when a file was last written, or None when it is not there."""

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what is in a folder, sorted; nothing when it is not there."""
