"""Driver of a receipt printer that speaks ESC/POS with status answers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from drivers.base import Health, Status
from drivers.errors import DeviceFault, TransportError, TransportTimeout, Unplugged
from drivers.printer import commands
from drivers.printer.base import Confirm, EncodedJob, PrinterCaps, PrintItem
from drivers.printer.encoder import encode
from drivers.printer.protocol import (
    AutoStatus,
    Block,
    Cleared,
    PrinterEvent,
    ProcessId,
    RealTimeStatus,
    StatusDemultiplexer,
)
from drivers.transports.base import Transport

READ_BYTES = 4096
MAX_DRAIN_READS = 64
"""Reads that one look at the line makes at most: a wild device must not hold the thread."""
MAX_MARKERS = 64
PROBE = "PING"
WRITE_S = 2.0
WAKE = bytes(8192)
"""NULs that push a printer out of a half-sent command, as the terminal may have died inside one."""
_REAL_TIME = (1, 2, 3, 4)


class EscposPrinter:
    """A ReceiptPrinter; see there for its calls."""

    def __init__(
        self,
        transport: Transport,
        *,
        columns: int = 48,
        dots: int = 576,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = PrinterCaps(columns, dots, process_id=True, can_clear=True)
        self._transport = transport
        self._now = monotonic
        self._demultiplexer = StatusDemultiplexer()
        self._connected = False
        self._answered_at: float | None = None
        self._auto: AutoStatus | None = None
        self._real_time: dict[int, int] = {}
        self._asked: deque[int] = deque(maxlen=len(_REAL_TIME))
        self._identity: list[str] = []
        self._cleared = False
        self._marked: deque[str] = deque(maxlen=MAX_MARKERS)
        self._reported: deque[str] = deque(maxlen=MAX_MARKERS)

    # --- opening and asking ---

    def open(self, timeout_s: float) -> Status:
        """Connect, initialise, switch automatic status on, identify. Raises TransportError.

        A printer that is offline (no paper, cover open) carries these orders out later; it answers
        the real-time questions at once, and ``status`` says what is wrong with it.
        """
        deadline = self._now() + timeout_s
        self._forget()
        self._transport.open(timeout_s)
        self._connected = True
        status = self.poll(self._left(deadline))
        if status.health is Health.ABSENT:
            self.close()
            raise TransportTimeout("the printer does not answer")
        self._initialise(deadline)
        if not self._offline():
            self._await_first_answer(deadline)
        return self.status()

    def status(self) -> Status:
        """Return what is known now, after reading whatever has arrived."""
        try:
            for _ in range(MAX_DRAIN_READS):
                if not self._connected or not self._read(0.0):
                    break
        except Unplugged:
            self._lose()
        return self._status()

    def poll(self, timeout_s: float) -> Status:
        """Ask for the real-time status and wait for the answer.

        ABSENT when none comes; the link is dropped then, and ``open`` must be called again.
        """
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
        self.send(
            commands.INITIALISE
            + commands.NO_REAL_TIME_PULSE
            + commands.AUTO_STATUS_ON
            + b"".join(map(commands.identity, (commands.MAKER, commands.MODEL, commands.SERIAL)))
            + commands.process_id(PROBE),
            self._left(deadline),
        )

    def _await_first_answer(self, deadline: float) -> None:
        """Wait for the probe; push the printer out of a half-sent command when it is silent."""
        half = self._now() + self._left(deadline) / 2
        if not self._wait(lambda: self._auto is not None, half):
            self.send(WAKE, self._left(deadline))
            self._initialise(deadline)
        answered = self._wait(lambda: PROBE in self._reported, deadline)
        self.caps = replace(self.caps, process_id=answered)

    # --- jobs ---

    def encode(self, items: tuple[PrintItem, ...]) -> EncodedJob:
        """Turn a page into the bytes of a job."""
        return encode(items)

    def send(self, data: bytes, timeout_s: float) -> None:
        """Write bytes. Raises Unplugged or TransportTimeout with ``bytes_sent``."""
        if not self._connected:
            raise Unplugged("the printer is not connected")
        try:
            self._transport.write(data, timeout_s)
        except Unplugged:
            self._lose()
            raise

    def mark(self, marker: str, timeout_s: float) -> None:
        """Ask the printer to report ``marker`` when everything before it is printed."""
        while marker in self._reported:
            self._reported.remove(marker)  # of an earlier attempt: it says nothing about this one
        self.send(commands.process_id(marker), timeout_s)
        self._marked.append(marker)

    def confirm(self, marker: str, timeout_s: float) -> Confirm:
        """Wait for the report of ``marker``.

        LOST is final for a marker: the link went, or the printer did not answer a poll since.
        """
        deadline = self._now() + timeout_s
        try:
            if self._wait(lambda: marker in self._reported, deadline):
                return Confirm.PRINTED
        except Unplugged:
            self._lose()
        if marker in self._reported:
            return Confirm.PRINTED
        return Confirm.PENDING if marker in self._marked and self._connected else Confirm.LOST

    def clear(self, timeout_s: float) -> bool:
        """Throw away what the printer still holds; True only when it acknowledged."""
        deadline = self._now() + timeout_s
        self._cleared = False
        try:
            self.send(commands.CLEAR_BUFFERS, self._left(deadline))
            self._wait(lambda: self._cleared, deadline)
        except TransportError:
            self._lose()
        if self._cleared:
            self._marked.clear()
        return self._cleared

    # --- the drawer behind the printer ---

    def kick(self, pin: int, timeout_s: float) -> None:
        """Fire the drawer connector. Raises DeviceFault when the printer would do it later."""
        if self.status().health is Health.BLOCKED:
            raise DeviceFault("the printer is stopped, and would open the drawer when it goes on")
        self.send(commands.drawer_pulse(pin), timeout_s)

    def drawer_high(self) -> bool | None:
        """Level of the drawer's sensor (connector pin 3); None when unknown."""
        if self.status().health is Health.ABSENT:
            return None
        if self._auto is not None:
            return self._auto.drawer_high
        if 1 in self._real_time:
            return bool(self._real_time[1] & 0x04)
        return None

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
        for event in self._demultiplexer.receive(data):
            self._answered_at = self._now()
            self._note(event)
        return bool(data)

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
                del self._identity[:-3]
            case _:
                pass  # an answer that nobody asked for

    def _report(self, marker: str) -> None:
        """Note a marker and those before it: printers may leave out all but the newest."""
        if marker in self._marked:
            while (earlier := self._marked.popleft()) != marker:
                self._reported.append(earlier)
        self._reported.append(marker)

    def _forget(self) -> None:
        self._demultiplexer = StatusDemultiplexer()
        self._lose()
        self._reported.clear()
        self._identity.clear()

    def _lose(self) -> None:
        """The link or the printer went: nothing that it owed us will come."""
        self._connected = False
        self._transport.close()
        self._auto = None
        self._real_time.clear()
        self._asked.clear()
        self._marked.clear()

    def _left(self, deadline: float) -> float:
        return max(0.0, deadline - self._now())

    # --- what it means ---

    def _offline(self) -> bool:
        return self._status().health in (Health.BLOCKED, Health.FAULT)

    def _status(self) -> Status:
        detail = " ".join(self._identity)
        if not self._connected:
            return Status(Health.ABSENT, ("unplugged",), self._answered_at, detail)
        faults, stops, wants = self._reasons()
        health = (
            Health.FAULT
            if faults
            else Health.BLOCKED
            if stops
            else Health.DEGRADED
            if wants
            else Health.READY
        )
        return Status(health, faults + stops + wants, self._answered_at, detail)

    def _reasons(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return what is broken, what stops the printer, and what wants attention."""
        auto, asked = self._auto, self._real_time.get
        if auto is not None and not self._real_time:
            known = {
                "unrecoverable": auto.unrecoverable,
                "cutter_error": auto.cutter_error,
                "cover_open": auto.cover_open,
                "paper_out": auto.paper_out,
                "overheated": auto.recoverable,
                "near_end": auto.near_end,
                "offline": auto.offline,
            }
        else:
            known = {
                "unrecoverable": bool(asked(3, 0) & 0x20),
                "cutter_error": bool(asked(3, 0) & 0x08),
                "cover_open": bool(asked(2, 0) & 0x04),
                "paper_out": bool(asked(4, 0) & 0x60),
                "overheated": bool(asked(3, 0) & 0x40),
                "near_end": bool(asked(4, 0) & 0x0C),
                "offline": bool(asked(1, 0) & 0x08),
            }
        faults = tuple(name for name in ("unrecoverable", "cutter_error") if known[name])
        stops = tuple(name for name in ("cover_open", "paper_out", "overheated") if known[name])
        if known["offline"] and not faults and not stops:
            stops = ("offline",)
        wants = ("paper_near_end",) if known["near_end"] and "paper_out" not in stops else ()
        return faults, stops, wants
