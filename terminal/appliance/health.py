"""The health of the machine: every reading of one look, and the report that is made of them.

The service writes the report once a minute (``places.HEALTH``); the terminal, its service screen
and the diagnostics read it.  A report says when it was made: an old one is no report.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from drivers.timekeeping.base import Evidence, Trust, judge
from terminal.appliance import (
    health_clock,
    health_machine,
    health_network,
    health_software,
    health_storage,
)
from terminal.appliance.health_memory import Latches, clock_seen, under_voltage_seen
from terminal.appliance.health_network import UsbDevice
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import (
    MAX_READINGS,
    Judgement,
    Reading,
    reading_of,
    worst,
)

VERSION = 1
SAMPLE_S = 60
"""Between two looks of the service."""
STALE_MS = 3 * SAMPLE_S * 1000
"""A report older than three looks says nothing of now."""
MAX_REPORT_BYTES = 262_144
BOOT_ID = "proc/sys/kernel/random/boot_id"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a look was taken."""

    wall_ms: int
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """One look at everything."""

    boot_id: str = ""
    at_ms: int = 0
    readings: tuple[Reading, ...] = ()
    usb: tuple[UsbDevice, ...] = ()

    @property
    def overall(self) -> Judgement:
        """The gravest judgement; what cannot be known here hides nothing that is good."""
        known = [one.judgement for one in self.readings if one.judgement is not Judgement.UNKNOWN]
        return worst(known)

    def reading(self, name: str) -> Reading | None:
        """Return the reading of a name."""
        return next((one for one in self.readings if one.name == name), None)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "version": VERSION,
            "boot_id": self.boot_id,
            "at_ms": self.at_ms,
            "overall": self.overall.value,
            "readings": [one.plain() for one in self.readings],
            "usb": [asdict(one) for one in self.usb],
        }


class Health:
    """Looks at a machine again and again."""

    def __init__(self, files: MachineFiles, kept: Latches | None = None) -> None:
        self._files = files
        self.kept = kept or Latches(boot_id=files.text(BOOT_ID) or "")
        self._low = False
        self._before: tuple[int, float] | None = None
        self._was_set = False

    def watch_supply(self, at_ms: int) -> bool | None:
        """Tell whether the supply is too low now; each dip is counted when it begins."""
        low = health_machine.under_voltage_now(self._files)
        if low and not self._low:
            self.kept = under_voltage_seen(self.kept, at_ms)
        self._low = bool(low)
        return low

    def look(self, at: Moment) -> Report:
        """Read everything once; what is latched is in ``kept`` afterwards."""
        files = self._files
        low = self.watch_supply(at.wall_ms)
        known = health_clock.evidence(files, at.wall_ms)
        now = (at.wall_ms, at.monotonic_s)
        self.kept = kept = clock_seen(self.kept, self._before, now, was_set=self._was_set)
        self._before = now
        self._was_set = judge(known, at.wall_ms).level is Trust.NTP
        return Report(
            boot_id=kept.boot_id,
            at_ms=at.wall_ms,
            readings=(
                *_machine(files, kept, low),
                *_storage(files, at.wall_ms),
                *_clock(known, kept, at.wall_ms),
                health_network.link(files),
                health_network.address(files),
                health_network.gateway(files),
                health_network.usb(files),
                health_software.release(files),
                health_software.slot(files),
                health_machine.watchdog(files),
                health_software.terminal(files, kept.boot_id),
            ),
            usb=health_network.usb_devices(files),
        )


def _machine(files: MachineFiles, kept: Latches, low: bool | None) -> Sequence[Reading]:
    return (
        health_machine.temperature(files),
        health_machine.under_voltage(low, kept.under_voltage_times, kept.under_voltage_ms),
        health_machine.memory(files),
        health_machine.load(files),
        health_machine.uptime(files),
        health_machine.last_reset(files, cut=kept.cut),
    )


def _storage(files: MachineFiles, now_ms: int) -> Sequence[Reading]:
    return (
        health_storage.space(files),
        health_storage.writable(files, now_ms),
        health_storage.file_system(files),
        health_storage.card(files),
        health_storage.wear(files),
    )


def _clock(known: Evidence, kept: Latches, now_ms: int) -> Sequence[Reading]:
    return (
        health_clock.clock(known, now_ms),
        health_clock.battery(known),
        health_clock.step(kept.step_s, kept.step_at_ms, was_set=kept.step_of_set_clock),
    )


def read_report(path: Path) -> Report | None:
    """Return the report in a file; None when there is none that can be read. Never raises."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(MAX_REPORT_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return report_of(told)


def report_of(told: object) -> Report | None:
    """Return the report that ``plain`` made; None for anything else."""
    if not isinstance(told, Mapping) or told.get("version") != VERSION:
        return None
    boot_id, at_ms, readings = told.get("boot_id"), told.get("at_ms"), told.get("readings")
    if not isinstance(boot_id, str) or not isinstance(readings, list):
        return None
    if not isinstance(at_ms, int) or isinstance(at_ms, bool):
        return None
    found = [reading_of(one) for one in readings[:MAX_READINGS]]
    usb = told.get("usb")
    return Report(
        boot_id[:64],
        at_ms,
        tuple(one for one in found if one is not None),
        tuple(_usb(one) for one in usb[: health_network.MAX_USB] if isinstance(one, dict))
        if isinstance(usb, list)
        else (),
    )


def _usb(told: Mapping[str, object]) -> UsbDevice:
    def text(name: str) -> str:
        value = told.get(name)
        return value[:60] if isinstance(value, str) else ""

    return UsbDevice(text("port"), text("vendor"), text("product"), text("name"), text("speed"))
