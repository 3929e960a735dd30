"""A signing till without devices, from a sale to the closure of a year: a scenario for cuts.

Session, writer, regime and core are those of the terminal; the disk is the caller's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from terminal.cli.books import audit_of
from terminal.clock import ManualClock
from terminal.core import commands as c
from terminal.core.errors import Refused
from terminal.core.events import PeriodClosed, SaleCompleted, TerminalStarted
from terminal.core.evolve import evolve
from terminal.core.policy import SUPERVISOR, Policy
from terminal.core.state import TerminalState
from terminal.fiscal.auditors import LawAuditor
from terminal.fiscal.france import FranceRegime
from terminal.fiscal.signing import PemSigner
from terminal.journal.database import DatabaseFactory
from terminal.journal.upcast import decode
from terminal.services.bus import Bus
from terminal.services.session import Session
from terminal.services.writer import Writer
from terminal.store.store import Store
from tests.crash.explorer import Crash, Stage
from tests.store.story import FLOUR, RADISH

NEW_YEARS_EVE = 1_798_714_800_000
"""2026-12-31, 12:00 in Paris."""
DAY_S = 86_400
STORAGE = ("storage_full", "storage_read_only", "storage_failed")


@dataclass(frozen=True)
class Step:
    """A command, after some time; ``done`` tells from the state that it happened."""

    command: c.Command
    done: Callable[[TerminalState], bool]
    wait_s: int = 1


def _receipts(count: int) -> Callable[[TerminalState], bool]:
    return lambda state: state.last_receipt_sequence >= count


def _lines(count: int) -> Callable[[TerminalState], bool]:
    return lambda state: state.sale is not None and len(state.sale.lines) >= count


def _no_sale(state: TerminalState) -> bool:
    return state.sale is None


STEPS = (
    Step(c.AddItem(FLOUR.code, FLOUR), _lines(1)),
    Step(c.AddItem(RADISH.code, RADISH), _lines(2)),
    Step(c.TenderCash(5_000), _receipts(1)),
    Step(c.NextCustomer(), _no_sale),
    Step(
        c.ClosePeriod("year", (("cash", 1_750),)), lambda state: "year" in state.books.numbers
    ),
    # Two days later: the day between and its sale-less closure come before the line.
    Step(c.AddItem(FLOUR.code, FLOUR), _lines(1), wait_s=2 * DAY_S),
    Step(c.TenderCash(250), _receipts(2)),
    Step(c.NextCustomer(), _no_sale),
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What must not get less: receipts, closures by scope."""

    receipts: int
    closures: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, state: TerminalState) -> Seen:
        return cls(state.last_receipt_sequence, tuple(sorted(state.books.numbers.items())))

    def reaches(self, other: Seen) -> bool:
        ours = dict(self.closures)
        closed = all(ours.get(scope, 0) >= number for scope, number in other.closures)
        return self.receipts >= other.receipts and closed


class SignedShop:
    """The scenario, and what must hold on every disk that a cut may leave."""

    def __init__(self, key: Path) -> None:
        self._signer = PemSigner.read(key)
        self.after = [Seen(0, ())]
        """What had been seen after each step of an undisturbed run."""

    def _session(self, data_dir: Path, clock: ManualClock, factory: DatabaseFactory | None):
        options = {} if factory is None else {"database_factory": factory}
        writer = Writer(
            partial(Store.open, data_dir, evolve=evolve, create=True, lock=False, **options)
        )
        regime = FranceRegime(bytes(32), self._signer, till="3001", timezone="Europe/Paris")
        return Session(writer, clock, Policy(), regime, Bus()), writer

    def play(self, stage: Stage) -> None:
        asyncio.run(self._play(stage))

    async def _play(self, stage: Stage) -> None:
        clock = ManualClock(at_ms=NEW_YEARS_EVE)
        session, writer = self._session(stage.data_dir, clock, stage.factory)
        undisturbed = [Seen(0, ())]
        try:
            await self._begin(session)
            for number, step in enumerate(STEPS, start=1):
                clock.advance(step.wait_s)
                stage.mark.begin(number)
                if not await self._done(session, step):
                    return
                stage.mark.ack(number)
                undisturbed.append(Seen.of(session.state))
            self.after = undisturbed
        finally:
            await writer.close()

    async def _begin(self, session: Session) -> None:
        await session.open()
        if session.state.operator is None:
            started = TerminalStarted("0.2.0", "till", clean=True)
            await session.record(lambda *_: (started,))
            for _ in range(2):  # a disk that refuses is asked once more, as people do
                signed_on = await session.carry_out(c.SignOn("9", "Ann", SUPERVISOR))
                if not isinstance(signed_on, Refused):
                    return

    async def _done(self, session: Session, step: Step) -> bool:
        """Carry out a step; a disk that refuses is asked once more, as people do."""
        for _ in range(2):
            decided = await session.carry_out(step.command)
            if not isinstance(decided, Refused):
                return True
            if session.storage_problem == "" and step.done(session.state):
                return True  # it was written although the disk had refused to say so
            if decided.code not in STORAGE:
                return False
        return False

    def check(self, data_dir: Path, crash: Crash) -> None:
        asyncio.run(self._check(data_dir, crash))

    async def _check(self, data_dir: Path, crash: Crash) -> None:
        clock = ManualClock(at_ms=NEW_YEARS_EVE + 3 * DAY_S * 1000)
        session, writer = self._session(data_dir, clock, None)
        await session.open()
        found = Seen.of(session.state)
        assert found.reaches(self.after[crash.acked]), "something acknowledged is gone"
        if crash.begun < len(self.after):
            assert self.after[crash.begun].reaches(found), "something is there that nobody asked"
        check_books(data_dir)
        await self._begin(session)
        await self._go_on(session)
        await writer.close()
        check_books(data_dir)

    async def _go_on(self, session: Session) -> None:
        """Sell to the end, and close what is open: the same books, wherever the cut was."""
        for step in (*STEPS[:1], *STEPS[2:4]):
            await session.carry_out(step.command)
        closed = await session.carry_out(c.ClosePeriod("year"))
        assert not isinstance(closed, Refused), closed
        again = await session.carry_out(c.ClosePeriod("year"))
        assert again == Refused("already_closed", {"period": "2027"})


def check_books(data_dir: Path, *, once: bool = True) -> None:
    """Chains are valid, numbers have no gap, each period is closed once, and totals are right.

    ``once`` is False where people close a day again after they sold more on it.
    """
    with closing(Store.open_read_only(data_dir, evolve=evolve)) as store:
        verdict = store.verify(audit_of(LawAuditor()))
        assert verdict.problems == (), verdict.first_bad
        events = [decode(record) for record in store.journal.read()]
        books = store.load().books
    receipts = [event for event in events if isinstance(event, SaleCompleted)]
    closures = [event for event in events if isinstance(event, PeriodClosed)]
    assert [r.receipt_sequence for r in receipts] == list(range(1, len(receipts) + 1))
    for scope in ("day", "month", "year"):
        ours = [closure for closure in closures if closure.scope == scope]
        assert [closure.number for closure in ours] == list(range(1, len(ours) + 1))
        with_sales = Counter(closure.period for closure in ours if closure.count)
        assert not once or max(with_sales.values(), default=1) == 1, f"a {scope} closed twice"
        closed = sum(closure.total_minor for closure in ours)
        sold = sum(receipt.total_minor for receipt in receipts)
        assert closed + books.period(scope).total_minor == sold
    assert books.perpetual_minor == sum(receipt.total_minor for receipt in receipts)
