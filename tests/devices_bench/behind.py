"""What stands behind the plug: a simulator's electronics, on the device's side of the kernel.

A ``Socket`` is a gadget with a simulator behind it.  Pulling the plug closes the device's file
first, because kernels up to 6.1 do not survive a printer that is pulled while its file is open.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterable

from drivers.errors import DriverError
from drivers.simulation import SimulatedDevice
from tests.devices_bench.gadgets import Gadget, wait_for

READ_BYTES = 8192
WRITE_S = 30.0
WAIT_S = 3600.0
"""How long a pump sleeps when nothing is said; it is woken by a close at once."""

Encode = Callable[[bytes], Iterable[bytes]]
"""Makes what the device's file takes, a piece per write, of what the simulator says."""


def stream(data: bytes) -> Iterable[bytes]:
    """A printer or a serial line: bytes."""
    return (data,)


class DeviceFile:
    """Pumps bytes between a device file of the gadget's side and a simulator's wire."""

    def __init__(
        self,
        path: str,
        simulator: SimulatedDevice,
        encode: Encode = stream,
        record: int = 0,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """``record`` is how many bytes the simulator says at a time, 0 for a stream; ``lost`` is
        called when the simulator itself pulled its plug."""
        self._wire = simulator.connect()
        self._encode = encode
        self._record = record
        self._lost = lost
        self._file = _opened(path)
        if os.isatty(self._file):
            tty.setraw(self._file)
        self._wake = os.eventfd(0)
        self._closed = threading.Event()
        self.said_at = 0.0
        """Monotonic seconds when the kernel had taken the last piece."""
        self._wire.open(0.0)
        self._threads = [
            threading.Thread(target=pump, name=f"behind-{path}-{way}", daemon=True)
            for way, pump in (("in", self._pump_in), ("out", self._pump_out))
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both ways and close the file, so that the plug can be pulled."""
        self._closed.set()
        os.eventfd_write(self._wake, 1)
        self._wire.close()
        for thread in self._threads:
            thread.join()
        os.close(self._file)
        os.close(self._wake)

    def _ready(self, event: int) -> bool:
        """Wait until the file is ready; False when this end is to stop."""
        poller = select.poll()
        poller.register(self._file, event)
        poller.register(self._wake, select.POLLIN)
        poller.poll()
        return not self._closed.is_set()

    def _pump_in(self) -> None:
        try:
            while self._ready(select.POLLIN):
                with contextlib.suppress(BlockingIOError):
                    self._wire.write(os.read(self._file, READ_BYTES), WRITE_S)
        except (DriverError, OSError):
            self._gone()

    def _pump_out(self) -> None:
        try:
            while not self._closed.is_set():
                for piece in self._encode(self._wire.read(self._record or READ_BYTES, WAIT_S)):
                    self._put(piece)
        except (DriverError, OSError):
            self._gone()

    def _put(self, piece: bytes) -> None:
        while piece and self._ready(select.POLLOUT):
            with contextlib.suppress(BlockingIOError):
                piece = piece[os.write(self._file, piece) :]
        self.said_at = time.monotonic()

    def _gone(self) -> None:
        if not self._closed.is_set():
            self._lost()


def _opened(path: str) -> int:
    """Open a device's own file once the host has noticed the device: ENODEV until then."""
    opened: list[int] = []

    def tried() -> bool:
        try:
            opened.append(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))
        except OSError as error:
            if error.errno != errno.ENODEV:
                raise
        return bool(opened)

    wait_for(tried, path)
    return opened[0]


class Socket:
    """A USB device with a simulator in it, that is plugged in and pulled out."""

    def __init__(
        self,
        gadget: Gadget,
        simulator: SimulatedDevice,
        encode: Callable[[], Encode] = lambda: stream,
        record: int = 0,
    ) -> None:
        """``encode`` makes an encoder anew at each plugging."""
        self.gadget = gadget.make()
        self.simulator = simulator
        self._encode = encode
        self._record = record
        self._end: DeviceFile | None = None
        self._turn = threading.Lock()
        self.pulled_at = 0.0
        """Monotonic seconds when the plug was pulled last."""

    def plug(self) -> float:
        """Push the plug in; returns the monotonic second at which that was begun."""
        with self._turn:
            self.simulator.control("plug")
            begin = time.monotonic()
            self.gadget.plug()
            self._end = DeviceFile(
                self.gadget.near, self.simulator, self._encode(), self._record, self._pull_later
            )
        return begin

    def pull(self) -> float:
        """Pull the plug; returns the monotonic second at which that was done."""
        with self._turn:
            if self._end is not None:
                self._end.stop()
                self.pulled_at = time.monotonic()
                self.gadget.unplug()
                self._end = None
        return self.pulled_at

    @property
    def said_at(self) -> float:
        """Monotonic seconds when the kernel had taken the last that the device said."""
        end = self._end
        return 0.0 if end is None else end.said_at

    @property
    def plugged(self) -> bool:
        return self._end is not None

    def _pull_later(self) -> None:
        """The simulator's fuse blew: pull the real plug, from a thread that is no pump."""
        threading.Thread(target=self.pull, name="pulling", daemon=True).start()
