"""A transport that breaks at a chosen moment, to try every point at which a cut can come."""

from __future__ import annotations

from drivers.errors import Unplugged
from drivers.transports.base import Transport


class Tripwire:
    """Counts moments and breaks at moment ``at``, once; with None it only counts.

    Moments are: before and after a connection, before a write, in the middle of it and after it,
    and after each read of up to ``chunk`` bytes, which are then lost.  ``fatal`` is raised instead
    of Unplugged, as when the program dies, and again at every later call.
    """

    def __init__(
        self,
        inner: Transport,
        at: int | None = None,
        *,
        chunk: int = 4096,
        fatal: type[BaseException] | None = None,
    ) -> None:
        self._inner = inner
        self._at = at
        self._chunk = chunk
        self._fatal = fatal
        self._dead = False
        self.moments = 0

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged or TransportTimeout."""
        self._moment(0)
        self._inner.open(timeout_s)
        self._moment(0)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""
        half = len(data) // 2
        self._moment(0)
        self._inner.write(data[:half], timeout_s)
        self._moment(half)
        self._inner.write(data[half:], timeout_s)
        self._moment(len(data))

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        data = self._inner.read(min(limit, self._chunk), timeout_s)
        if data:
            self._moment(0)
        return data

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._inner.close()

    def _moment(self, sent: int) -> None:
        if self._dead and self._fatal is not None:
            raise self._fatal
        self.moments += 1
        if self.moments != self._at:
            return
        self._inner.close()
        if self._fatal is not None:
            self._dead = True
            raise self._fatal
        raise Unplugged("the wire was tripped", bytes_sent=sent)
