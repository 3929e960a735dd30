"""Time that passes only when somebody waits for it: long waits cost nothing, and none is too short.

For conversations with a simulated device in the same process, which answers while it is written to.
"""

from __future__ import annotations

from collections.abc import Callable

from drivers.errors import TransportError
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
    """A wire on which waiting moves the clock instead of the thread.

    ``due`` lets the device do what it has planned and returns the seconds until it does more by
    itself (a simulator's ``advance``): the clock then stops there on its way.
    """

    def __init__(
        self,
        inner: Transport,
        clock: WaitingClock,
        due: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._due = due

    def open(self, timeout_s: float) -> None:
        """Connect; nobody there takes all the time given. Raises Unplugged or TransportTimeout."""
        try:
            self._inner.open(timeout_s)
        except TransportError:
            self._clock.now_s += timeout_s
            raise

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""
        self._inner.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` at once when there are none. Raises Unplugged."""
        deadline = self._clock.now_s + timeout_s
        while not (data := self._inner.read(limit, 0.0)):
            left = deadline - self._clock.now_s
            if left <= 0:
                break
            planned = self._due()
            self._clock.now_s += left if planned is None else min(left, max(planned, TICK_S))
        return data

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._inner.close()
