"""Real questions to every device while no terminal runs: opened, asked, closed, all at once.

Each on a thread of its own with the deadlines of a ``Keeper``; whatever hangs is given up when the
time of the page is over, and its thread dies with the program.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from drivers.base import Health, Status
from drivers.errors import DriverError
from drivers.flight import FlightRecorder
from terminal.devices.host import DeviceHost, ScannerHost, lost
from terminal.devices.hub import Hub
from terminal.devices.keeper import OPEN_S, POLL_S
from terminal.devices.page import Seen, counted

log = logging.getLogger(__name__)

PAGE_S = 8.0
"""For all the answers together."""
HUNG = Status(Health.ABSENT, ("no_answer",))


def ask(driver: Any) -> Status:
    """Open a device, ask it how it is, and let go of it. No error comes out."""
    try:
        status: Status = driver.open(OPEN_S)
        if hasattr(driver, "poll"):
            status = driver.poll(POLL_S)
    except DriverError as error:
        log.debug("not there: %s", error)
        return lost(error)
    finally:
        driver.close()
    return status


def ask_all(hub: Hub, wanted: Iterable[str], now_ms: int) -> Mapping[str, Seen]:
    """Ask the devices of these roles; ``now_ms`` is when they are asked, UTC."""
    answers: SimpleQueue[tuple[str, Status]] = SimpleQueue()
    hosts = {role: host for role, host in hub.hosts.items() if role in set(wanted)}
    for role, host in hosts.items():
        threading.Thread(
            target=lambda role=role, host=host: answers.put((role, _asked(host))),
            name=f"ask-{role}",
            daemon=True,
        ).start()
    seen: dict[str, Seen] = {}
    deadline = time.monotonic() + PAGE_S
    while len(seen) < len(hosts):
        try:
            role, status = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        seen[role] = _seen(status, hosts[role].recorder, now_ms)
    return {
        role: seen.get(role) or Seen(HUNG, statistics=counted(host.recorder))
        for role, host in hosts.items()
    }


def _asked(host: DeviceHost[Any] | ScannerHost) -> Status:
    status = ask(host.driver)
    if status.health is Health.ABSENT:
        host.recorder.statistics.errors += 1
    return status


def _seen(status: Status, recorder: FlightRecorder, now_ms: int) -> Seen:
    heard = recorder.heard_at_s is not None
    return Seen(status, 0, now_ms if heard else 0, counted(recorder))


def listen(hub: Hub, role: str, seconds: float) -> Status:
    """Talk to one device for some time, so that its recorder hears it; return its last answer.

    A scanner is read, all others are asked again and again.  Raises DriverError when it cannot be
    opened.
    """
    driver: Any = hub.hosts[role].driver
    deadline = time.monotonic() + seconds
    try:
        status: Status = driver.open(OPEN_S)
        while (left := deadline - time.monotonic()) > 0:
            if hasattr(driver, "read"):
                driver.read(min(left, POLL_S))
                continue
            began = time.monotonic()
            if hasattr(driver, "poll"):
                status = driver.poll(POLL_S)
            elif hasattr(driver, "status"):
                status = driver.status(POLL_S)
            if status.health is Health.ABSENT:
                status = driver.open(OPEN_S)
            # Not faster than a running terminal asks.
            threading.Event().wait(min(left, max(0.0, POLL_S - (time.monotonic() - began))))
    finally:
        driver.close()
    return status
