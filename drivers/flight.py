"""The flight recorder: the last minutes of what a device and we said to each other, and counters.

One recorder per device outlives its connections.  Recording is an append per read or write; card
numbers are masked when something is taken out (``text``) or written to a file (``Trace``).
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from drivers.base import Statistics
from drivers.card_numbers import StreamScrubber, scrub_bytes
from drivers.errors import TransportError, TransportTimeout, Unplugged
from drivers.transports.base import Transport
from drivers.transports.exchange import (
    CLOSED,
    HEAD,
    OPENED,
    TIMEOUT,
    UNPLUGGED,
    Piece,
    Way,
    line_of,
    write_exchange,
)

log = logging.getLogger(__name__)

MAX_BYTES = 262_144
"""Kept of a device, each piece counted with PIECE_BYTES besides; the newest piece always."""
PIECE_BYTES = 64
MAX_S = 300.0
MAX_TRACE_BYTES = 32 * 1024 * 1024
"""Of one trace file: it ends by itself before it fills the card."""
MAX_WAITING = 1000
"""Pieces that wait for the end of what may be a number; then they are written as they are."""
_HIDDEN = ord("*")
_TROUBLES = (TIMEOUT.encode(), UNPLUGGED.encode())


class FlightRecorder:
    """What was said with one device lately. Thread-safe."""

    def __init__(
        self,
        role: str,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        max_bytes: int = MAX_BYTES,
        max_s: float = MAX_S,
        packed: bool = False,
    ) -> None:
        """``packed`` masks numbers of two digits a byte as well: for payment terminals."""
        self.role = role
        self.statistics = Statistics()
        self.heard_at_s: float | None = None
        """When the device last said something (monotonic seconds); None: not yet."""
        self.trouble: tuple[str, float] | None = None
        """The last failure of the line, ``timeout`` or ``unplugged``, and when (``ago_s``)."""
        self._now = monotonic
        self._max_bytes = max_bytes
        self._max_s = max_s
        self._packed = packed
        self._pieces: deque[Piece] = deque()
        self._size = 0
        self._cut: set[Way] = set()
        """Ways of which something was dropped: what is left may begin within a number."""
        self._lock = threading.Lock()
        self._trace: Trace | None = None

    def note(self, way: Way, data: bytes) -> None:
        """Keep a piece and drop what is too old or too much."""
        piece = Piece(way, data, self._now())
        if way is Way.FROM:
            self.heard_at_s = piece.at_s
        elif way is Way.NOTE and data in _TROUBLES:
            self.trouble = (data.decode(), piece.at_s)
        with self._lock:
            self._pieces.append(piece)
            self._size += len(data) + PIECE_BYTES
            while len(self._pieces) > 1 and (
                self._size > self._max_bytes or piece.at_s - self._pieces[0].at_s > self._max_s
            ):
                old = self._pieces.popleft()
                self._size -= len(old.data) + PIECE_BYTES
                self._cut.add(old.way)
            trace = self._trace
            if trace is not None:
                trace.add(piece)

    def ago_s(self, at_s: float) -> float:
        """Return how long ago a moment of this recorder was."""
        return self._now() - at_s

    def pieces(self) -> list[Piece]:
        """Return what is kept, masked, the oldest first."""
        with self._lock:
            kept, cut = list(self._pieces), set(self._cut)
        masked = {
            way: iter(self._masked([p.data for p in kept if p.way is way], cut=way in cut))
            for way in (Way.TO, Way.FROM)
        }
        return [
            piece
            if piece.way is Way.NOTE
            else Piece(piece.way, next(masked[piece.way]), piece.at_s)
            for piece in kept
        ]

    def text(self, remark: str = "") -> str:
        """Return what is kept as a file that ``trace:`` plays (drivers/transports/exchange.py)."""
        return write_exchange(self.pieces(), remark or self.role)

    def record_to(self, path: Path, remark: str = "") -> Trace:
        """Write everything from now on to ``path`` as well, until the trace is stopped.

        One trace at a time: a new one stops the one before.  Raises OSError, also when the file is
        there already: a recording is never written over.
        """
        trace = Trace(path, remark or self.role, self._now(), self._packed, self._forget)
        with self._lock:
            before, self._trace = self._trace, trace
        if before is not None:
            before.stop()
        return trace

    def _forget(self, trace: Trace) -> None:
        with self._lock:
            if self._trace is trace:
                self._trace = None

    def _masked(self, pieces: list[bytes], *, cut: bool) -> list[bytes]:
        stream = io.BytesIO(scrub_bytes(b"".join(pieces), packed=self._packed))
        masked = [stream.read(len(piece)) for piece in pieces]
        return _beheaded(masked) if cut else masked


def _beheaded(pieces: list[bytes]) -> list[bytes]:
    """Hide the digits at the very beginning: they may be the end of a number."""
    for at, piece in enumerate(pieces):
        kept = piece.lstrip(b"0123456789")
        pieces[at] = bytes([_HIDDEN]) * (len(piece) - len(kept)) + kept
        if kept:
            break
    return pieces


class Trace:
    """A file that grows with everything that is said, masked, until it is stopped.

    What could be the beginning of a card number waits until its end is known.
    """

    def __init__(
        self,
        path: Path,
        remark: str,
        began_s: float,
        packed: bool,
        stopped: Callable[[Trace], None],
    ) -> None:
        self.path = path
        self.error = ""
        """Why it stopped by itself; empty while all is well."""
        self._began_s = began_s
        self._stopped = stopped
        self._scrubbers = {way: StreamScrubber(packed=packed) for way in (Way.TO, Way.FROM)}
        self._waiting: deque[Piece] = deque()
        self._masked: dict[Way, deque[bytes]] = {way: deque() for way in self._scrubbers}
        self._written = 0
        self._lock = threading.Lock()
        self._file: TextIO | None = path.open("x", encoding="utf-8")
        head = "".join(f"# {line}\n" for line in remark.splitlines())
        try:
            self._file.write(f"{HEAD}\n{head}")
            self._file.flush()
        except OSError:
            self._close()
            raise

    def add(self, piece: Piece) -> None:
        """Write a piece, and those that waited for it. Never raises: a trace harms no device."""
        with self._lock:
            if self._file is None:
                return
            if len(self._waiting) >= MAX_WAITING:
                self._finish()
            self._waiting.append(piece)
            if piece.way is not Way.NOTE:
                self._masked[piece.way].extend(self._scrubbers[piece.way].feed(piece.data))
            self._flush()

    def stop(self) -> None:
        """Write what waits and close the file; may be called twice."""
        self._stopped(self)
        with self._lock:
            self._finish()
            self._close()

    def _finish(self) -> None:
        for way, scrubber in self._scrubbers.items():
            self._masked[way].extend(scrubber.finish())
        self._flush()

    def _flush(self) -> None:
        lines = []
        while self._waiting:
            piece = self._waiting[0]
            if piece.way is not Way.NOTE:
                if not self._masked[piece.way]:
                    break
                piece = Piece(piece.way, self._masked[piece.way].popleft(), piece.at_s)
            self._waiting.popleft()
            lines.append(line_of(piece, self._began_s) + "\n")
        if self._file is None or not lines:
            return
        text = "".join(lines)
        self._written += len(text)
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            self._fail(error.strerror or str(error))
            return
        if self._written > MAX_TRACE_BYTES:
            self._fail(f"it has {MAX_TRACE_BYTES} bytes")

    def _fail(self, why: str) -> None:
        self.error = why
        log.warning("the trace %s ends: %s", self.path, why)
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self.error = error.strerror or str(error)


class RecordingTransport:
    """A transport whose every byte a flight recorder hears."""

    def __init__(self, inner: Transport, recorder: FlightRecorder) -> None:
        self._inner = inner
        self._recorder = recorder
        self._count = recorder.statistics
        self._up = False

    def open(self, timeout_s: float) -> None:
        """Connect. Raises Unplugged, Claimed or TransportTimeout."""
        self._inner.open(timeout_s)
        self._up = True
        self._count.opens += 1
        self._note(OPENED)

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout, with ``bytes_sent`` set."""
        try:
            self._inner.write(data, timeout_s)
        except TransportError as error:
            self._sent(data[: error.bytes_sent])
            self._failed(error)
            raise
        self._sent(data)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        try:
            data = self._inner.read(limit, timeout_s)
        except TransportError as error:
            self._failed(error)
            raise
        if data:
            self._count.bytes_in += len(data)
            self._recorder.note(Way.FROM, data)
        return data

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        if self._up:
            self._up = False
            self._note(CLOSED)
        self._inner.close()

    def _sent(self, data: bytes) -> None:
        if data:
            self._count.bytes_out += len(data)
            self._recorder.note(Way.TO, data)

    def _failed(self, error: TransportError) -> None:
        if isinstance(error, TransportTimeout):
            self._note(TIMEOUT)
        elif isinstance(error, Unplugged) and self._up:
            self._up = False
            self._count.losses += 1
            self._note(UNPLUGGED)

    def _note(self, word: str) -> None:
        self._recorder.note(Way.NOTE, word.encode())
