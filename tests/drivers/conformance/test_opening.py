"""C1 and C2: opening, claiming and closing; and every driver is in the kit."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path

import pytest

from drivers.base import Health
from drivers.errors import TransportError
from drivers.registry import DRIVERS
from drivers.transports.instant import InstantTransport, WaitingClock
from tests.drivers.conformance.candidate import OPEN_S
from tests.drivers.conformance.register import CANDIDATES, WIRELESS

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
CYCLES = {"sim": 100, "tcp": 25, "pty": 25} if FULL else {"sim": 20, "tcp": 6, "pty": 6}
"""More where no time passes; some drivers wait for a line to fall silent first."""
WAYS = [
    (kind, way)
    for kind in CANDIDATES
    for way in ("sim", "tcp", "pty")
    if way != "pty" or kind.serial
]
LINES = [kind for kind in CANDIDATES if kind.serial]


def _named(value):
    return value if isinstance(value, str) else value.name


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_every_driver_is_in_the_kit():
    tried = [kind.name for kind in CANDIDATES]
    assert len(tried) == len(set(tried))
    assert set(DRIVERS) - set(tried) == set(WIRELESS)


@pytest.mark.parametrize(("kind", "way"), WAYS, ids=_named)
def test_it_opens_and_closes_again_and_again_and_leaks_nothing(kind, way, serve):
    """C1: opened twice, closed twice, and it works after all that."""
    candidate = kind()
    now = WaitingClock() if way == "sim" else time.monotonic
    device = candidate.device(now)
    connect = (
        (lambda: InstantTransport(device.connect(), now))
        if way == "sim"
        else serve(candidate, device, way)
    )
    driver = candidate.driver(connect, now)
    open_s = OPEN_S * candidate.times
    driver.open(open_s)
    driver.close()
    gc.collect()
    descriptors, threads = _descriptors(), threading.active_count()
    for _ in range(CYCLES[way]):
        driver.open(open_s)
        driver.open(open_s)
        driver.close()
        driver.close()
    bridges = 2 * candidate.connections  # of the server, which takes them away with the next one
    assert _descriptors() - descriptors <= bridges
    assert threading.active_count() - threads <= 2 * bridges
    driver.open(open_s)
    assert candidate.use(driver, device)
    driver.close()


@pytest.mark.parametrize("kind", LINES, ids=_named)
def test_a_line_belongs_to_who_opened_it_first(kind, serve):
    """C2: the second is refused, the first is not disturbed, and then it is the second's turn."""
    candidate = kind()
    device = candidate.device(time.monotonic)
    connect = serve(candidate, device, "pty")
    first = candidate.driver(connect, time.monotonic)
    second = candidate.driver(connect, time.monotonic)
    first.open(OPEN_S * candidate.times)
    with pytest.raises(TransportError):
        connect().open(OPEN_S)
    if candidate.asks:
        with pytest.raises(TransportError):
            second.open(OPEN_S * candidate.times)
    assert candidate.use(first, device)
    first.close()
    second.open(OPEN_S * candidate.times)
    assert candidate.use(second, device)
    second.close()


def test_what_is_open_is_ready(rig):
    rig.open()
    assert rig.status().health is Health.READY
    assert rig.works()
