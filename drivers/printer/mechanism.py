"""What all simulated receipt printers do alike: take bytes in, move paper, stop and go on.

They behave as the manuals say where a receipt can be lost or doubled: status is answered at once,
whatever waits in the buffer; printing stops at the end of the paper and goes on by itself after the
refill; a full buffer stops the host; power off loses the buffer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from drivers.printer.paper import Element, Paper, as_text, height_mm
from drivers.printer.print_head import PrintHead
from drivers.printer.profiles import Profile
from drivers.printer.tokens import Token, Tokenizer
from drivers.simulation import DurableLines, SimulatedDevice, UnknownAction, at_least

RECEIVE_BUFFER = 4096
"""Bytes taken while printing is stopped (TM-T88 technical reference)."""
RESERVE = 256
"""Kept free for questions in real time, which are answered when the buffer is full."""
SMALL_WRITE = 64
"""No question is longer."""
SHOWN_PIECES = 20
CUT_NAMES = frozenset({"GS V", "ESC i", "ESC m", "ESC d"})


class DrawerPort(Protocol):
    """What hangs on the printer's drawer connector."""

    def pulse(self, pin: int) -> None:
        """A drawer pulse on pin 2 or 5."""

    def sensor_high(self) -> bool: ...


class PrinterMechanism(SimulatedDevice):
    """A printer without its language. ``memory`` is the file of its paper, None to forget.

    ``speed_mm_s`` 0 prints at once; real printers do 150 to 300.  ``watch`` sees every command when
    it is carried out.
    """

    name = "printer"

    def __init__(
        self,
        memory: Path | None,
        profile: Profile,
        head: Callable[[Paper, int, Mapping[int, str]], PrintHead],
        tokens: Tokenizer,
        *,
        drawer: DrawerPort | None = None,
        speed_mm_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(monotonic, changed)
        self.profile = profile
        self.watch: Callable[[Token], None] | None = None
        self.on_piece: Callable[[int, tuple[Element, ...]], None] | None = None
        """Told of every piece that was cut off, with the lock held."""
        self._paper = Paper(DurableLines(memory))
        self._head = head(self._paper, profile.dots, profile.code_pages)
        self._drawer = drawer
        self._speed = speed_mm_s
        self._tokens = tokens
        self._queue: deque[Token] = deque()
        self._queued = 0
        self._answers: list[bytes] = []
        self._busy_until = 0.0
        self._paper_out = False
        self._near_end = False
        self._cover_open = False
        self._jam_coming = False
        self._jammed = False
        self._lines_left: int | None = None
        self._pulses = 0
        self._unknown = 0
        self._confirmation = profile.confirmation

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
            "jam_cutter": self._let_jam,
            "free_cutter": self._free_cutter,
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
        self._go_on()

    def _set_cover(self, *, is_open: bool) -> None:
        self._cover_open = is_open
        self._go_on()

    def _let_jam(self) -> None:
        self._jam_coming = True

    def _free_cutter(self) -> None:
        self._jam_coming = self._jammed = False
        self._go_on()

    def _go_on(self) -> None:
        self._start_now()
        self._status_changed()

    def _set_speed(self, mm_s: float) -> None:
        if not 0 <= mm_s <= 1000:
            raise UnknownAction("speed goes from 0 (at once) to 1000 mm/s")
        self._speed = mm_s

    def _show_pieces(self) -> Mapping[str, Any]:
        return {"pieces": [self._piece(n, elements) for n, elements in self._paper.pieces]}

    def drawer_changed(self) -> None:
        """The drawer behind the printer moved; called with the shared lock held."""
        self._status_changed()

    def elements(self, piece: int = 0) -> tuple[Element, ...]:
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
            "cutter": "jammed" if self._jammed else "ok",
            "printing": self._busy_until > self.monotonic(),
            "buffered": self._buffered(),
            "leftover": self._unfinished(),
            "pieces": [self._piece(n, elements) for n, elements in shown],
            "total_pieces": self._paper.total_pieces,
            "current": as_text(self._paper.current, self.profile.columns),
            "pulses": self._pulses,
            "unknown": self._unknown,
        }

    def _piece(self, n: int, elements: tuple[Element, ...]) -> dict[str, Any]:
        return {"n": n, "text": as_text(elements, self.profile.columns)}

    # --- bytes in ---

    def _stopped(self) -> None:
        self._lose_buffer()
        self._answers.clear()
        self._busy_until = 0.0

    def _receive(self, data: bytes) -> int:
        """Take what fits, and what fits when that was carried out."""
        taken = 0
        while taken < len(data):
            piece = data[taken : taken + self._room(len(data))]
            if not piece:
                break
            self._accept(piece)
            taken += len(piece)
            self._work()
        self._flush()
        return taken

    def _accept(self, data: bytes) -> None:
        """Look for what is to be answered at once; the rest waits its turn."""
        self._take_in(data)

    def _room(self, size: int) -> int:
        """Return how many bytes fit; a command in progress goes straight to the head."""
        reserve = RESERVE if size <= SMALL_WRITE else 0
        moving = self._online() and not self._queue
        held = 0 if moving else self._buffered()
        return max(0, RECEIVE_BUFFER + reserve - held)

    def _take_in(self, data: bytes) -> None:
        if not self._queue:
            self._start_now()
        self._tokens.feed(data)
        while (token := self._tokens.next()) is not None:
            self._queue_up(token)
        self._work()

    def _queue_up(self, token: Token) -> None:
        self._queue.append(token)
        self._queued += len(token.data)

    def _start_now(self) -> None:
        """The head stood: what comes next begins now, not when it last stopped."""
        self._busy_until = max(self._busy_until, self.monotonic())

    def _unfinished(self) -> int:
        """Return the bytes of a command that is not whole yet."""
        return len(self._tokens)

    def _buffered(self) -> int:
        return self._queued + len(self._tokens)

    def _lose_buffer(self) -> None:
        self._tokens.clear()
        self._queue.clear()
        self._queued = 0
        self._head.reset()

    # --- paper out ---

    def advance(self) -> float | None:
        """Print what is due; return the seconds until the print head is free again."""
        self._work()
        self._flush()
        left = self._busy_until - self.monotonic()
        return left if left > 0 and self._queue else None

    def _work(self) -> None:
        while self._queue and self._online() and self.monotonic() >= self._busy_until:
            token = self._queue[0]
            if token.name in CUT_NAMES and self._jam_coming:
                self._jammed = True
                self._status_changed()
                return
            self._queue.popleft()
            self._queued -= len(token.data)
            if self.watch is not None:
                self.watch(token)
            if self._head.carry_out(token):
                self._count_paper()
            self._carry_out(token)

    def _carry_out(self, token: Token) -> None:
        """Do what a command says beyond paper."""
        if token.name == "unknown":
            self._unknown += 1

    def _count_paper(self) -> None:
        printed, self._head.printed = self._head.printed, []
        cuts, self._head.cuts = self._head.cuts, 0
        if cuts and self.profile.cutter:
            self._cut_off()
        for element in printed:
            if self._speed:
                self._busy_until += height_mm(element) / self._speed
            if self._lines_left is not None:
                self._lines_left -= 1
                if self._lines_left <= 0:
                    self._run_out()

    def _cut_off(self) -> None:
        before = self._paper.total_pieces
        self._paper.cut()
        if self.on_piece is not None and self._paper.total_pieces > before:
            self.on_piece(*self._paper.pieces[-1])

    def _flush(self) -> None:
        """What is on the paper is on the disk before the printer says so."""
        self._paper.save()
        answers, self._answers = self._answers, []
        for answer in answers:
            self._say(answer)

    # --- status ---

    def _online(self) -> bool:
        stopped = self._paper_out or self._cover_open or self._jammed
        return self._powered and not stopped

    def _drawer_high(self) -> bool:
        return self._drawer is not None and self._drawer.sensor_high()

    def _pulse(self, pin: int) -> None:
        self._pulses += 1
        if self._drawer is not None:
            self._drawer.pulse(pin)
            self._status_changed()

    def _status_changed(self) -> None:
        """Something that the host may want to know has changed."""
        self._work()
        self._flush()
