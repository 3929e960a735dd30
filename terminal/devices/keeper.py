"""Devices that are kept open and asked how they are: scale, customer display, lights, power ...

A device that went away is tried again after the waits of ``backoff``, or at once when a plug is
heard of.  One that stays silent is doubted after two intervals and given up after three.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Protocol

from drivers.base import Health, Status
from drivers.errors import DriverError, TransportError
from terminal.devices.backoff import backoff_s
from terminal.devices.host import DeviceHost

OPEN_S = 2.0
POLL_S = 1.0
"""For one answer; also the pause between two questions: an unplugged device shows in a second."""


class Kept(Protocol):
    """A driver that is opened, asked how it is, and opened again when it went away."""

    def open(self, timeout_s: float) -> Status:
        """Connect and hear an answer. Raises TransportError."""

    def poll(self, timeout_s: float) -> Status:
        """Ask how it is and wait for the answer; ABSENT when none comes. No side effect."""

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""


class Keeper:
    """Keeps one device open; ``run`` is a supervised task. ``Hub.when_plugged`` wakes it."""

    def __init__(self, host: DeviceHost[Kept], on_change: Callable[[], None]) -> None:
        self._host = host
        host.poll_s = POLL_S
        self._on_change = on_change
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Try or ask at once: something was plugged in, or went away."""
        self._wake.set()

    async def run(self) -> None:
        """Open, ask, open again, for ever."""
        misses = 0
        while True:
            self._wake.clear()  # before the look: what is plugged in during it counts
            if await self._look():
                misses, pause = 0, POLL_S
            else:
                pause = backoff_s(misses, random.random())  # noqa: S311 - chance, no secret
                misses += 1
            # Not wait_for: in Python 3.11 it loses a cancellation that comes with the wake.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _look(self) -> bool:
        """Ask once; False when the device is not there."""
        away = self._host.last.health in (Health.STARTING, Health.ABSENT)
        try:
            status = await self._host.call(
                lambda driver: driver.open(OPEN_S) if away else driver.poll(POLL_S)
            )
        except TransportError as error:
            changed = self._host.note_lost(error)
            present = False
        except DriverError:
            return not away  # busy, or it said something that makes no sense: ask again
        else:
            changed = self._host.note(status)
            present = status.health is not Health.ABSENT
        if changed:
            self._on_change()
        return present
