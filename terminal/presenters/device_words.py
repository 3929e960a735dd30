"""The devices in words: the same sentences on the till's screen and on the page of ``doctor``."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base import Check, Health
from terminal.devices.adoption import Offer, Stand, unit_name
from terminal.devices.page import DeviceLine
from terminal.words import Words

_TONES = {
    Health.STARTING: "info",
    Health.READY: "good",
    Health.DEGRADED: "warn",
    Health.BLOCKED: "bad",
    Health.FAULT: "bad",
    Health.ABSENT: "bad",
}


@dataclass(frozen=True, slots=True)
class SaidOfDevice:
    """One device in words."""

    name: str
    """What it is: receipt printer, scanner."""
    unit: str
    """Which one it is: maker, model, serial number, or its address."""
    state: str
    tone: str
    """``good``, ``info``, ``warn`` or ``bad``; ``quiet`` where there is none."""
    note: str
    """What to do, else when it last said something."""


def said_of(line: DeviceLine, words: Words) -> SaidOfDevice:
    """Return what is to be said of a device."""
    state, tone = _state(line, words)
    return SaidOfDevice(name_of(line.role, words), _unit(line), state, tone, _note(line, words))


def said_of_offer(offer: Offer, words: Words) -> tuple[str, str]:
    """Return the name of a device that could be adopted, and what is to be decided."""
    kind = "unknown" if not offer.role else "another" if offer.another else ""
    key = f"device.offer.{kind}" if kind else "device.offer"
    return offer.name, words.text(key, device=offer.role)


def name_of(role: str, words: Words) -> str:
    """Return what a device is called, with a capital."""
    key = f"device.{role}"
    name = words.text(key) if words.has(key) else role.replace("_", " ")
    return name[:1].upper() + name[1:]


def _state(line: DeviceLine, words: Words) -> tuple[str, str]:
    if line.pending:
        return words.text("device.stand.pending"), "info"
    if line.stand in (Stand.NONE, Stand.ANOTHER):
        tone = "quiet" if line.stand == Stand.NONE else "warn"
        return words.text(f"device.stand.{line.stand}"), tone
    health = Health(line.health)
    if line.stand == Stand.SIMULATED and health in (Health.READY, Health.STARTING):
        return words.text("device.stand.simulated"), "info"
    away = health is Health.ABSENT and "unplugged" in line.reasons
    state = words.text("device.away" if away else f"device.{health}")
    state = state[:1].upper() + state[1:]
    if line.since_ms and health not in (Health.READY, Health.STARTING):
        state = words.text("device.since", state=state, since_ms=line.since_ms)
    return state, _TONES[health]


def _unit(line: DeviceLine) -> str:
    """Name the unit; a device that is none, and one that is none yet, have nothing to name."""
    if line.stand in (Stand.NONE, Stand.SIMULATED):
        return ""
    return unit_name(line.maker, line.model, line.serial) or line.detail or line.address


def _check(check: Check, words: Words) -> str:
    key = f"check.{check.name}"
    return words.text(key) if words.has(key) else check.name


def _note(line: DeviceLine, words: Words) -> str:
    if line.pending:
        return words.text("device.advice.pending")
    if line.stand in (Stand.NONE, Stand.ANOTHER):
        return words.text(f"device.advice.{line.stand}")
    for reason in line.reasons:
        if words.has(f"device.{reason}"):
            return words.text(f"device.{reason}")
    if line.stand == Stand.SIMULATED:
        return words.text("device.advice.simulated", setting=f"devices.{line.setting}")
    notes = []
    if line.heard_ms:
        notes.append(words.text("device.heard", heard_ms=line.heard_ms))
    if line.test is not None:
        failed = ", ".join(_check(check, words) for check in line.test.checks if not check.passed)
        key = "device.tested_passed" if line.test.passed else "device.tested_failed"
        notes.append(words.text(key, tested_ms=line.tested_ms, checks=failed))
    return " · ".join(notes)
