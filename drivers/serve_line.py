"""Serve a simulated device on a pseudo-terminal: a serial line made of software.

Another process opens the path as it would a real line.  A line knows no connections: bytes that
come while the device is unplugged are lost, and when it is plugged in again they flow.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from pathlib import Path

from drivers.errors import DriverError
from drivers.simulation import Simulator

READ_BYTES = 4096
WRITE_S = 5.0
WAIT_S = 3600.0
"""How long a pump sleeps when nothing is said; it is woken by a close at once."""
PLUG_S = 0.1
"""How often an unplugged device is looked for."""


class LineServer:
    """Serves one simulator on a pseudo-terminal, see ``address``."""

    def __init__(self, simulator: Simulator, link: Path | None = None) -> None:
        """``link`` is a path that leads to the line, whatever number the system gives it."""
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self._link = link
        if link is not None:
            beside = link.with_name(f"{link.name}.new")
            beside.unlink(missing_ok=True)
            beside.symlink_to(os.ttyname(self._theirs))
            beside.replace(link)
        self._wake = os.pipe()
        self._wire = simulator.connect()
        self._closed = threading.Event()
        self._plug_in()
        self._threads = [
            threading.Thread(target=pump, name=f"line-{simulator.name}-{way}", daemon=True)
            for way, pump in (("in", self._pump_in), ("out", self._pump_out))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def path(self) -> str:
        """The device file of the line."""
        return str(self._link or os.ttyname(self._theirs))

    @property
    def address(self) -> str:
        """The address a terminal opens, such as ``serial:/dev/pts/7``."""
        return f"serial:{self.path}"

    def close(self) -> None:
        """Stop serving and wait until both pumps have ended; may be called twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._wire.close()
        os.write(self._wake[1], b"x")
        for thread in self._threads:
            thread.join()
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        for descriptor in (self._ours, self._theirs, *self._wake):
            os.close(descriptor)

    def _plug_in(self) -> None:
        with contextlib.suppress(DriverError):  # unplugged or off: looked for again
            self._wire.open(0.0)

    def _pump_in(self) -> None:
        poller = select.poll()
        poller.register(self._ours, select.POLLIN)
        poller.register(self._wake[0], select.POLLIN)
        while not self._closed.is_set():
            poller.poll()
            with contextlib.suppress(BlockingIOError):
                data = os.read(self._ours, READ_BYTES)
                with contextlib.suppress(DriverError):  # lost, as on a line that leads nowhere
                    self._wire.write(data, WRITE_S)

    def _pump_out(self) -> None:
        while not self._closed.is_set():
            try:
                data = self._wire.read(READ_BYTES, WAIT_S)
            except DriverError:
                if not self._closed.wait(PLUG_S):
                    self._plug_in()
                continue
            with contextlib.suppress(BlockingIOError):  # nobody reads: a line does not wait
                os.write(self._ours, data)
