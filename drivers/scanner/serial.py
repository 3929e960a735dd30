"""Driver of a scanner on a serial line or in USB serial (CDC-ACM) mode."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.errors import Unplugged
from drivers.scanner.base import Scan
from drivers.scanner.protocol import ScanDecoder
from drivers.transports.base import Transport

READ_BYTES = 4096
GAP_S = 0.2
"""Longest pause within a symbol; at 9600 baud a character takes a millisecond."""


class SerialScanner:
    """A Scanner that sends each symbol with a terminator."""

    def __init__(
        self, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport = transport
        self._now = monotonic
        self._decoder = ScanDecoder()
        self._scans: deque[Scan] = deque()

    def open(self, timeout_s: float) -> Status:
        """Connect. A serial scanner cannot be asked anything, so READY means the line is there."""
        self._decoder = ScanDecoder()
        self._scans.clear()
        self._transport.open(timeout_s)
        return Status(Health.READY)

    def read(self, timeout_s: float) -> Scan | None:
        """Return the next scan, or None when none came in time. Raises Unplugged."""
        deadline = self._now() + timeout_s
        while not self._scans:
            left = max(0.0, deadline - self._now())
            unfinished = self._decoder.unfinished
            wait = min(left, GAP_S) if unfinished else left
            try:
                data = self._transport.read(READ_BYTES, wait)
            except Unplugged:
                self._decoder.drop()
                raise
            if data:
                self._scans.extend(self._decoder.receive(data))
            elif unfinished and wait >= GAP_S:
                self._decoder.drop()
            if left == 0 or (not data and not unfinished):
                break
        return self._scans.popleft() if self._scans else None

    def close(self) -> None:
        """Disconnect; wakes a reader in another thread."""
        self._transport.close()
