"""Drivers of customer displays on a line."""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.display.base import Shown
from drivers.display.commands import Cd5220, CommandSet, DmD
from drivers.errors import TransportError
from drivers.transports.base import Transport

READ_BYTES = 256


class _LineDisplay:
    """A CustomerDisplay that speaks a command set."""

    commands: CommandSet

    def __init__(
        self,
        transport: Transport,
        page: str = "",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``page`` is a code page of ``code_pages.PAGES``; empty for that of the command set."""
        self._transport = transport
        self._page = page or self.commands.page
        self._now = monotonic
        self._written_at: float | None = None

    def open(self, timeout_s: float) -> Status:
        """Connect, initialise, clear. Raises TransportError."""
        deadline = self._now() + timeout_s
        self._transport.open(timeout_s)
        self._write(self.commands.initialise(self._page), max(0.0, deadline - self._now()))
        return Status(Health.READY, (), self._written_at)

    def show(self, rows: Shown, timeout_s: float) -> None:
        """Replace both rows. Raises TransportError."""
        self._write(self.commands.show(rows, self._page), timeout_s)

    def poll(self, timeout_s: float) -> Status:
        """Look at the line; what a display may say means nothing here."""
        del timeout_s
        try:
            self._transport.read(READ_BYTES, 0.0)
        except TransportError:
            self._transport.close()
            return Status(Health.ABSENT, ("unplugged",), self._written_at)
        return Status(Health.READY, (), self._written_at)

    def close(self) -> None:
        """Disconnect; what stands on the display stays."""
        self._transport.close()

    def _write(self, data: bytes, timeout_s: float) -> None:
        self._transport.write(data, timeout_s)
        self._written_at = self._now()


class DmDDisplay(_LineDisplay):
    """Epson DM-D and the many that copy its commands."""

    commands = DmD()


class Cd5220Display(_LineDisplay):
    """CD5220 and the many that copy its commands."""

    commands = Cd5220()
