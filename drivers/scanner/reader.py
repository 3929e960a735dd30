"""What all scanner drivers share: a transport, a decoder, and the silence that ends a symbol."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

from drivers.base import Health, Status
from drivers.errors import Unplugged
from drivers.scanner.base import Decoder, Scan
from drivers.scanner.repeats import RepeatGuard
from drivers.transports.base import Transport

READ_BYTES = 4096
"""Of one read; a whole number of HID reports.  The transports give whole records or reports."""


class SymbolReader:
    """A Scanner: reads, lets its decoder find the symbols, and hands them out one by one.

    Args:
        transport: where the bytes come from.
        decoder: what they mean.
        gap_s: longest silence within a symbol.
        same_s: hold a symbol back that is read again within this time; 0: never.
        read_bytes: of one read.
        monotonic: for deadlines alone.
    """

    def __init__(
        self,
        transport: Transport,
        decoder: Decoder,
        gap_s: float,
        *,
        same_s: float = 0.0,
        read_bytes: int = READ_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._decoder = decoder
        self._gap_s = gap_s
        self._read_bytes = read_bytes
        self._now = monotonic
        self._guard = RepeatGuard(same_s)
        self._scans: deque[Scan] = deque()
        self._heard_s = 0.0
        self._count = 0

    def open(self, timeout_s: float) -> Status:
        """Connect. A scanner cannot be asked anything, so READY means that the line is there."""
        self._decoder.drop()
        self._scans.clear()
        self._transport.open(timeout_s)
        return Status(Health.READY)

    def read(self, timeout_s: float) -> Scan | None:
        """Return the next scan, or None when none came in time. Raises Unplugged."""
        deadline = self._now() + timeout_s
        while True:
            while self._scans:
                scan = self._scans.popleft()
                if not self._guard.is_repeat(scan, self._now()):
                    self._count += not scan.dropped
                    return scan
            if not self._listen(deadline) or (not self._scans and self._now() > deadline):
                return None

    def _listen(self, deadline: float) -> bool:
        """Read once; False when the deadline has passed and nothing came."""
        now = self._now()
        unfinished = self._decoder.unfinished
        silence = self._heard_s + self._gap_s if unfinished else deadline
        wait = max(0.0, min(deadline, silence) - now)
        try:
            data = self._transport.read(self._read_bytes, wait)
        except Unplugged:
            self._decoder.drop()
            raise
        if data:
            self._heard_s = self._now()
            self._scans.extend(self._decoder.receive(data))
            return True
        if unfinished and silence <= deadline:
            self._scans.extend(self._decoder.pause())
            return True
        return False

    def close(self) -> None:
        """Disconnect; wakes a reader in another thread."""
        self._transport.close()

    @property
    def statistics(self) -> Mapping[str, int]:
        """Counts since the driver was made."""
        return {
            "scans": self._count,
            "dropped": self._decoder.dropped,
            "repeated": self._guard.repeated,
        }
