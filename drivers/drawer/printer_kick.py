"""Driver of a drawer that hangs on a printer's connector."""

from __future__ import annotations

from typing import Protocol


class KickPort(Protocol):
    """What a printer offers to the drawer behind it."""

    def kick(self, pin: int, timeout_s: float) -> None: ...

    def drawer_high(self) -> bool | None: ...


class PrinterDrawer:
    """A CashDrawer behind a printer, on pin 2 or 5; runs on the printer's thread."""

    def __init__(self, printer: KickPort, pin: int = 2) -> None:
        self._printer = printer
        self._pin = pin

    def kick(self, timeout_s: float) -> None:
        """Open it. Raises a DriverError."""
        self._printer.kick(self._pin, timeout_s)

    def sensor(self) -> bool | None:
        """Return the level of the printer's drawer sensor (connector pin 3)."""
        return self._printer.drawer_high()
