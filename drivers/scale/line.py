"""One question, one answer, on a line that may be noisy, slow or gone."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.errors import TransportError, TransportTimeout
from drivers.scale.base import ScaleState
from drivers.scale.frames import FrameDecoder
from drivers.transports.base import Transport

READ_BYTES = 4096
QUIET_S = 0.05
"""Silence after which a late answer is no longer expected: fifty characters at 9600 baud."""
MAX_DRAINED_BYTES = 65_536
"""Noise that is read away before a question; a line that never falls silent is no scale."""

Answer = re.Match[bytes]


class ScaleLine:
    """Asks, and returns the next answer; an answer that came too late answers nothing."""

    def __init__(
        self,
        transport: Transport,
        decoder: FrameDecoder,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._decoder = decoder
        self._now = monotonic
        self._heard: deque[Answer] = deque()
        self._late = False
        self.answered_at: float | None = None

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._now()

    def open(self, timeout_s: float) -> None:
        """Connect. Raises TransportError."""
        self._transport.open(timeout_s)
        self._late = True

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._transport.close()

    def ask(self, question: bytes, deadline: float) -> Answer:
        """Send a question and return the answer to it.

        Raises:
            TransportTimeout: no answer came before the deadline (monotonic seconds).
            Unplugged: the scale is not there.
        """
        try:
            self._drain(deadline)
            self._transport.write(question, self._left(deadline))
            return self._next(deadline)
        except TransportError:
            self._late = True
            raise

    def say(self, data: bytes, deadline: float) -> None:
        """Send what is not answered. Raises TransportError."""
        self._transport.write(data, self._left(deadline))

    def _next(self, deadline: float) -> Answer:
        while not self._heard:
            left = self._left(deadline)
            data = self._transport.read(READ_BYTES, left)
            self._heard.extend(self._decoder.receive(data))
            if not data and left == 0:
                self._decoder.drop()
                raise TransportTimeout("the scale did not answer in time")
        self.answered_at = self._now()
        return self._heard.popleft()

    def _drain(self, deadline: float) -> None:
        """Drop what was said before the question; after a lost answer, wait until it is quiet."""
        self._heard.clear()
        self._decoder.drop()
        quiet, drained = QUIET_S if self._late else 0.0, 0
        while data := self._transport.read(READ_BYTES, min(quiet, self._left(deadline))):
            drained += len(data)
            if drained > MAX_DRAINED_BYTES or self._now() >= deadline:
                raise TransportTimeout("the line of the scale does not fall silent")
        self._late = False

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._now())


WORRIES = {
    ScaleState.OVERWEIGHT: Health.DEGRADED,
    ScaleState.UNDER_ZERO: Health.DEGRADED,
    ScaleState.FAULT: Health.FAULT,
}


def health_of(state: ScaleState, line: ScaleLine, detail: str) -> Status:
    """Return the health of a scale that has just answered."""
    health = WORRIES.get(state, Health.READY)
    reasons = () if health is Health.READY else (f"scale_{state}",)
    return Status(health, reasons, line.answered_at, detail)


def absent(line: ScaleLine, error: Exception) -> Status:
    """Return the health of a scale that did not answer."""
    return Status(Health.ABSENT, ("unplugged",), line.answered_at, str(error))
