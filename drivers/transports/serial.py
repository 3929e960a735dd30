"""A byte channel over a serial line or a USB CDC-ACM device.

pyserial sets the line up; bytes then move by the file descriptor itself, because pyserial forgets
how many bytes had left when a write times out, and money depends on that number.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

import serial

from drivers.errors import TransportTimeout, Unplugged


class SerialTransport:
    """A serial line opened for ourselves alone."""

    def __init__(
        self,
        path: str,
        baud: int = 9600,
        layout: str = "8N1",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._baud = baud
        self._layout = layout
        self._monotonic = monotonic
        self._port: serial.Serial | None = None
        self._wake: tuple[int, int] | None = None

    def open(self, timeout_s: float) -> None:
        """Open the line. Raises Unplugged when it is not there or somebody else has it."""
        del timeout_s  # opening a line does not wait for the device
        self.close()
        try:
            port = serial.Serial(
                self._path,
                baudrate=self._baud,
                bytesize=int(self._layout[0]),
                parity=self._layout[1],
                stopbits=int(self._layout[2]),
                timeout=0,
                exclusive=True,
            )
        except (serial.SerialException, OSError) as error:
            raise Unplugged(f"{self._path}: {error}") from error
        os.set_blocking(port.fileno(), False)
        self._wake = os.pipe()
        self._port = port

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send all of ``data``. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        deadline = self._monotonic() + timeout_s
        sent = 0
        while sent < len(data):
            try:
                sent += os.write(self._descriptor(sent), data[sent:])
            except BlockingIOError:
                if not self._wait(deadline, write=True, sent=sent):
                    raise TransportTimeout(
                        f"{self._path} took no more bytes", bytes_sent=sent
                    ) from None
            except OSError as error:
                raise Unplugged(f"{self._path}: {error.strerror}", bytes_sent=sent) from error

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return 1 to ``limit`` bytes, or ``b""`` when none came in time. Raises Unplugged."""
        deadline = self._monotonic() + timeout_s
        while True:
            try:
                data = os.read(self._descriptor(0), limit)
            except BlockingIOError:
                data = b""
            except OSError as error:
                raise Unplugged(f"{self._path}: {error.strerror}") from error
            if data:
                return data
            if not self._wait(deadline, write=False, sent=0):
                return b""

    def close(self) -> None:
        """Close the line; wakes a reader in another thread."""
        port, self._port = self._port, None
        wake, self._wake = self._wake, None
        if wake is not None:
            os.close(wake[1])
            os.close(wake[0])
        if port is not None:
            port.close()

    def _descriptor(self, sent: int) -> int:
        port = self._port
        if port is None or not port.is_open:
            raise Unplugged(f"{self._path} is not open", bytes_sent=sent)
        return int(port.fileno())

    def _wait(self, deadline: float, *, write: bool, sent: int) -> bool:
        """Wait until the line is ready; False when time is up. Raises Unplugged on a hang-up."""
        remaining = deadline - self._monotonic()
        if remaining <= 0:
            return False
        poller = select.poll()
        poller.register(self._descriptor(sent), select.POLLOUT if write else select.POLLIN)
        if self._wake is not None:
            poller.register(self._wake[0], select.POLLIN)
        events = dict(poller.poll(remaining * 1000))
        if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
               for event in events.values()):
            raise Unplugged(f"{self._path} went away", bytes_sent=sent)
        return True
