"""Time that passes only when somebody waits for it: long waits cost nothing, and none is too short.

For conversations with a simulated device in the same process, which answers while it is written to.
"""

from __future__ import annotations

from drivers.transports.base import Transport

TICK_S = 0.001


class WaitingClock:
    """A monotonic clock: a tick at every look, and whatever a reader waits for in vain."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        self.now_s += TICK_S
        return self.now_s


class InstantTransport:
    """A wire on which waiting moves the clock instead of the thread."""

    def __init__(self, inner: Transport, clock: WaitingClock) -> None:
        self._inner = inner
        self._clock = clock

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged or TransportTimeout."""
        self._inner.open(timeout_s)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""
        self._inner.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` at once when there are none. Raises Unplugged.

        What the device does within ``timeout_s`` comes, at most twice as late as it was due.
        """
        data = self._inner.read(limit, 0.0)
        left, step = timeout_s, TICK_S
        while not data and left > 0:
            step = min(left, step)
            self._clock.now_s += step
            left -= step
            step *= 2
            data = self._inner.read(limit, 0.0)
        return data

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._inner.close()
