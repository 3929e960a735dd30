"""The terminal's pulse: once a second it says that it lives, to whoever watches over it.

The service manager's watchdog is fed only while the event loop turns *and* the window draws: a
program that computes behind a frozen picture is as dead to the shop as one that hangs.  Each beat
runs on the loop itself, so a loop that stands still feeds nobody; and each asks when the last frame
was really drawn.  A console has no window, and its loop alone counts.

The pulse begins before the journal is opened: a long recovery is alive, and says so, long before it
is ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from terminal import __version__
from terminal.appliance import vitals
from terminal.appliance.notify import Notifier
from terminal.appliance.vitals import Vitals
from terminal.clock import Clock
from terminal.core.state import SaleStatus, TerminalState

log = logging.getLogger(__name__)

BEAT_S = 1.0
FRAME_LIMIT_S = 5.0
"""A window asks for a frame every second; after five missing ones the watchdog is fed no more."""
START_GRACE_S = 60.0
"""Asked for at each beat of a start: the derived tables of years may be made anew before it ends,
and only a loop that turns asks again."""
SELLING = (SaleStatus.OPEN, SaleStatus.TENDERING)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a running terminal shows of itself; the defaults are those of a start."""

    state: TerminalState | None = None
    screen: str = ""
    business_date: str = ""
    ready: bool = False
    """Recovery has ended."""
    fault: str = ""
    training: bool = False
    """Of the practice terminal."""


class Pulse:
    """Beats from the first moment of a start to its end; use as an asynchronous context."""

    def __init__(
        self,
        clock: Clock,
        *,
        role: str,
        window: bool,
        notifier: Notifier | None = None,
        file: Path | None = None,
        restarts: int = 0,
    ) -> None:
        """``file`` is where the vitals are written, None: nowhere; without ``window`` no frame is
        waited for; ``restarts`` are the runs before this one that ended badly."""
        self.look: Callable[[], Signs] = Signs
        """What is seen of the terminal; set when there is one."""
        self.newest: Callable[[], asyncio.Future[int]] | None = None
        """Asks the journal for its newest record; set when it is open."""
        self.ready = False
        """Recovery ended and the first frame was drawn, and the service manager was told."""
        self._clock, self._role, self._window = clock, role, window
        self._notifier = notifier or Notifier()
        self._file = file
        self._restarts = restarts
        self._boot_id = vitals.boot_id()
        self._release = __version__
        self._turned_s = self._touched_s = clock.monotonic_s()
        self._frame_s: float | None = None
        self._seq = -1
        self._counted: TerminalState | None = None
        self._asked: asyncio.Future[int] | None = None
        self._unwritten = False
        self._task: asyncio.Task[None] | None = None

    # --- what it is told --------------------------------------------------------------------------

    def frame_drawn(self, *_: object) -> None:
        """Hear that the window has drawn a frame."""
        self._frame_s = self._clock.monotonic_s()

    def touched(self) -> None:
        """Hear that somebody touched, typed or scanned."""
        self._touched_s = self._clock.monotonic_s()

    @property
    def idle_s(self) -> float:
        """Seconds since somebody touched, typed or scanned; since the start when nobody has."""
        return self._clock.monotonic_s() - self._touched_s

    # --- life -------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="pulse")
        self._task.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; a file that says nothing any more is taken away."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if self._asked is not None:
            self._asked.cancel()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)

    def stopping(self) -> None:
        """Say that a clean end has begun, which may still wait for paper."""
        self._notifier.stopping()

    async def _run(self) -> None:
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)

    @staticmethod
    def _ended(task: asyncio.Task[None]) -> None:
        """A pulse that fails feeds nobody: the watchdog does the rest, and here is why."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the pulse failed", exc_info=error)

    # --- a beat -----------------------------------------------------------------------------------

    def beat(self) -> None:
        """Say what there is to say now."""
        now_s = self._clock.monotonic_s()
        seen = self.look()
        became_ready = not self.ready and seen.ready and self.draws(now_s)
        self.ready = self.ready or became_ready
        self._count(seen)
        self._write(seen, now_s)
        if became_ready:
            self._notifier.ready()
            self._notifier.status("selling")
        self._feed(seen, now_s)
        self._turned_s = now_s

    def draws(self, now_s: float) -> bool:
        """Tell whether what is on the screen is young enough to be believed."""
        if not self._window:
            return True
        return self._frame_s is not None and now_s - self._frame_s <= FRAME_LIMIT_S

    def _feed(self, seen: Signs, now_s: float) -> None:
        if self.ready:
            if self.draws(now_s):
                self._notifier.alive()
        elif not seen.ready:
            # Nothing is drawn yet: the loop is what lives. Fed as well, for a program that started
            # itself anew is watched from its first moment.
            self._notifier.extend(START_GRACE_S)
            self._notifier.alive()
            self._notifier.status("opening the journal" if seen.state is None else "recovering")

    def _count(self, seen: Signs) -> None:
        """Ask for the newest record whenever the state is another; a slow disk answers later."""
        asked = self._asked
        if asked is not None and asked.done():
            self._asked = None
            if not asked.cancelled() and asked.exception() is None:
                self._seq = asked.result()
        if self._asked is None and self.newest is not None and seen.state is not self._counted:
            self._counted = seen.state
            self._asked = self.newest()

    def _write(self, seen: Signs, now_s: float) -> None:
        if self._file is None:
            return
        try:
            vitals.write(self._file, self._vitals(seen, now_s))
        except OSError as error:
            if not self._unwritten:
                log.warning("cannot write %s: %s", self._file, error)
            self._unwritten = True
        else:
            self._unwritten = False

    def _vitals(self, seen: Signs, now_s: float) -> Vitals:
        state = seen.state or TerminalState()
        drawn_s = self._frame_s if self._window else None
        return Vitals(
            pid=os.getpid(),
            boot_id=self._boot_id,
            at_ms=self._clock.now_ms(),
            up_ms=vitals.uptime_ms(),
            release=self._release,
            role=self._role,
            screen=seen.screen,
            loop_ms_ago=round((now_s - self._turned_s) * 1000),
            frame_ms_ago=-1 if drawn_s is None else round((now_s - drawn_s) * 1000),
            journal_seq=self._seq,
            open_sale=state.sale is not None and state.sale.status in SELLING,
            open_payments=len(state.attempts),
            print_jobs=len(state.print_jobs),
            business_date=seen.business_date,
            idle_s=int(now_s - self._touched_s),
            ready=self.ready,
            restarts=self._restarts,
            fault=seen.fault,
            training=seen.training,
        )
