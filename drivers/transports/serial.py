"""A byte channel over a serial line or a USB CDC-ACM device.

pyserial sets the line up; bytes then move by the file descriptor itself.
"""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Callable

import serial

from drivers.discovery import UsbName
from drivers.transports.descriptor import DescriptorTransport

_CONTROL = 6
"""Place of the control characters in what ``termios.tcgetattr`` returns."""


class SerialTransport(DescriptorTransport):
    """A serial line opened for ourselves alone, by its path or by the name of its USB device."""

    scheme = "serial"

    def __init__(
        self,
        target: str | UsbName,
        baud: int = 9600,
        layout: str = "8N1",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(target, monotonic)
        self._baud = baud
        self._layout = layout

    def _open_path(self, path: str) -> int:
        port = serial.Serial(
            path,
            baudrate=self._baud,
            bytesize=int(self._layout[0]),
            parity=self._layout[1],
            stopbits=int(self._layout[2]),
            timeout=0,
            exclusive=True,  # flock: it lasts as long as any copy of the descriptor
        )
        try:
            # Nothing to read must differ from a line that went away, which reads as nothing.
            attributes = termios.tcgetattr(port.fileno())
            attributes[_CONTROL][termios.VMIN] = 1
            termios.tcsetattr(port.fileno(), termios.TCSANOW, attributes)
            return os.dup(port.fileno())
        except termios.error as error:
            raise OSError(*error.args) from error
        finally:
            port.close()
