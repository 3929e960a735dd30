"""A recorded exchange played back: the driver meets the device of that day, without hardware.

What the device said is heard in the same pieces and order, each as soon as the driver has sent as
many bytes as it had then.  What it sends is not compared: asking the time, or asking more often, is
no difference.  ``scripted:`` compares every byte.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from drivers.errors import Locus, Unplugged
from drivers.transports.base import Transport
from drivers.transports.exchange import UNPLUGGED, Piece, Way


class ReplayTransport:
    """Plays an exchange; silent when it is over."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._due: deque[tuple[int, bytes | None]] = deque()
        """Bytes sent before it comes, and what then comes; None: the device goes away."""
        before = 0
        for piece in pieces:
            if piece.way is Way.TO:
                before += len(piece.data)
            elif piece.way is Way.FROM:
                self._due.append((before, piece.data))
            elif piece.data == UNPLUGGED.encode():
                self._due.append((before, None))
        self._open = False
        self.written = bytearray()
        """What the driver sent."""

    def open(self, timeout_s: float) -> None:
        """Go on where the exchange was."""
        del timeout_s
        self._open = True

    def write(self, data: bytes, timeout_s: float) -> None:
        """Keep what is sent. Raises Unplugged where the device went away."""
        del timeout_s
        self._look(Locus.OUTPUT)
        self.written += data

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return the next piece, or its beginning; ``b""`` before it is due. Raises Unplugged."""
        del timeout_s
        self._look(Locus.INPUT)
        if not self._due or self._due[0][0] > len(self.written):
            return b""
        before, piece = self._due.popleft()
        piece = piece or b""
        if len(piece) > limit:
            self._due.appendleft((before, piece[limit:]))
        return piece[:limit]

    def close(self) -> None:
        """Stop; ``open`` goes on."""
        self._open = False

    @property
    def finished(self) -> bool:
        """Everything that the device said was read."""
        return not self._due

    def _look(self, locus: Locus) -> None:
        if not self._open:
            raise Unplugged("the recording is closed", locus=locus)
        if self._due and self._due[0][1] is None and self._due[0][0] <= len(self.written):
            self._due.popleft()
            self._open = False
            raise Unplugged("the device was unplugged in the recording", locus=locus)


class PatientTransport:
    """Lets a reader of something that never waits wait out its time, as a device would."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._closed = threading.Event()

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged or TransportTimeout."""
        self._inner.open(timeout_s)
        self._closed.clear()

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""
        self._inner.write(data, timeout_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when time is up. Raises Unplugged."""
        data = self._inner.read(limit, timeout_s)
        if not data and self._closed.wait(timeout_s):
            raise Unplugged("it was closed", locus=Locus.INPUT)
        return data

    def close(self) -> None:
        """Disconnect and wake a waiting reader."""
        self._inner.close()
        self._closed.set()
