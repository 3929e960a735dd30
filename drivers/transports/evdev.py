"""Key events of a scanner that types (``/dev/input/eventN``), grabbed: nobody else sees them.

Bytes are the kernel's own records, ``struct input_event`` of a 64-bit machine: seconds,
microseconds, type, code, value, ``llHHi`` (linux/input.h).  They are handed on as they are,
SYN_DROPPED included, so that a decoder needs no device and a recording is a plain file.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable

from evdev import InputDevice

from drivers.discovery import UsbName
from drivers.errors import LocalProtocolError, Locus
from drivers.transports.descriptor import DescriptorTransport

RECORD = struct.Struct("llHHi")
_SET_CLOCK = 0x400445A0
"""EVIOCSCLOCKID: stamps from the monotonic clock, which no correction of the time moves."""


class EvdevTransport(DescriptorTransport):
    """A typing scanner, grabbed. ``read`` returns whole records; there is nothing to write to."""

    scheme = "evdev"

    def __init__(
        self,
        target: str | UsbName,
        monotonic: Callable[[], float] = time.monotonic,
        opened: Callable[[str], int] | None = None,
    ) -> None:
        """``opened`` opens and grabs a device file, for something that is no input device."""
        super().__init__(target, monotonic)
        self._opened = opened or _grabbed
        self._half = b""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Refuse: a keyboard takes no bytes. Raises LocalProtocolError."""
        del data, timeout_s
        raise LocalProtocolError(f"{self._where} takes no bytes")

    def _open_path(self, path: str) -> int:
        self._half = b""
        return self._opened(path)

    def _take(self, descriptor: int, limit: int) -> bytes:
        if limit < RECORD.size:
            raise LocalProtocolError(
                f"a record of {RECORD.size} bytes does not fit into {limit}", locus=Locus.INPUT
            )
        wanted = limit - limit % RECORD.size - len(self._half)
        data = super()._take(descriptor, wanted)
        if not data:
            return b""
        data = self._half + data
        whole = len(data) - len(data) % RECORD.size
        self._half = data[whole:]
        if not whole:
            raise BlockingIOError  # the rest of it is on its way
        return data[:whole]


def _grabbed(path: str) -> int:
    """Open an input device that nobody else then hears. Raises OSError; EBUSY: it is grabbed."""
    device = InputDevice(path, readonly=True)
    try:
        device.grab()
        fcntl.ioctl(device.fd, _SET_CLOCK, struct.pack("i", time.CLOCK_MONOTONIC))
        return os.dup(device.fd)  # the grab lasts as long as any copy of the descriptor
    finally:
        device.close()
