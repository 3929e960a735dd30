"""The byte channel between a driver and its device."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A byte channel with deadlines. It knows no protocol.

    Used by one thread at a time, except ``close``, which any thread may call to wake a reader.
    """

    def open(self, timeout_s: float) -> None:
        """Connect, as the only one. Raises Unplugged, Claimed or TransportTimeout."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``; when it returns, every byte left.

        Raises Unplugged or TransportTimeout, whose ``bytes_sent`` says how many had left.
        """

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged.

        What comes in reports or records comes whole: one HID report, whole input events.
        """

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
