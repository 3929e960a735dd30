"""The single writer: decide, append, evolve, publish.

Every change of state goes through ``Session.record``: it asks for events, makes them durable, and
only then is the state replaced and anybody told.  Nothing else in the program assigns the state.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from terminal.clock import Clock
from terminal.core.closing import due, is_due
from terminal.core.commands import Command
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.events import (
    AuthorityGiven,
    Event,
    TerminalStopped,
)
from terminal.core.policy import Moment, Policy
from terminal.core.state import Operator, TerminalState
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import stopped_by_clock
from terminal.journal.errors import JournalError, NotYetConfirmed, StorageFull, StorageReadOnly
from terminal.journal.journal import Head
from terminal.services.bus import Bus, Changed
from terminal.services.clock_news import ClockNews
from terminal.services.writer import Writer

log = logging.getLogger(__name__)

SLOW_KEYS = frozenset({"pkcs11"})
"""Where a key lives that takes longer for a signature than a frame lasts."""

Decision = tuple[Event, ...] | Refused
Decide = Callable[[TerminalState, Moment], Decision]


class Session:
    """The state of this terminal, and the only way to change it."""

    def __init__(
        self, writer: Writer, clock: Clock, policy: Policy, regime: Regime, bus: Bus
    ) -> None:
        self.state = TerminalState()
        self.policy = policy
        self.storage_problem = ""
        """Refusal code of the last failed write; empty while the disk takes everything."""
        self.refusal: Callable[[tuple[Event, ...]], Refused | None] = lambda _: None
        """Says why events must not be recorded although the core decided them: a disk at its end.
        """
        self.reserve: Callable[[], Awaitable[bool]] = _no_reserve
        """Gives back room that was kept for a full disk; False when there is none."""
        self._writer = writer
        self._clock = clock
        self._regime = regime
        self._bus = bus
        self._turn = asyncio.Lock()
        self._clock_news = ClockNews()
        self._adrift = False
        """A write was begun and nobody saw its end: the disk knows more than the state."""

    async def open(self) -> None:
        """Open the store and resume the state it holds."""
        self.state = await self._writer.open()

    async def close(self) -> None:
        """Record that this stop was no power cut."""
        if self.state.running and not self.storage_problem:
            await self.record(lambda _state, _: (TerminalStopped(),))

    async def carry_out(self, command: Command, by: Operator | None = None) -> Decision:
        """Decide a command and make its events durable, or return why not."""
        what = type(command).__name__
        return await self.record(
            lambda state, moment: decide(state, command, self.policy, moment), by, what
        )

    async def record(self, make: Decide, by: Operator | None = None, what: str = "") -> Decision:
        """Let ``make`` decide on the present state and make its events durable.

        ``by`` decides in the place of the operator who is signed on: both are recorded.  Returns
        the events once they are on disk and published, or the refusal.  A caller that is cancelled
        in the middle leaves it to the disk to say whether they happened: see ``_mend``.
        """
        if by is not None:
            make = _with_authority(make, by, what)
        async with self._turn:
            refused = await self._mend()
            if refused is not None:
                return refused
            await self._watch_clock()
            moment = self.moment()
            refused = await self._roll_over(moment)
            if refused is not None:
                return refused
            decided = make(self.state, moment)
            if isinstance(decided, Refused) or not decided:
                return decided
            refused = self.refusal(decided)
            if refused is not None:
                return refused
            events = await self._seal(decided, moment)
            if isinstance(events, Refused):
                return events
            return await self._append(events, moment)

    async def _seal(self, events: tuple[Event, ...], moment: Moment) -> Decision:
        """Add what the law asks for; a key that takes its time is not waited for on the loop."""
        signer = self._regime.signer
        if signer is None or signer.backend not in SLOW_KEYS:
            return self._regime.seal(self.state, events, moment)
        loop = asyncio.get_running_loop()
        seal = self._regime.seal
        return await loop.run_in_executor(None, seal, self.state, events, moment)

    async def newest(self) -> Head:
        """Return the newest durable record of the journal: number and hash. Raises JournalError."""
        return await self._writer.ask(lambda store: store.journal.head)

    async def stored_hash(self, seq: int) -> bytes:
        """Return the hash of a record, empty when there is none. Raises JournalError."""
        return await self._writer.ask(lambda store: store.journal.stored_hash(seq))

    def moment(self) -> Moment:
        """Return the time to record: never before the newest record."""
        clock_ms, last_ms = self._clock.now_ms(), self.state.last_at_ms
        now = max(clock_ms, last_ms)
        day = max(self._clock.business_date(now), self.state.business_date)
        return Moment(now, day, max(0, last_ms - clock_ms))

    @property
    def stopped_by_clock(self) -> bool:
        """True while the law lets no payment begin because the clock is behind the books."""
        return stopped_by_clock(self._regime, self.state, self.moment())

    async def _append(self, events: tuple[Event, ...], moment: Moment) -> Decision:
        self._adrift = True
        try:
            try:
                state = await self._writer.append(events, moment, self.state)
            except StorageFull:
                state = await self._append_again(events, moment)
        except NotYetConfirmed as error:
            log.info("%s", error)
            self._adrift = False  # nothing was written
            return Refused("update_on_trial")
        except JournalError as error:
            log.error("cannot write the journal: %s", error)  # noqa: TRY400 - the words say it
            self._set_problem(_refusal_code(error))
            return Refused(self.storage_problem)
        self._adrift = False
        self.state = state
        self._bus.publish(Changed(state, events))
        return events

    async def _append_again(self, events: tuple[Event, ...], moment: Moment) -> TerminalState:
        """Spend the reserve and write what a full disk did not take: a sale is not left half made.

        What is on the disk is read again first.  Whatever it holds beyond the state that the
        events were decided on is gone on from, and they are refused.
        """
        if not await self.reserve():
            raise StorageFull("the disk is full, and there is no reserve")
        found = await self._writer.open()
        if found != self.state:
            raise StorageFull("the disk was full, and holds another state than was known")
        return await self._writer.append(events, moment, found)

    async def _mend(self) -> Refused | None:
        """After a write that failed or was not waited for, go on from what the disk holds.

        A disk that refused is tried first: one that can only be read would show the sale screen,
        and fail at the next article.
        """
        if not self._adrift:
            return None
        try:
            if self.storage_problem:
                await self._writer.prove()
            self.state = await self._writer.open()
        except JournalError as error:
            code = _refusal_code(error)
            if code != self.storage_problem:  # tried every two seconds, and told when it is news
                log.error("cannot go on with the journal: %s", error)  # noqa: TRY400 - as above
            self._set_problem(code)
            return Refused(code)
        self._adrift = False
        self._set_problem("")
        return None

    def _set_problem(self, code: str) -> None:
        self.storage_problem = code
        self._bus.publish(Changed(self.state, ()))

    async def roll_over(self) -> None:
        """Close the days that have ended although nothing happens."""
        await self.record(lambda _state, _: ())

    async def _roll_over(self, moment: Moment) -> Refused | None:
        """Close earlier days before anything is recorded on a later one."""
        if not is_due(self.state, moment.business_date):
            return None
        events = await self._seal(due(self.state, moment.business_date), moment)
        if isinstance(events, Refused):
            return events
        appended = await self._append(events, moment)
        return appended if isinstance(appended, Refused) else None

    async def _watch_clock(self) -> None:
        """Record what the clock did; the order of records does not depend on it."""
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        events = self._clock_news.since(self.state, now_ms, now_s)
        if events:
            moment = self.moment()
            sealed = await self._seal(events, moment)
            await self._append(events if isinstance(sealed, Refused) else sealed, moment)


async def _no_reserve() -> bool:
    return False


def _with_authority(make: Decide, by: Operator, what: str) -> Decide:
    """Decide as if ``by`` were signed on, and record who gave the authority to whom."""

    def decided(state: TerminalState, moment: Moment) -> Decision:
        events = make(replace(state, operator=by), moment)
        if isinstance(events, Refused) or not events:
            return events
        asked_by = state.operator.operator_id if state.operator else ""
        return AuthorityGiven(by.operator_id, asked_by, what), *events

    return decided


def _refusal_code(error: JournalError) -> str:
    if isinstance(error, StorageFull):
        return "storage_full"
    if isinstance(error, StorageReadOnly):
        return "storage_read_only"
    return "storage_failed"
