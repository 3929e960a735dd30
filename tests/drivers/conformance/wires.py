"""Wires on which something is wrong at a chosen place."""

from __future__ import annotations

from collections.abc import Callable

from drivers.errors import TransportTimeout
from drivers.transports.base import Transport
from drivers.transports.instant import WaitingClock

NOISE_PIECE = 4096
NEVER = 10**9
MOST_BYTES = 4096


class FineClock(WaitingClock):
    """A clock that waiting moves, and a look at it by next to nothing."""

    def __call__(self) -> float:
        self.now_s += 1e-6
        return self.now_s


class Passing:
    """A wire that changes nothing; the others begin from here."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    def open(self, timeout_s: float) -> None:
        self.inner.open(timeout_s)

    def write(self, data: bytes, timeout_s: float) -> None:
        self.inner.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return self.inner.read(limit, timeout_s)

    def close(self) -> None:
        self.inner.close()


class Moments:
    """Counts what happens on all wires to one device, and does something at one moment."""

    def __init__(self, at: int = NEVER, act: Callable[[], object] = lambda: None) -> None:
        self.count = 0
        self._at = at
        self._act = act

    def __call__(self) -> None:
        if self.count == self._at:
            self._act()
        self.count += 1


class Watched(Passing):
    """Tells of every moment at which a cut can come: around a connection, a write and a read."""

    def __init__(self, inner: Transport, moment: Moments) -> None:
        super().__init__(inner)
        self._moment = moment

    def open(self, timeout_s: float) -> None:
        self._moment()
        self.inner.open(timeout_s)
        self._moment()

    def write(self, data: bytes, timeout_s: float) -> None:
        half = len(data) // 2
        self._moment()
        self.inner.write(data[:half], timeout_s)
        self._moment()
        self.inner.write(data[half:], timeout_s)
        self._moment()

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = self.inner.read(limit, timeout_s)
        self._moment()
        return data


class Stream:
    """How far one way of all wires to a device has come, and where it is cut in two."""

    def __init__(self, cut: int = NEVER) -> None:
        self.passed = 0
        self._cut = cut

    def allowed(self, size: int) -> int:
        """Return how many of ``size`` bytes may go together."""
        before = self._cut - self.passed
        return min(size, before) if before > 0 else size


class Held(Passing):
    """Takes what comes whole, reports for example, and hands out as little as one likes."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self._held = b""

    def open(self, timeout_s: float) -> None:
        self._held = b""
        self.inner.open(timeout_s)

    def _taken(self, limit: int, timeout_s: float) -> bytes:
        if not self._held:
            self._held = self.inner.read(MOST_BYTES, timeout_s)
        data, self._held = self._held[:limit], self._held[limit:]
        return data


class Chopped(Held):
    """Bytes come together as long as they can, but for one place each way."""

    def __init__(self, inner: Transport, out: Stream, back: Stream) -> None:
        super().__init__(inner)
        self._out = out
        self._back = back

    def write(self, data: bytes, timeout_s: float) -> None:
        while data:
            size = self._out.allowed(len(data))
            self.inner.write(data[:size], timeout_s)
            self._out.passed += size
            data = data[size:]

    def read(self, limit: int, timeout_s: float) -> bytes:
        data = self._taken(self._back.allowed(limit), timeout_s)
        self._back.passed += len(data)
        return data


class Trickling(Held):
    """One byte at a time, and each takes its time on the clock."""

    def __init__(self, inner: Transport, clock: WaitingClock, byte_s: float) -> None:
        super().__init__(inner)
        self._clock = clock
        self._byte_s = byte_s

    def read(self, limit: int, timeout_s: float) -> bytes:
        if timeout_s < self._byte_s:
            self._clock.now_s += timeout_s
            return b""
        self._clock.now_s += self._byte_s
        return self._taken(1, timeout_s - self._byte_s)


class Stalled(Passing):
    """From a moment on the device says nothing, or takes nothing; waiting moves the clock."""

    def __init__(
        self, inner: Transport, clock: WaitingClock, moment: Moments, *, takes: bool
    ) -> None:
        super().__init__(inner)
        self._clock = clock
        self._moment = moment
        self._takes = takes
        self.stalled = False

    def write(self, data: bytes, timeout_s: float) -> None:
        self._moment()
        if self.stalled and not self._takes:
            self._clock.now_s += timeout_s
            raise TransportTimeout("the device takes no more bytes")
        self.inner.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        self._moment()
        if self.stalled:
            self._clock.now_s += timeout_s
            return b""
        return self.inner.read(limit, timeout_s)


class Noise:
    """Bytes that no device ever sent, shared by all wires to one device."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def next(self, limit: int) -> bytes:
        piece = bytes(self._data[self._at : self._at + min(limit, NOISE_PIECE)])
        self._at += len(piece)
        return piece


class Noisy(Passing):
    """Says the noise first; what the device says meanwhile is drowned in it."""

    def __init__(self, inner: Transport, noise: Noise) -> None:
        super().__init__(inner)
        self._noise = noise

    def read(self, limit: int, timeout_s: float) -> bytes:
        if not self._noise.left:
            return self.inner.read(limit, timeout_s)
        self.inner.read(NOISE_PIECE, 0.0)
        return self._noise.next(limit)
