"""The byte channel between a driver and its device."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A byte channel with deadlines. It knows no protocol.

    Used by one thread at a time, except ``close``, which any thread may call to wake a reader.
    """

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged or TransportTimeout."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
