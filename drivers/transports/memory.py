"""A wire inside the process: a transport whose other end is a simulated device.

The device runs in the thread that writes to it or reads from it, under the device's own lock, so
that a simulation without delays is deterministic and needs no thread.  A device that takes time
(print speed, a late answer) says when it wants to be woken, and a waiting reader wakes it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from drivers.errors import LocalProtocolError, TransportTimeout, Unplugged

MAX_UNREAD_BYTES = 65536
"""What a host may leave unread before the device's answers are lost, as on a serial line."""


class DeviceEnd(Protocol):
    """What is at the other end. All methods are called with ``changed`` held."""

    changed: threading.Condition
    """Its lock; notified whenever something happened that a waiting host wants to know."""
    keeps_borders: bool
    """What it says at once is read at once, as the reports of a HID device are."""

    def attach(self, wire: MemoryTransport) -> bool:
        """Take this wire in place of any other; False when the device is not reachable."""

    def detach(self, wire: MemoryTransport) -> None:
        """The host closed its end."""

    def take(self, wire: MemoryTransport, data: bytes) -> int:
        """Accept bytes and return how many; fewer when full or when the wire was cut."""

    def advance(self) -> float | None:
        """Do what is due; return the seconds until more is due, None when nothing is planned."""


class MemoryTransport:
    """The host's end of a wire to a device in this process."""

    def __init__(self, device: DeviceEnd, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._device = device
        self._monotonic = monotonic
        self._inbox = bytearray()
        self._reports: deque[int] = deque()
        """Lengths of what lies in the inbox, when the device keeps borders."""
        self._attached = False

    def open(self, timeout_s: float) -> None:
        """Plug in. Raises Unplugged when the device is off or not there."""
        del timeout_s  # a wire inside the process answers at once
        with self._device.changed:
            self._empty()
            self._attached = self._device.attach(self)
            if not self._attached:
                raise Unplugged("the simulated device is not plugged in")

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        deadline = self._monotonic() + timeout_s
        sent = 0
        with self._device.changed:
            while True:
                if not self._attached:
                    raise Unplugged("the device was unplugged", bytes_sent=sent)
                sent += self._device.take(self, data[sent:])
                if sent == len(data):
                    return
                if self._attached and not self._wait_until(deadline):
                    raise TransportTimeout("the device took no more bytes", bytes_sent=sent)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        deadline = self._monotonic() + timeout_s
        with self._device.changed:
            while True:
                if not self._attached:
                    raise Unplugged("the device was unplugged")
                self._device.advance()
                if self._inbox:
                    return self._take(limit)
                if self._attached and not self._wait_until(deadline):
                    return b""

    def close(self) -> None:
        """Pull out the host's end and wake a waiting reader."""
        with self._device.changed:
            if self._attached:
                self._attached = False
                self._device.detach(self)
            self._empty()
            self._device.changed.notify_all()

    def deliver(self, data: bytes) -> None:
        """Take bytes from the device; called with its lock held."""
        room = MAX_UNREAD_BYTES - len(self._inbox)
        if not self._device.keeps_borders:
            self._inbox += data[:room]
        elif data and len(data) <= room:  # half a report would be none
            self._inbox += data
            self._reports.append(len(data))
        self._device.changed.notify_all()

    @property
    def room(self) -> int:
        """Bytes that ``deliver`` can take now; read with the device's lock held."""
        return MAX_UNREAD_BYTES - len(self._inbox)

    def cut(self) -> None:
        """Lose the link at this very byte, unread answers included; called with the lock held."""
        self._attached = False
        self._empty()
        self._device.changed.notify_all()

    def _take(self, limit: int) -> bytes:
        if self._reports:
            size = self._reports.popleft()
            if size > limit:
                raise LocalProtocolError(f"a report of {size} bytes does not fit into {limit}")
            limit = size
        data = bytes(self._inbox[:limit])
        del self._inbox[:limit]
        return data

    def _empty(self) -> None:
        self._inbox.clear()
        self._reports.clear()

    def _wait_until(self, deadline: float) -> bool:
        """Wait for news or for the device's next planned moment; False when time is up."""
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            return False
        planned = self._device.advance()
        if not self._inbox and self._attached:
            self._device.changed.wait(remaining if planned is None else min(remaining, planned))
        return True
