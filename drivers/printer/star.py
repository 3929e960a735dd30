"""Driver of a receipt printer that speaks Star line mode.

Star printers have no process id: a fence (ETB) is counted when it is reached, and the automatic
status tells the count, modulo 32.  They cannot be asked to throw away what they hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drivers.base import Health, Status
from drivers.errors import LocalProtocolError, TransportError, TransportTimeout
from drivers.printer.link import PrinterLink, judged
from drivers.printer.profiles import Profile, profile_of
from drivers.printer.star_status import FENCES, StarDemultiplexer, StarStatus
from drivers.printer.star_writer import AUTO_STATUS_ON, FENCE, INITIALISE
from drivers.transports.base import Transport

ASK = b"\x1b\x06\x01"
"""ESC ACK SOH: the status, in real time."""
WAKE = bytes(8192)
"""NULs that push a printer out of a half-sent command, as the terminal may have died inside one."""
SETTLE_S = 0.03
"""Longer than a printer that goes on takes from one fence to the next without paper between."""
_PULSES = {2: b"\x1b\x07\x05\x32\x07", 5: b"\x1a"}
"""ESC BEL n1 n2 BEL: 50 ms on, 500 ms off at the first connector; SUB at the second."""


class StarPrinter(PrinterLink):
    """A ReceiptPrinter; see there for its calls."""

    def __init__(
        self,
        transport: Transport,
        *,
        profile: Profile | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            transport,
            profile or profile_of("star-line"),
            monotonic=monotonic,
        )
        self._demultiplexer = StarDemultiplexer()
        self._known: StarStatus | None = None
        self._answers = 0
        self._counted: int | None = None
        self._in_step = False

    def open(self, timeout_s: float) -> Status:
        """Connect, ask, initialise, switch automatic status on. Raises TransportError.

        The count begins with a fence that is reached while nothing else is under way.
        """
        deadline = self._now() + timeout_s
        self._demultiplexer = StarDemultiplexer()
        self._lose()
        self._reported.clear()
        self._transport.open(timeout_s)
        self._connected = True
        self._counts["connections"] += 1
        if self.poll(self._left(deadline)).health is Health.ABSENT:
            self.close()
            raise TransportTimeout("the printer does not answer")
        self._initialise(deadline)
        if not self._stands():
            half = self._now() + self._left(deadline) / 2
            if not self._wait(lambda: self._in_step, half):
                self.send(WAKE, self._left(deadline))
                self._initialise(deadline)
                self._wait(lambda: self._in_step, deadline)
            self._settle(deadline)
        return self.status()

    def _settle(self, deadline: float) -> None:
        """Wait until the count stands: fences of an earlier connection may come before ours."""
        standing: int | None = -1
        while standing != self._counted and self._left(deadline):
            standing = self._counted
            self._wait(
                lambda before=standing: self._counted != before,  # type: ignore[misc]
                min(deadline, self._now() + SETTLE_S),
            )

    def _initialise(self, deadline: float) -> None:
        self._counted, self._in_step = None, False
        self.send(INITIALISE + AUTO_STATUS_ON + FENCE, self._left(deadline))

    def poll(self, timeout_s: float) -> Status:
        """Ask for the status and wait for the answer; ABSENT when none comes."""
        deadline = self._now() + timeout_s
        self.status()
        if self._halfway:
            return self._status()
        before = self._answers
        try:
            self.send(ASK, self._left(deadline))
            if not self._wait(lambda: self._answers > before, deadline):
                self._lose()
        except TransportError:
            self._lose()
        return self._status()

    def clear(self, timeout_s: float) -> bool:
        """Return False: there is no such order that is acknowledged."""
        del timeout_s
        return False

    def _fence(self, marker: str) -> bytes:
        if not marker:
            raise LocalProtocolError("a marker has a name")
        return FENCE

    def _pulse(self, pin: int) -> bytes:
        if pin not in _PULSES:
            raise LocalProtocolError(f"a drawer hangs on pin 2 or 5, not {pin}")
        return _PULSES[pin]

    def _drawer_high(self) -> bool | None:
        return None if self._known is None else self._known.drawer_high

    def _hear(self, data: bytes) -> None:
        for status in self._demultiplexer.receive(data):
            self._answered_at = self._now()
            self._answers += 1
            self._known = status
            self._count(status.fences)

    def _count(self, fences: int) -> None:
        """Take the fences reached since the last status; the first one only begins the count."""
        before, self._counted = self._counted, fences
        if before is None:
            return
        for _ in range((fences - before) % FENCES):
            if not self._in_step:
                self._in_step = True
            elif self._marked:
                self._report(self._marked[0])

    def _lose(self) -> None:
        super()._lose()
        self._known = None
        self._counted, self._in_step = None, False

    def _status(self) -> Status:
        if not self._connected:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, self.profile.title)
        known = self._known
        if known is None:
            return Status(Health.STARTING, (), self._answered_at, self.profile.title)
        return judged(
            {
                "unrecoverable_error": known.unrecoverable,
                "cutter_error": known.cutter_error,
                "cover_open": known.cover_open,
                "paper_out": known.paper_out,
                "overheated": known.recoverable,
                "near_end": known.near_end,
                "offline": known.offline,
            },
            self._answered_at,
            self.profile.title,
        )
