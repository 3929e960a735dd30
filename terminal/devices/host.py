"""One thread per device: blocking drivers stay off the loop.

Calls to a device run one after the other on its own thread and are awaited.  The queue is bounded:
a device that is not keeping up is *busy*, nobody waits behind it without end.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from drivers.base import DeviceState, Health, Status, aged
from drivers.errors import Claimed, DriverError, TransportError
from drivers.flight import FlightRecorder
from drivers.scanner.base import Scan, Scanner
from terminal.devices.backoff import backoff_s

log = logging.getLogger(__name__)

Driver = TypeVar("Driver")
Answer = TypeVar("Answer")

MAX_WAITING = 8
"""Calls allowed to wait for one device: more means that it hangs."""

LONGEST_CALL_S = 60.0
"""A call that takes longer hangs: until then a device at work is not doubted for its silence."""

UNSEEN = Status(Health.ABSENT, ("unplugged",))
TAKEN = Status(Health.ABSENT, ("claimed",))
UNASKED = Status(Health.STARTING)


class DeviceBusy(DriverError):
    """Too many calls already wait for this device."""

    retryable = True


def lost(error: DriverError) -> Status:
    """Return what is known of a device that cannot be reached, and why."""
    return TAKEN if isinstance(error, Claimed) else UNSEEN


class DeviceHost(Generic[Driver]):
    """A driver and the only thread that may call it."""

    def __init__(
        self,
        role: str,
        driver: Driver,
        recorder: FlightRecorder | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """``recorder`` is the one that hears the driver's transport."""
        self.role = role
        self.driver = driver
        self.recorder = recorder or FlightRecorder(role)
        self.last = UNASKED
        """What the device last said, however long ago."""
        self.poll_s: float | None = None
        """How often it is asked, in seconds; None: only when needed, so that it never ages."""
        self._monotonic = monotonic
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=role)
        self._waiting = 0
        self._busy_since_s = 0.0
        self._told: Health | None = None

    @property
    def status(self) -> Status:
        """What is known of the device: its last answer, worth less the older it is."""
        now_s = self._monotonic()
        at_work = self._waiting > 0 and now_s - self._busy_since_s < LONGEST_CALL_S
        if self.poll_s is None or at_work:
            return self.last
        return aged(self.last, now_s, self.poll_s)

    @property
    def state(self) -> DeviceState:
        """What the program does with the device, in the words of UnifiedPOS."""
        health = self.status.health
        if health in (Health.STARTING, Health.ABSENT):
            return DeviceState.CLOSED
        if self._waiting:
            return DeviceState.BUSY
        return DeviceState.ERROR if health is Health.FAULT else DeviceState.IDLE

    async def call(self, work: Callable[[Driver], Answer]) -> Answer:
        """Run ``work(driver)`` on the device's thread.

        Raises:
            DeviceBusy: more than MAX_WAITING calls wait already.
            DriverError: what the driver raised.
        """
        if self._waiting >= MAX_WAITING:
            raise DeviceBusy(f"{self.role} is not keeping up")
        if self._waiting == 0:
            self._busy_since_s = self._monotonic()
        self._waiting += 1
        self.recorder.statistics.commands += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, self.driver)
        except DriverError as error:
            self.recorder.statistics.failed(error)
            raise
        finally:
            self._waiting -= 1

    def note(self, status: Status) -> bool:
        """Remember what the device last said; True when its health changed (logged once)."""
        changed = (status.health, status.reasons) != (self.last.health, self.last.reasons)
        self.last = status
        if status.health is not self._told:
            self._told = status.health
            log.info("%s is %s %s", self.role, status.health, " ".join(status.reasons))
        return changed

    def note_lost(self, error: TransportError) -> bool:
        """Remember that the device cannot be reached."""
        log.debug("%s: %s", self.role, error)
        return self.note(lost(error))

    def close(self) -> None:
        """End the thread; a call in progress is left to its own deadline."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class ScannerHost:
    """A thread that reads scans and hands them to the loop; reconnects with back-off.

    While ``gate`` is closed nothing is handed over, neither then nor later: what was scanned is
    refused at the moment it is read, so that it cannot wait somewhere for the question to end.
    """

    READ_S = 0.5
    OPEN_S = 2.0

    def __init__(
        self,
        driver: Scanner | None,
        recorder: FlightRecorder | None = None,
        remember: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``driver`` None: there is no scanner.  ``remember`` keeps a calibrated layout."""
        self.role = "scanner"
        self.driver = driver
        self.recorder = recorder or FlightRecorder(self.role)
        self.status = UNASKED if driver is not None else UNSEEN
        self.gate = ""
        """Why a scan is refused now (a code of ``core.errors``); empty when it is taken."""
        self.refused = 0
        """Scans refused by the gate, or because a part of them was lost."""
        self.deliver: Callable[[Scan], None] = lambda _: None
        self.refuse: Callable[[str], None] = lambda _: None
        self.changed: Callable[[], None] = lambda: None
        """Called on the loop when the scanner came, went or says something else of itself."""
        self._remember = remember
        self._stop = threading.Event()
        self._wake = threading.Event()
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
        """Try at once: something was plugged in."""
        self._wake.set()

    def stop(self) -> None:
        """Stop reading and wait for the thread."""
        self._stop.set()
        self._wake.set()
        if self.driver is not None:
            self.driver.close()
        if self._thread.is_alive():
            self._thread.join(timeout=2 * self.READ_S + self.OPEN_S)

    def _read(self) -> None:
        assert self.driver is not None  # noqa: S101 - the thread is started with one
        try:
            self._keep_reading(self.driver)
        finally:
            self.driver.close()

    def _keep_reading(self, driver: Scanner) -> None:
        misses = 0
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._note(driver.open(self.OPEN_S))
                misses = 0
                self._deliver_until_stopped(driver)
            except DriverError as error:
                if self._stop.is_set():
                    return
                self.recorder.statistics.failed(error)
                log.debug("scanner: %s", error)
                self._note(lost(error))
                self._wake.wait(backoff_s(misses, random.random()))  # noqa: S311 - no secret
                misses += 1

    def _deliver_until_stopped(self, driver: Scanner) -> None:
        while not self._stop.is_set():
            scan = driver.read(self.READ_S)
            if scan is not None and not self._stop.is_set():
                self.recorder.statistics.commands += 1
                self._hand_over(scan)

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

    def _note(self, status: Status) -> None:
        before, self.status = self.status, status
        if (before.health, before.reasons) != (status.health, status.reasons):
            log.info("scanner is %s %s", status.health, " ".join(status.reasons))
            if not self._stop.is_set():
                self._loop.call_soon_threadsafe(self.changed)
