"""One thread per device: blocking drivers stay off the loop.

Calls to a device run one after the other on its own thread and are awaited.  The queue is bounded:
a device that is not keeping up is *busy*, nobody waits behind it without end.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from drivers.base import Health, Status
from drivers.errors import DriverError, TransportError
from drivers.scanner.base import Scan, Scanner

log = logging.getLogger(__name__)

Driver = TypeVar("Driver")
Answer = TypeVar("Answer")

MAX_WAITING = 8
"""Calls allowed to wait for one device: more means that it hangs."""

UNSEEN = Status(Health.ABSENT, ("unplugged",))
UNASKED = Status(Health.STARTING)


class DeviceBusy(DriverError):
    """Too many calls already wait for this device."""

    retryable = True


class DeviceHost(Generic[Driver]):
    """A driver and the only thread that may call it."""

    def __init__(self, role: str, driver: Driver) -> None:
        self.role = role
        self.driver = driver
        self.status = UNASKED
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=role)
        self._waiting = 0
        self._told: Health | None = None

    async def call(self, work: Callable[[Driver], Answer]) -> Answer:
        """Run ``work(driver)`` on the device's thread.

        Raises:
            DeviceBusy: more than MAX_WAITING calls wait already.
            DriverError: what the driver raised.
        """
        if self._waiting >= MAX_WAITING:
            raise DeviceBusy(f"{self.role} is not keeping up")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, self.driver)
        finally:
            self._waiting -= 1

    def note(self, status: Status) -> bool:
        """Remember what the device last said; True when its health changed (logged once)."""
        changed = (status.health, status.reasons) != (self.status.health, self.status.reasons)
        self.status = status
        if status.health is not self._told:
            self._told = status.health
            log.info("%s is %s %s", self.role, status.health, " ".join(status.reasons))
        return changed

    def note_lost(self, error: TransportError) -> bool:
        """Remember that the device cannot be reached."""
        log.debug("%s: %s", self.role, error)
        return self.note(UNSEEN)

    def close(self) -> None:
        """End the thread; a call in progress is left to its own deadline."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class ScannerHost:
    """A thread that reads scans and hands them to the loop; reconnects with back-off.

    While ``gate`` is closed nothing is handed over, neither then nor later: what was scanned is
    refused at the moment it is read, so that it cannot wait somewhere for the question to end.
    """

    BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
    READ_S = 0.5
    OPEN_S = 2.0

    def __init__(
        self, driver: Scanner | None, remember: Callable[[str], None] = lambda _: None
    ) -> None:
        """``driver`` None: there is no scanner.  ``remember`` keeps a calibrated layout."""
        self.role = "scanner"
        self.driver = driver
        self.status = UNASKED if driver is not None else UNSEEN
        self.gate = ""
        """Why a scan is refused now (a code of ``core.errors``); empty when it is taken."""
        self.refused = 0
        """Scans refused by the gate, or because a part of them was lost."""
        self.deliver: Callable[[Scan], None] = lambda _: None
        self.refuse: Callable[[str], None] = lambda _: None
        self._remember = remember
        self._stop = threading.Event()
        self._awake = threading.Event()
        self._thread = threading.Thread(target=self._read, name="scanner", daemon=True)

    @property
    def statistics(self) -> Mapping[str, int]:
        """Counts since the start: ``scans``, ``dropped``, ``repeated``, ``refused``."""
        counted = {} if self.driver is None else self.driver.statistics
        return {**counted, "refused": self.refused}

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin reading; scans arrive on ``loop`` through ``deliver`` or ``refuse``."""
        self._loop = loop
        if self.driver is not None:
            self._thread.start()

    def wake(self) -> None:
        """Look for the scanner at once: something was plugged in."""
        self._awake.set()

    def stop(self) -> None:
        """Stop reading and wait for the thread."""
        self._stop.set()
        self._awake.set()
        if self.driver is not None:
            self.driver.close()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * self.READ_S + self.OPEN_S)
        log.info("scanner: %s", " ".join(f"{k} {n}" for k, n in self.statistics.items()))

    def _read(self) -> None:
        assert self.driver is not None  # noqa: S101 - the thread is started with one
        misses = 0
        while not self._stop.is_set():
            try:
                self._awake.clear()
                self.status = self.driver.open(self.OPEN_S)
                misses = 0
                while not self._stop.is_set():
                    scan = self.driver.read(self.READ_S)
                    if scan is not None and not self._stop.is_set():
                        self._hand_over(scan)
            except DriverError as error:
                self.status = UNSEEN
                log.debug("scanner: %s", error)
                if not self._stop.is_set():
                    self._awake.wait(self.BACKOFF_S[min(misses, len(self.BACKOFF_S) - 1)])
                misses += 1

    def _hand_over(self, scan: Scan) -> None:
        """Give a scan to the loop, or the news that it was not taken."""
        if scan.layout:
            self._remember(scan.layout)
        refusal = self.gate or ("rescan" if scan.dropped else "")
        if refusal:
            self.refused += 1
            self._loop.call_soon_threadsafe(self.refuse, refusal)
        else:
            self._loop.call_soon_threadsafe(self.deliver, scan)
