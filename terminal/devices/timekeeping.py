"""The evidence about the clock, as configured: the system's own files, or simulated ones."""

from __future__ import annotations

from collections.abc import Callable

from drivers.simulators import Bench
from drivers.timekeeping.base import Evidence
from drivers.timekeeping.linux import SystemFiles, gather
from terminal.device_settings import SYSTEM_CLOCK, Devices

Evident = Callable[[int], Evidence]
"""Gathers the evidence when the wall clock says so many milliseconds; may block on the disk."""


def clock_evidence(devices: Devices, bench: Bench | None) -> Evident:
    """Return what gathers the evidence about this terminal's clock.

    A terminal whose devices are all real has a real clock as well.
    """
    if devices.clock == SYSTEM_CLOCK or bench is None:
        files = SystemFiles()
        return lambda now_ms: gather(files, now_ms)
    clock = bench.clock
    return lambda now_ms: gather(clock.told(now_ms), now_ms)
