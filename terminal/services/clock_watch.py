"""Watches over the wall clock: how far it can be trusted, and whether it jumped.

Records keep their order by ``seq`` and their time never goes back; here the journal is told what
the times in it are worth.  Nothing waits for a time server, least of all a sale.
"""

from __future__ import annotations

import asyncio

from drivers.timekeeping.base import Trust, judge
from terminal.clock import Clock
from terminal.core.events import ClockTrustChanged, Event, NoticeAcknowledged
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.devices.timekeeping import Evident
from terminal.services.clock_news import jumped_since_stamp
from terminal.services.notices import BY_ITSELF, with_notice
from terminal.services.session import Decision, Session

LOOK_S = 10.0
"""Between two looks at the evidence."""
WARN_AFTER_S = 300.0
"""A machine without an RTC guesses until the network is up: staff need not know of that."""
GUESSED = "clock_guessed"


class ClockWatch:
    """Stamps every start, and every change of trust after it."""

    def __init__(self, session: Session, clock: Clock, evident: Evident) -> None:
        self._session = session
        self._clock = clock
        self._evident = evident
        self._guessing_since: float | None = None
        self._warned = False

    async def stamp(self) -> None:
        """Record at a start what the clock is worth, and a jump since the last stamp."""
        await self._look(always=True)

    async def run(self) -> None:
        """Look every LOOK_S seconds, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Record what has changed, if anything has."""
        await self._look(always=False)

    async def _look(self, *, always: bool) -> None:
        now_ms = self._clock.now_ms()
        loop = asyncio.get_running_loop()
        evidence = await loop.run_in_executor(None, self._evident, now_ms)
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        judged = judge(evidence, now_ms)
        trust = ClockTrustChanged(
            level=judged.level.value,
            source=judged.source,
            boot_id=evidence.boot_id,
            monotonic_ms=round(now_s * 1000),
            clock_ms=now_ms,
        )
        warn = self._must_warn(judged.level, now_s)

        def make(state: TerminalState, _: Moment) -> Decision:
            return _news(state, trust, always=always, warn=warn)

        await self._session.record(make)

    def _must_warn(self, level: Trust, now_s: float) -> bool:
        if level is not Trust.GUESS:
            self._guessing_since, self._warned = None, False
            return False
        if self._guessing_since is None:
            self._guessing_since = now_s
        if self._warned or now_s - self._guessing_since < WARN_AFTER_S:
            return False
        self._warned = True
        return True


def _news(
    state: TerminalState, trust: ClockTrustChanged, *, always: bool, warn: bool
) -> tuple[Event, ...]:
    """Return what the journal has to be told."""
    known = state.clock
    events: tuple[Event, ...] = ()
    if always:
        events = (*jumped_since_stamp(state, trust), trust)
    elif known is None or (known.level, known.source) != (trust.level, trust.source):
        events = (trust,)
    pending = [notice for notice in state.notices if notice.kind == GUESSED]
    if trust.level != Trust.GUESS:
        over = (NoticeAcknowledged(notice.notice_id, BY_ITSELF) for notice in pending)
        return (*events, *over)
    if warn and not pending:
        return with_notice(state, events, (GUESSED, {"clock_ms": trust.clock_ms}))
    return events
