"""What the drivers of all receipt printers share: the line, the markers, the test page."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping

from drivers.base import Check, Health, SelfTestReport, Status
from drivers.errors import DeviceFault, TransportError, TransportTimeout, Unplugged
from drivers.printer.base import (
    Confirm,
    Confirmation,
    EncodedJob,
    PrinterCaps,
    PrintItem,
)
from drivers.printer.encoder import encode
from drivers.printer.profiles import Profile
from drivers.printer.testpage import test_page
from drivers.transports.base import Transport

READ_BYTES = 4096
MAX_DRAIN_READS = 64
"""Reads that one look at the line makes at most: a wild device must not hold the thread."""
MAX_MARKERS = 64
TEST_MARKER = "TEST"


class PrinterLink:
    """A ReceiptPrinter without its language; see there for the calls."""

    def __init__(
        self,
        transport: Transport,
        profile: Profile,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.profile = profile
        self.caps = PrinterCaps(
            profile.columns,
            profile.dots,
            profile.confirmation,
            can_clear=profile.can_clear,
            drawer=profile.drawer,
        )
        self._transport = transport
        self._now = monotonic
        self._connected = False
        self._halfway = False
        """The printer took part of something; nothing else may be said in between."""
        self._answered_at: float | None = None
        self._marked: deque[str] = deque(maxlen=MAX_MARKERS)
        self._reported: deque[str] = deque(maxlen=MAX_MARKERS)
        self._counts: Counter[str] = Counter()

    # --- what each language does its own way ---

    def _hear(self, data: bytes) -> None:
        """Take in what arrived."""

    def _lose(self) -> None:
        """The link or the printer went: nothing that it owed us will come."""
        self._connected = self._halfway = False
        self._transport.close()
        self._marked.clear()

    def _status(self) -> Status:
        return Status(Health.STARTING)

    def _fence(self, marker: str) -> bytes:
        """Return the bytes that ask for the report of a marker."""
        del marker
        return b""

    def _pulse(self, pin: int) -> bytes:
        """Return the bytes that fire the drawer."""
        del pin
        return b""

    def _drawer_high(self) -> bool | None:
        return None

    # --- asking ---

    def status(self) -> Status:
        """Return what is known now, after reading whatever has arrived."""
        try:
            for _ in range(MAX_DRAIN_READS):
                if not self._connected or not self._read(0.0):
                    break
        except Unplugged:
            self._lose()
        return self._status()

    # --- jobs ---

    def encode(self, items: tuple[PrintItem, ...]) -> EncodedJob:
        """Turn a page into the bytes of a job."""
        return encode(items, self.profile)

    def send(self, data: bytes, timeout_s: float) -> None:
        """Write bytes. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        if not self._connected:
            raise Unplugged("the printer is not connected")
        try:
            self._transport.write(data, timeout_s)
        except Unplugged as error:
            self._counts["bytes_sent"] += error.bytes_sent
            self._lose()
            raise
        except TransportError as error:
            self._counts["bytes_sent"] += error.bytes_sent
            self._halfway = self._halfway or error.bytes_sent > 0
            raise
        self._counts["bytes_sent"] += len(data)
        self._halfway = False

    def mark(self, marker: str) -> bytes:
        """Return what asks the printer to report ``marker`` when all before it is printed.

        To be sent at once behind the bytes that it is about.
        """
        request = self._fence(marker)
        while marker in self._reported:
            self._reported.remove(marker)  # of an earlier attempt: it says nothing about this one
        self._marked.append(marker)
        return request

    def confirm(self, marker: str, timeout_s: float) -> Confirm:
        """Wait for the report of ``marker``; a printer that stops meanwhile ends the wait early.

        Its paper or cover is what somebody has to see to, at once and not after the time-out.
        LOST is final for a marker: the link went, or the printer did not answer a poll since.
        """
        deadline = self._now() + timeout_s
        stood = self._stands()
        try:
            self._wait(lambda: marker in self._reported or (self._stands() and not stood), deadline)
        except Unplugged:
            self._lose()
        if marker in self._reported:
            return Confirm.PRINTED
        return Confirm.PENDING if marker in self._marked and self._connected else Confirm.LOST

    def _stands(self) -> bool:
        return self._status().health in (Health.BLOCKED, Health.FAULT)

    # --- the drawer behind the printer ---

    def kick(self, pin: int, timeout_s: float) -> None:
        """Fire the drawer connector. Raises DeviceFault when the printer would do it later."""
        if not self.caps.drawer:
            raise DeviceFault("this printer has no drawer connector")
        if self.status().health is Health.BLOCKED or self._halfway:
            raise DeviceFault("the printer is stopped, and would open the drawer when it goes on")
        self.send(self._pulse(pin), timeout_s)
        self._counts["drawer_kicks"] += 1

    def drawer_high(self) -> bool | None:
        """Level of the drawer's sensor (connector pin 3); None when unknown."""
        return None if self.status().health is Health.ABSENT else self._drawer_high()

    # --- for the technician ---

    def self_test(self, timeout_s: float) -> SelfTestReport:
        """Print a test page and read the status. Raises Unplugged when it is not there.

        A printer that cannot confirm fails ``printed``: somebody has to look at the paper.
        """
        deadline = self._now() + timeout_s
        job = self.encode(test_page(self.profile))
        confirms = self.caps.confirmation is not Confirmation.NONE
        asking = self.mark(TEST_MARKER) if confirms else b""
        confirm = Confirm.PENDING
        try:
            self.send(job.begin + job.body + job.cut + asking, self._left(deadline))
            if confirms:
                confirm = self.confirm(TEST_MARKER, self._left(deadline))
        except TransportTimeout:
            pass  # it stands, with a full buffer; the status says why
        status = self.status()
        well = status.health in (Health.READY, Health.DEGRADED)
        return SelfTestReport(
            (
                Check("status", well, ", ".join(status.reasons) or status.health.value),
                Check("printed", confirm is Confirm.PRINTED, confirm.value),
            )
        )

    def statistics(self) -> Mapping[str, int]:
        """Return counts since the start."""
        return dict(self._counts)

    def close(self) -> None:
        """Disconnect; may be called twice and from another thread."""
        self._connected = False
        self._transport.close()

    # --- what arrives ---

    def _wait(self, done: Callable[[], bool], deadline: float) -> bool:
        """Read until ``done`` or the deadline; takes what has arrived even when it is past."""
        while not done():
            left = self._left(deadline)
            arrived = self._read(left)
            if left == 0 or not (arrived or self._connected):
                return done()
        return True

    def _read(self, timeout_s: float) -> bool:
        if not self._connected:
            raise Unplugged("the printer is not connected")
        data = self._transport.read(READ_BYTES, timeout_s)
        if data:
            self._counts["bytes_received"] += len(data)
            self._hear(data)
        return bool(data)

    def _report(self, marker: str) -> None:
        """Note a marker and those before it: printers may leave out all but the newest."""
        if marker in self._marked:
            while (earlier := self._marked.popleft()) != marker:
                self._reported.append(earlier)
                self._counts["confirmed"] += 1
        self._reported.append(marker)
        self._counts["confirmed"] += 1

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._now())


def judged(known: Mapping[str, bool], answered_at: float | None, detail: str) -> Status:
    """Return the health that goes with what a printer reports of itself.

    ``known`` has ``unrecoverable_error``, ``cutter_error``, ``cover_open``, ``paper_out``,
    ``overheated``, ``near_end`` and ``offline``.
    """
    faults = tuple(name for name in ("unrecoverable_error", "cutter_error") if known[name])
    stops = tuple(name for name in ("cover_open", "paper_out", "overheated") if known[name])
    if known["offline"] and not faults and not stops:
        stops = ("offline",)
    wants = ("paper_near_end",) if known["near_end"] and "paper_out" not in stops else ()
    health = (
        Health.FAULT
        if faults
        else Health.BLOCKED
        if stops
        else Health.DEGRADED
        if wants
        else Health.READY
    )
    return Status(health, faults + stops + wants, answered_at, detail)
