"""Driver of a drawer that hangs on a printer's connector."""

from __future__ import annotations

from typing import Protocol

from drivers.drawer.base import DrawerState


class KickPort(Protocol):
    """What a printer offers to the drawer behind it."""

    def kick(self, pin: int, timeout_s: float) -> None: ...

    def drawer_open(self) -> bool | None: ...


class PrinterDrawer:
    """A CashDrawer behind a printer, on pin 2 or 5; runs on the printer's thread."""

    def __init__(self, printer: KickPort, pin: int = 2) -> None:
        self._printer = printer
        self._pin = pin

    def kick(self, timeout_s: float) -> None:
        """Open it. Raises a DriverError."""
        self._printer.kick(self._pin, timeout_s)

    def state(self) -> DrawerState:
        """Return what the printer's drawer sensor says."""
        is_open = self._printer.drawer_open()
        if is_open is None:
            return DrawerState.UNKNOWN
        return DrawerState.OPEN if is_open else DrawerState.CLOSED
