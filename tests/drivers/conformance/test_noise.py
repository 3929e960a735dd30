"""C5: bytes that no device ever sent."""

from __future__ import annotations

import random
import re
from pathlib import Path

from drivers.errors import DriverError
from tests.drivers.conformance.wires import Noise, Noisy

MEGABYTE = 1_000_000
MAX_GROWTH = 50 * MEGABYTE
FORGET_PEAK = "5"
"""What /proc/self/clear_refs takes to begin a new peak of resident memory (proc(5))."""
MAX_TRIES = 100_000


def _resident(which: str) -> int:
    """Return ``VmRSS`` or its peak ``VmHWM``, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{which}:\s+(\d+) kB", status)[1]) * 1024


def _peak_from_now_on() -> int:
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")
    return _resident("VmRSS")


def _listen(rig, noise):
    """Use the device until the noise is over; only errors of our own may come of it."""
    for _ in range(MAX_TRIES):
        if not noise.left:
            return
        try:
            rig.opens_and_works()
            if not rig.candidate.hears:
                rig.status()  # the only moment at which anything is read
        except DriverError:
            rig.driver.close()
    raise AssertionError(f"{noise.left} bytes were never read")


def test_a_megabyte_of_noise_is_survived(new_rig, seed, full):
    """No foreign exception, memory bounded, and the next valid frame is understood."""
    noise = Noise(random.Random(seed).randbytes(10 * MEGABYTE if full else MEGABYTE))
    rig = new_rig(lambda wire: Noisy(wire, noise))
    before = _peak_from_now_on()
    _listen(rig, noise)
    assert _resident("VmHWM") - before <= MAX_GROWTH
    rig.open()
    assert rig.settles()
    assert rig.works()
