"""The mains of the terminal: its process, started, really killed, and started again."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

RESTART_S = 2.0
"""How long the power stays away when it comes back by itself."""
CLOSE_S = 5.0
"""A terminal that was asked to stop and has not after this long is killed."""

Spawn = Callable[[], "subprocess.Popen[bytes]"]


class Mains:
    """One terminal process. ``spawn`` starts it; pulling the plug is ``kill -9``."""

    def __init__(self, spawn: Spawn, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._spawn = spawn
        self._monotonic = monotonic
        self._process: subprocess.Popen[bytes] | None = None
        self._back_at: float | None = None
        self.returns = True
        """The power comes back by itself after a cut."""
        self.cuts = 0

    @property
    def running(self) -> bool:
        """Tell whether the terminal's process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def cut(self) -> bool:
        """Tell whether the plug is out and the power will come back by itself."""
        return self._back_at is not None

    def switch_on(self) -> None:
        """Start the terminal, unless it runs."""
        self._back_at = None
        if not self.running:
            self._process = self._spawn()

    def pull(self) -> None:
        """Take its power away, at whatever it was doing."""
        if self._process is None or not self.running:
            return
        self._process.kill()
        self._process.wait()
        self.cuts += 1
        if self.returns:
            self._back_at = self._monotonic() + RESTART_S

    def advance(self) -> None:
        """Let the power come back when it is time."""
        if self._back_at is not None and self._monotonic() >= self._back_at:
            self.switch_on()

    def close(self) -> None:
        """Ask the terminal to stop by itself, and wait until it has."""
        self._back_at = None
        if self._process is None or not self.running:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
