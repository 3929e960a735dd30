"""What the clock is worth, and how its battery is; judged as the terminal itself judges it."""

from __future__ import annotations

from drivers.timekeeping.base import (
    EMPTY_BATTERY_MV,
    LOW_BATTERY_MV,
    Evidence,
    Trust,
    judge,
)
from drivers.timekeeping.linux import gather
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Figure, Group, Judgement, Reading

JUMP_MS = 300_000
"""Attention: a step of more than five minutes of a clock that was set already."""


def evidence(files: MachineFiles, now_ms: int) -> Evidence:
    """Return what the system knows about its clock."""
    return gather(files, now_ms)


def clock(known: Evidence, now_ms: int) -> Reading:
    """Return how far the clock can be trusted, and by what."""
    judged = judge(known, now_ms)
    figures: dict[str, Figure] = {"trust": judged.level.value, "rtc": known.rtc[:16] or "none"}
    if known.synced_ago_s is not None:
        figures["synced_minutes"] = max(0, known.synced_ago_s) // 60
    if judged.level is Trust.GUESS:
        return Reading("clock", Group.CLOCK, Judgement.ATTENTION, judged.source, figures)
    return Reading("clock", Group.CLOCK, Judgement.GOOD, "", figures)


def battery(known: Evidence) -> Reading:
    """Return how the battery of the clock is; unknown where it does not tell."""
    if known.battery_mv is None:
        finding = "not_told" if known.rtc else "no_clock"
        return Reading("battery", Group.CLOCK, Judgement.UNKNOWN, finding)
    figures = {"millivolt": known.battery_mv}
    if known.battery_mv < EMPTY_BATTERY_MV:
        return Reading("battery", Group.CLOCK, Judgement.BAD, "empty", figures)
    if known.battery_mv < LOW_BATTERY_MV:
        return Reading("battery", Group.CLOCK, Judgement.ATTENTION, "low", figures)
    return Reading("battery", Group.CLOCK, Judgement.GOOD, "", figures)


def step(seconds: int | None, at_ms: int, *, was_set: bool) -> Reading:
    """Return the last step of the clock that was seen in this boot.

    A machine without a clock of its own makes one long step when the network comes up: that is
    ordinary.  A step of a clock that a time server had set is not.
    """
    if seconds is None:
        return Reading("clock_step", Group.CLOCK, Judgement.UNKNOWN, "not_watched")
    if seconds == 0:
        return Reading("clock_step", Group.CLOCK, Judgement.GOOD, "", {"seconds": 0})
    figures = {"seconds": seconds, "at_ms": at_ms}
    if was_set and abs(seconds) * 1000 > JUMP_MS:
        return Reading("clock_step", Group.CLOCK, Judgement.ATTENTION, "jumped", figures)
    return Reading("clock_step", Group.CLOCK, Judgement.GOOD, "", figures)
