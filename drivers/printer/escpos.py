"""Driver of a receipt printer that speaks ESC/POS, with status answers or without."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from drivers.base import Health, Status
from drivers.errors import TransportError, TransportTimeout
from drivers.printer import commands
from drivers.printer.base import Confirmation
from drivers.printer.fence import FenceCounter
from drivers.printer.link import PrinterLink, judged
from drivers.printer.profiles import DEFAULT, Profile, profile_of
from drivers.printer.protocol import (
    AutoStatus,
    Block,
    Cleared,
    PrinterEvent,
    ProcessId,
    QueuedStatus,
    RealTimeStatus,
    StatusDemultiplexer,
)
from drivers.transports.base import Transport

PROBE = "PING"
WAKE = bytes(8192)
"""NULs that push a printer out of a half-sent command, as the terminal may have died inside one."""
WAKE_EVERY_S = 1.0
_REAL_TIME = (1, 2, 3, 4)


class EscposPrinter(PrinterLink):
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
            profile or profile_of(DEFAULT),
            monotonic=monotonic,
        )
        self._demultiplexer = StatusDemultiplexer()
        self._auto: AutoStatus | None = None
        self._real_time: dict[int, int] = {}
        self._asked: deque[int] = deque(maxlen=len(_REAL_TIME))
        self._identity: list[str] = []
        self._cleared = False
        self._fences = FenceCounter()
        self._shown: Confirmation | None = None
        """What it has confirmed by before: it does not unlearn that, it is only slow."""
        self._sentinel = False

    # --- opening and asking ---

    def open(self, timeout_s: float) -> Status:
        """Connect, initialise, switch automatic status on, identify. Raises TransportError.

        A printer that is offline (no paper, cover open) carries these orders out later; it answers
        the real-time questions at once, and ``status`` says what is wrong with it.  A write-only
        printer answers nothing, and is taken at its word.
        """
        deadline = self._now() + timeout_s
        self._forget()
        self._transport.open(timeout_s)
        self._connected = True
        self._counts["connections"] += 1
        if self.profile.confirmation is Confirmation.NONE:
            self.send(commands.INITIALISE, self._left(deadline))
            return self.status()
        status = self.poll(self._left(deadline))
        if status.health is Health.ABSENT:
            self.close()
            raise TransportTimeout("the printer does not answer")
        self._initialise(deadline)
        if not self._stands():
            try:
                self._await_first_answer(deadline)
            except TransportError:
                self.close()
                raise
        elif self.caps.confirmation is Confirmation.FENCE:
            self.send(self._fences.begin(int(self._now() * 1000)), self._left(deadline))
        return self.status()

    def poll(self, timeout_s: float) -> Status:
        """Ask for the real-time status and wait for the answer.

        ABSENT when none comes; the link is dropped then, and ``open`` must be called again.
        """
        if self.profile.confirmation is Confirmation.NONE or self._halfway:
            return self.status()
        deadline = self._now() + timeout_s
        try:
            self.status()
            self._asked.clear()
            self._real_time.clear()
            self.send(b"".join(map(commands.real_time_status, _REAL_TIME)), self._left(deadline))
            self._asked.extend(_REAL_TIME)
            self._wait(lambda: len(self._real_time) == len(_REAL_TIME), deadline)
        except TransportError:
            self._lose()
        else:
            if not self._real_time:
                self._lose()  # it was off: what it still had to report will never come
        return self._status()

    def _initialise(self, deadline: float) -> None:
        """Reset and identify; then the probes, of which the second is answered by every printer."""
        profile = self.profile
        self._sentinel = False
        probe = b""
        if profile.confirmation is Confirmation.PROCESS_ID:
            probe = commands.process_id(PROBE)  # others might print it
        self.send(
            commands.INITIALISE
            + (commands.NO_REAL_TIME_PULSE if profile.guards_pulse else b"")
            + commands.AUTO_STATUS_ON
            + b"".join(map(commands.identity, (commands.MAKER, commands.MODEL, commands.SERIAL)))
            + probe
            + commands.queued_status(1),
            self._left(deadline),
        )

    def _await_first_answer(self, deadline: float) -> None:
        """Wait for the probes; push the printer out of a half-sent command while it is silent."""
        patience = min(WAKE_EVERY_S, self._left(deadline) / 3)
        while not self._wait(self._probed, min(deadline, self._now() + patience)):
            if self._auto is not None and self._shown is None:
                break  # it carries orders out, and answers none of the probes: it cannot
            if self._left(deadline) == 0:
                raise TransportTimeout("the printer answers, and does not do what it is told")
            if self._auto is None:
                self.send(WAKE, self._left(deadline))
                self._initialise(deadline)
        found = Confirmation.NONE
        if PROBE in self._reported:
            found = Confirmation.PROCESS_ID
        elif self._sentinel:
            if not self._count_fences(deadline):
                raise TransportTimeout("the printer does not count what it has done")
            found = Confirmation.FENCE
        self._shown = found if found is not Confirmation.NONE else self._shown
        self.caps = replace(self.caps, confirmation=found)

    def _probed(self) -> bool:
        return PROBE in self._reported or self._sentinel

    def _count_fences(self, deadline: float) -> bool:
        """Begin to count; True when the printer has answered the pattern."""
        self.send(self._fences.begin(int(self._now() * 1000)), self._left(deadline))
        return self._wait(lambda: self._fences.in_step, deadline)

    # --- jobs ---

    def _fence(self, marker: str) -> bytes:
        request = commands.process_id(marker)  # checks it
        if self.caps.confirmation is Confirmation.FENCE:
            return self._fences.expect(marker)
        return request if self.caps.confirmation is Confirmation.PROCESS_ID else b""

    def clear(self, timeout_s: float) -> bool:
        """Throw away what the printer still holds; True only when it acknowledged."""
        if not self.caps.can_clear:
            return False
        deadline = self._now() + timeout_s
        self._cleared = False
        try:
            self.send(commands.CLEAR_BUFFERS, self._left(deadline))
            self._wait(lambda: self._cleared, deadline)
            if self._cleared:
                self._marked.clear()
                if self.caps.confirmation is Confirmation.FENCE:  # its questions are gone as well
                    self.send(self._fences.begin(int(self._now() * 1000)), self._left(deadline))
        except TransportError:
            self._lose()
        return self._cleared

    def _pulse(self, pin: int) -> bytes:
        return commands.drawer_pulse(pin)

    def _drawer_high(self) -> bool | None:
        if self._auto is not None:
            return self._auto.drawer_high
        if 1 in self._real_time:
            return bool(self._real_time[1] & 0x04)
        return None

    # --- what arrives ---

    def _hear(self, data: bytes) -> None:
        for event in self._demultiplexer.receive(data):
            self._answered_at = self._now()
            self._note(event)

    def _note(self, event: PrinterEvent) -> None:
        match event:
            case AutoStatus():
                self._auto = event
                self._real_time.clear()  # older than this
            case RealTimeStatus(byte) if self._asked:
                self._real_time[self._asked.popleft()] = byte
            case ProcessId(marker):
                self._report(marker)
            case Cleared():
                self._cleared = True
            case Block(0x5F, data):
                self._identity.append(data.decode("ascii", "replace"))
                del self._identity[3:]
                self._fences.identity()
            case QueuedStatus():
                self._sentinel = True
                marker = self._fences.status()
                if marker:
                    self._report(marker)
            case _:
                pass  # an answer that nobody asked for

    def _forget(self) -> None:
        self._demultiplexer = StatusDemultiplexer()
        self._lose()
        self._reported.clear()
        self._identity.clear()

    def _lose(self) -> None:
        super()._lose()
        self._auto = None
        self._real_time.clear()
        self._asked.clear()

    # --- what it means ---

    def _status(self) -> Status:
        detail = " ".join(self._identity)
        if not self._connected:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, detail)
        if self.profile.confirmation is Confirmation.NONE:
            return Status(Health.STARTING)
        return judged(self._known(), self._answered_at, detail)

    def _known(self) -> dict[str, bool]:
        auto, asked = self._auto, self._real_time.get
        if auto is not None and not self._real_time:
            return {
                "unrecoverable_error": auto.unrecoverable,
                "cutter_error": auto.cutter_error,
                "cover_open": auto.cover_open,
                "paper_out": auto.paper_out,
                "overheated": auto.recoverable,
                "near_end": auto.near_end,
                "offline": auto.offline,
            }
        return {
            "unrecoverable_error": bool(asked(3, 0) & 0x20),
            "cutter_error": bool(asked(3, 0) & 0x08),
            "cover_open": bool(asked(2, 0) & 0x04),
            "paper_out": bool(asked(4, 0) & 0x60),
            "overheated": bool(asked(3, 0) & 0x40),
            "near_end": bool(asked(4, 0) & 0x0C),
            "offline": bool(asked(1, 0) & 0x08),
        }
