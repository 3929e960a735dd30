"""The pins of one device, by name."""

from __future__ import annotations

from typing import Protocol


class PinPort(Protocol):
    """Named inputs and outputs; True is active, and the address says which voltage that is.

    Used by one thread at a time, except ``close``, which any thread may call to wake ``wait``.
    """

    def open(self, timeout_s: float) -> None:
        """Take the pins, all outputs inactive. Raises Unplugged."""

    def write(self, pin: str, *, active: bool) -> None:
        """Drive an output. Raises Unplugged."""

    def read(self, pin: str) -> bool:
        """Return an input, or what an output is driven to. Raises Unplugged."""

    def wait(self, timeout_s: float) -> None:
        """Wait until an input has moved since the last wait, or the time is up."""

    def measure(self, quantity: str) -> int | None:
        """Return a measured value beside the levels; None when the device measures nothing."""

    def close(self) -> None:
        """Let go of the pins: outputs go inactive. May be called twice."""
