"""A receipt printer made of software: ESC/POS in, paper and status out.

It behaves as the manuals say where a receipt can be lost or doubled: status is answered at once,
whatever waits in the buffer; printing stops at the end of the paper and goes on by itself after the
refill; a process id is reported when everything before it is printed; power off loses the buffer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from drivers.printer.paper import Paper, as_text, height_mm
from drivers.printer.print_head import PrintHead
from drivers.printer.tokens import Token, Tokenizer
from drivers.simulation import DurableLines, SimulatedDevice, UnknownAction, at_least

RECEIVE_BUFFER = 65536
"""Bytes taken while printing is stopped, the host's own buffers included (80 KB were seen)."""
SHOWN_PIECES = 20
COLUMNS = 48
_IDENTITY = {66: b"_REPRISE", 67: b"_SIM-T20", 68: b"_SIM0001"}
_REAL_TIME_SIZES = {0x04: 3, 0x05: 3}
_DC4_SIZES = {1: 5, 2: 5, 8: 10}


class DrawerPort(Protocol):
    """What hangs on the printer's drawer connector."""

    def pulse(self, pin: int) -> None:
        """A drawer pulse on pin 2 or 5."""

    def sensor_high(self) -> bool: ...


class PrinterSimulator(SimulatedDevice):
    """The simulated printer. ``memory`` is the file of its paper, None to forget.

    ``speed_mm_s`` 0 prints at once; real printers do 150 to 300.
    """

    name = "printer"

    def __init__(
        self,
        memory: Path | None = None,
        *,
        drawer: DrawerPort | None = None,
        speed_mm_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(monotonic, changed)
        self._paper = Paper(DurableLines(memory))
        self._head = PrintHead(self._paper, COLUMNS)
        self._drawer = drawer
        self._speed = speed_mm_s
        self._tokens = Tokenizer()
        self._queue: deque[Token] = deque()
        self._queued = 0
        self._real_time = bytearray()
        self._answers: list[bytes] = []
        self._busy_until = 0.0
        self._auto = 0
        self._told = b""
        self._pulse_by_real_time = True
        self._paper_out = False
        self._near_end = False
        self._cover_open = False
        self._lines_left: int | None = None
        self._pulses = 0
        self._unknown = 0

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "paper_out": self._run_out,
            "paper_out_after": self._run_out_after,
            "near_end": self._come_near_end,
            "refill": self._refill,
            "cover_open": lambda: self._set_cover(is_open=True),
            "cover_close": lambda: self._set_cover(is_open=False),
            "speed": self._set_speed,
            "pieces": self._show_pieces,
        }

    def _run_out(self) -> None:
        self._paper_out = True
        self._lines_left = None
        self._status_changed()

    def _run_out_after(self, lines: int) -> None:
        self._lines_left = at_least("lines", lines, 0)
        if self._lines_left == 0:
            self._run_out()

    def _come_near_end(self) -> None:
        self._near_end = True
        self._status_changed()

    def _refill(self) -> None:
        self._paper_out = self._near_end = False
        self._lines_left = None
        self._start_now()
        self._status_changed()

    def _set_cover(self, *, is_open: bool) -> None:
        self._cover_open = is_open
        self._start_now()
        self._status_changed()

    def _set_speed(self, mm_s: float) -> None:
        if not 0 <= mm_s <= 1000:
            raise UnknownAction("speed goes from 0 (at once) to 1000 mm/s")
        self._speed = mm_s

    def _show_pieces(self) -> Mapping[str, Any]:
        return {"pieces": [_piece(n, elements) for n, elements in self._paper.pieces]}

    def drawer_changed(self) -> None:
        """The drawer behind the printer moved; called with the shared lock held."""
        self._status_changed()

    def elements(self, piece: int = 0) -> tuple[Mapping[str, Any], ...]:
        """Return what is on a cut piece, or on the paper still in the printer (0), to draw it."""
        with self.changed:
            self.advance()
            if piece == 0:
                return tuple(self._paper.current)
            return next((found for n, found in self._paper.pieces if n == piece), ())

    def _visible(self) -> Mapping[str, Any]:
        shown = list(self._paper.pieces)[-SHOWN_PIECES:]
        paper = "out" if self._paper_out else "near_end" if self._near_end else "ok"
        return {
            "paper": paper,
            "cover": "open" if self._cover_open else "closed",
            "printing": self._busy_until > self.monotonic(),
            "buffered": self._buffered(),
            "pieces": [_piece(n, elements) for n, elements in shown],
            "total_pieces": self._paper.total_pieces,
            "current": as_text(self._paper.current, COLUMNS),
            "pulses": self._pulses,
            "unknown": self._unknown,
        }

    # --- wire and power ---

    def _stopped(self) -> None:
        self._lose_buffer()
        self._real_time.clear()
        self._answers.clear()
        self._auto = 0
        self._pulse_by_real_time = True
        self._busy_until = 0.0

    def _receive(self, data: bytes) -> int:
        """Take what fits; questions in real time are answered before anything waits."""
        reserve = 256 if len(data) <= 64 else 0
        taken = data[: max(0, RECEIVE_BUFFER + reserve - self._buffered())]
        self._real_time += taken
        while self._real_time:
            size = self._next_real_time()
            if size == 0:
                break
            piece = bytes(self._real_time[:size])
            del self._real_time[:size]
            if piece[0] != 0x10 or size == 1 or len(self._tokens):
                self._take_in(piece)  # inside a command they are also its data
            if piece[0] == 0x10 and size > 1:
                self._answer_at_once(piece)
        self._work()
        self._flush()
        return len(taken)

    def _take_in(self, data: bytes) -> None:
        if not self._queue:
            self._start_now()
        self._tokens.feed(data)
        while (token := self._tokens.next()) is not None:
            self._queue.append(token)
            self._queued += len(token.data)
        self._work()

    def _start_now(self) -> None:
        """The head stood: what comes next begins now, not when it last stopped."""
        self._busy_until = max(self._busy_until, self.monotonic())

    def _buffered(self) -> int:
        return self._queued + len(self._tokens)

    def _lose_buffer(self) -> None:
        self._tokens.clear()
        self._queue.clear()
        self._queued = 0
        self._head.reset()

    def _next_real_time(self) -> int:
        """Return the size of the next real-time command, or of what comes before it."""
        held = self._real_time
        place = held.find(0x10)
        if place != 0:
            return len(held) if place < 0 else place
        if len(held) < 2:
            return 0
        if held[1] == 0x14:
            size = 3 if len(held) < 3 else _DC4_SIZES.get(held[2], 1)
        else:
            size = _REAL_TIME_SIZES.get(held[1], 1)
        return size if len(held) >= size else 0

    def _answer_at_once(self, command: bytes) -> None:
        if command[1] == 0x04:
            self._answers.append(bytes((self._real_time_byte(command[2]),)))
        elif command[1] == 0x14 and command[2] == 8:
            self._lose_buffer()
            self._answers.append(b"\x37\x25\x00")
        elif command[1] == 0x14 and command[2] == 1 and self._pulse_by_real_time:
            self._pulse(2 if command[3] == 0 else 5)

    def advance(self) -> float | None:
        """Print what is due; return the seconds until the print head is free again."""
        self._work()
        self._flush()
        left = self._busy_until - self.monotonic()
        return left if left > 0 and self._queue else None

    def _work(self) -> None:
        while self._queue and self._online() and self.monotonic() >= self._busy_until:
            token = self._queue.popleft()
            self._queued -= len(token.data)
            self._carry_out(token)

    def _flush(self) -> None:
        """What is on the paper is on the disk before the printer says so."""
        self._paper.save()
        answers, self._answers = self._answers, []
        for answer in answers:
            self._say(answer)

    # --- commands ---

    def _carry_out(self, token: Token) -> None:
        if self._head.carry_out(token):
            if token.name == "ESC @":
                self._pulse_by_real_time = True
            self._count_paper()
            return
        data = token.data
        match token.name:
            case "ESC p":
                self._pulse(2 if data[2] in (0, 48) else 5)
            case "GS a":
                self._auto = data[2]
                self._told = self._auto_status()
                if self._auto:
                    self._answers.append(self._told)
            case "GS r":
                self._answers.append(bytes((self._queued_byte(data[2]),)))
            case "GS I":
                self._answers.append(_IDENTITY.get(data[2], b"") + b"\x00")
            case "GS ( H" if len(data) == 11 and data[5:7] == b"00":
                self._answers.append(b"\x37\x22" + data[7:11] + b"\x00")
            case "GS ( D":
                self._guard(data)
            case "unknown":
                self._unknown += 1

    def _guard(self, data: bytes) -> None:
        """GS ( D 20: pairs of a real-time function and whether it is allowed."""
        if data[5:6] == b"\x14":
            for function, allowed in zip(data[6::2], data[7::2], strict=False):
                if function == 1:
                    self._pulse_by_real_time = bool(allowed & 1)

    def _count_paper(self) -> None:
        printed, self._head.printed = self._head.printed, []
        for element in printed:
            if self._speed:
                self._busy_until += height_mm(element) / self._speed
            if self._lines_left is not None:
                self._lines_left -= 1
                if self._lines_left <= 0:
                    self._run_out()

    def _pulse(self, pin: int) -> None:
        self._pulses += 1
        if self._drawer is not None:
            self._drawer.pulse(pin)
            self._status_changed()

    # --- status ---

    def _online(self) -> bool:
        return self._powered and not self._paper_out and not self._cover_open

    def _drawer_high(self) -> bool:
        return self._drawer is not None and self._drawer.sensor_high()

    def _status_changed(self) -> None:
        now = self._auto_status()
        if self._powered and self._auto and now != self._told:
            self._told = now
            self._answers.append(now)
        self._work()
        self._flush()

    def _auto_status(self) -> bytes:
        offline = not self._online()
        first = 0x10 | self._drawer_high() << 2 | offline << 3 | self._cover_open << 5
        near = self._near_end or self._paper_out
        return bytes((first, 0, 0x03 * near | 0x0C * self._paper_out, 0x0F))

    def _real_time_byte(self, n: int) -> int:
        near = self._near_end or self._paper_out
        return 0x12 | {
            1: self._drawer_high() << 2 | (not self._online()) << 3,
            2: self._cover_open << 2 | self._paper_out << 5,
            3: 0,
            4: 0x0C * near | 0x60 * self._paper_out,
        }.get(n, 0)

    def _queued_byte(self, n: int) -> int:
        if n in (2, 50):
            return int(self._drawer_high())
        return 0x03 * self._near_end


def _piece(n: int, elements: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    return {"n": n, "text": as_text(elements, COLUMNS)}
