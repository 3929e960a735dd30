"""A machine's clock made of software: the files by which a system tells about it, with knobs.

It is read as the system's own files are.  A bench that is made anew is a machine that has booted:
how often it did is kept in a file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.simulation import DurableLines, SimulatedDevice, at_least
from drivers.timekeeping.base import FRESH_S
from drivers.timekeeping.linux import BOOT_ID, RTCS, SYNCHRONIZED
from drivers.transports.memory import MemoryTransport

KEPT_BOOTS = 1000
"""Boots on file that make it be rewritten at the next."""


class ClockSimulator(SimulatedDevice):
    """The evidence of a simulated machine; it offers ``Files``. At first a time server answers.

    ``wall_ms`` is the machine's own clock: what its RTC shows is relative to it.
    """

    name = "clock"

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(monotonic)
        self._seed = seed
        self._memory = DurableLines(memory)
        self._boots = 0
        self._synced_ago_s: int | None = 0
        self._rtc = False
        self._rtc_ahead_s = 0
        self._battery_mv: int | None = None
        self._now_ms = 0

    def attach(self, wire: MemoryTransport) -> bool:
        """Refuse: a clock has no data line, it is read by its files."""
        del wire
        return False

    # --- Files ---

    def told(self, now_ms: int) -> ClockSimulator:
        """Return the files as they stand when the machine's clock says ``now_ms``."""
        with self.changed:
            self._now_ms = now_ms
        return self

    def text(self, path: str) -> str | None:
        """Return the first line of a file, or None when it cannot be read."""
        with self.changed:
            return self._texts().get(path)

    def modified_ms(self, path: str) -> int | None:
        """Return when a file was last written, or None when it is not there."""
        with self.changed:
            if path != SYNCHRONIZED or self._synced_ago_s is None:
                return None
            return self._now_ms - self._synced_ago_s * 1000

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what is in a folder, sorted."""
        with self.changed:
            return ("rtc0",) if folder == RTCS and self._rtc else ()

    def _boot(self) -> int:
        """Return the number of this boot: taken, and kept, when it is first asked for."""
        if not self._boots:
            boots = self._memory.load()
            self._boots = int(boots[-1]["boot"]) + 1 if boots else 1
            keep = self._memory.replace if len(boots) >= KEPT_BOOTS else self._memory.append
            keep([{"boot": self._boots}])
        return self._boots

    def _texts(self) -> Mapping[str, str]:
        boot = {BOOT_ID: f"{self._seed & 0xFFFFFFFF:08x}-0000-4000-8000-{self._boot():012x}"}
        if not self._rtc:
            return boot
        folder = f"{RTCS}/rtc0"
        rtc = {
            f"{folder}/hctosys": "1",
            f"{folder}/since_epoch": str(max(0, self._now_ms // 1000 + self._rtc_ahead_s)),
        }
        if self._battery_mv is not None:
            rtc[f"{folder}/battery_voltage"] = str(self._battery_mv * 1000)
        return {**boot, **rtc}

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            "look": super()._knobs()["look"],
            "ntp": self._ntp,
            "rtc": self._set_rtc,
            "guess": self._guess,
        }

    def _ntp(self, ago_s: int = 0) -> None:
        """A time server has answered, ``ago_s`` seconds ago."""
        self._synced_ago_s = at_least("ago_s", ago_s, 0)

    def _set_rtc(self, battery_mv: int | None = None, ahead_s: int = 0) -> None:
        """No time server; a clock with a battery, which may be wrong by ``ahead_s``."""
        self._synced_ago_s = None
        self._rtc = True
        self._battery_mv = None if battery_mv is None else at_least("battery_mv", battery_mv, 0)
        self._rtc_ahead_s = at_least("ahead_s", ahead_s, -FRESH_S)

    def _guess(self) -> None:
        """Neither a time server nor an RTC."""
        self._synced_ago_s = None
        self._rtc = False

    def _visible(self) -> Mapping[str, Any]:
        return {
            "synced_ago_s": self._synced_ago_s,
            "rtc": self._rtc,
            "battery_mv": self._battery_mv,
            "boots": self._boots,
        }
