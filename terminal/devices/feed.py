"""Keeps what a device shows equal to what it ought to show: the newest wins, nothing queues up.

For displays and lamps.  A sale never waits for them: whoever changes something only says so, and
what was not shown in time is replaced by what is true by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from drivers.base import Health
from drivers.errors import DriverError, TransportError
from terminal.devices.host import DeviceHost

log = logging.getLogger(__name__)

Shown = TypeVar("Shown")

AWAY = (Health.STARTING, Health.ABSENT)


class Feed(Generic[Shown]):
    """One device and what it ought to show; ``run`` is a supervised task."""

    def __init__(
        self,
        host: DeviceHost[Any],
        present: Callable[[], Shown],
        show: Callable[[Any, Shown], None],
    ) -> None:
        """``present()`` is asked on the loop; ``show(driver, it)`` runs on the device's thread."""
        self._host = host
        self._present = present
        self._show = show
        self._changed = asyncio.Event()
        self._shown: Shown | None = None

    def changed(self) -> None:
        """Say that something may look different now."""
        self._changed.set()

    def again(self) -> None:
        """Show it anew, whatever stands there: somebody else has shown something."""
        self._shown = None
        self._changed.set()

    async def run(self) -> None:
        """Show what is new, for ever; a device that comes back is shown what stands."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._host.status.health in AWAY:
                self._shown = None
                continue
            wanted = self._present()
            if wanted != self._shown:
                await self._bring(wanted)

    async def _bring(self, wanted: Shown) -> None:
        try:
            await self._host.call(lambda driver: self._show(driver, wanted))
        except TransportError as error:
            self._host.note_lost(error)
            self._shown = None
        except DriverError as error:
            log.debug("%s: %s", self._host.role, error)
        else:
            self._shown = wanted
