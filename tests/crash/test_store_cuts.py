"""REC-01, NUM-01: a sale in the store, cut at every point, on every disk that may be found."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import peewee
import pytest
from playhouse.apsw_ext import APSWDatabase

from terminal.core import commands as c
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.journal import Journal
from terminal.store.rebuild import fingerprints
from terminal.store.store import Store
from tests.crash.explorer import (
    FULL,
    Crash,
    Stage,
    after_failure,
    checked,
    crashes,
    explore,
    record,
)
from tests.crash.recorder import Failure
from tests.store.story import FLOUR, RADISH, Batch, Story, long_day

SNAPSHOT_EVERY = 6
MAIN_BUDGET = None if FULL else 500
MUTANT_BUDGET = 400
NESTED = 150 if FULL else 8
"""Crashes whose recovery is itself cut at every point."""
NESTED_BUDGET = 150 if FULL else 20


def two_sales() -> list[Batch]:
    """Return a cash sale with its paper and a sale by card."""
    s = Story()
    s.sign_on()
    s.cash_sale(FLOUR, RADISH, handed_minor=2000)
    s.sell(FLOUR)
    s.do(c.TenderCash(50))
    s.pay_by_card(200, acked=False)
    s.do(c.NextCustomer())
    return s.batches


def states_of(batches: list[Batch]) -> list[TerminalState]:
    """Return the state before the first step and after each."""
    states = [TerminalState()]
    for events, moment in batches:
        state = states[-1]
        for event in events:
            state = evolve(state, event, moment)
        states.append(state)
    return states


class Sales:
    """The scenario: batches appended one by one; and the check of what is found afterwards."""

    def __init__(self, batches: list[Batch]) -> None:
        self.batches = batches
        self.states = states_of(batches)
        self.verified: dict[bytes, object] = {}

    def open(self, data_dir: Path, **options: object) -> Store:
        return Store.open(
            data_dir,
            evolve=evolve,
            create=True,
            lock=False,
            snapshot_every=SNAPSHOT_EVERY,
            **options,
        )

    def play(self, stage: Stage) -> None:
        with closing(self.open(stage.data_dir, database_factory=stage.factory)) as store:
            state = store.load()
            for step, (_, moment) in enumerate(self.batches, start=1):
                stage.mark.begin(step)
                state = self.append(store, stage, step, moment, state)
                if state.sale is None:
                    store.checkpoint(truncate=step % 2 == 0)

    def append(
        self, store: Store, stage: Stage, step: int, moment: Moment, state: TerminalState
    ) -> TerminalState:
        after = store.append(self.batches[step - 1][0], moment, state)
        stage.mark.ack(step)
        return after

    def check(self, data_dir: Path, crash: Crash) -> None:
        with closing(self.open(data_dir)) as store:
            state = store.load()
            assert store.journal.verify() is None
            assert state in (self.states[crash.acked], self.states[crash.begun]), "state"
            self.check_derived(store)
            step = self.states.index(state)
            if step < len(self.batches):
                events, moment = self.batches[step]
                assert store.append(events, moment, state) == self.states[step + 1], "going on"
                state = self.states[step + 1]
        with closing(self.open(data_dir)) as store:
            assert store.load() == state, "reopened"

    def check_derived(self, store: Store) -> None:
        """The tables are those of a rebuild, which is made once for every length of history."""
        head = store.journal.head.hash
        found = fingerprints(store.database)
        if head not in self.verified:
            verdict = store.verify()
            assert verdict.ok, verdict.first_bad
            self.verified[head] = found
        assert found == self.verified[head], "derived tables"


class OwnTransactionForRows(Sales):
    """Mutant: the rows, the receipt number among them, follow in a transaction of their own."""

    def append(self, store, stage, step, moment, state):
        events = self.batches[step - 1][0]
        late = []

        def append_first(events, moment, also):
            records = Journal.append(store.journal, events, moment)
            late.append(lambda: also(records))
            return records

        store.journal.append = append_first
        after = store.append(events, moment, state)
        with store.database.atomic("IMMEDIATE"):
            for write in late:
                write()
        stage.mark.ack(step)
        return after


class SplitCompletion(Sales):
    """Mutant: every event of a step is a transaction of its own."""

    def append(self, store, stage, step, moment, state):
        for event in self.batches[step - 1][0]:
            state = store.append([event], moment, state)
        stage.mark.ack(step)
        return state


class AckBeforeCommit(Sales):
    """Mutant: the screen shows a step before the disk has it."""

    def append(self, store, stage, step, moment, state):
        stage.mark.ack(step)
        return store.append(self.batches[step - 1][0], moment, state)


class NormalSync(APSWDatabase):
    """Mutant: synchronous=NORMAL, as much advice on the web has it for WAL."""

    def begin(self, lock_type=None):
        self.execute_sql("PRAGMA synchronous=NORMAL")
        super().begin(lock_type)


def test_no_cut_loses_an_acknowledged_step_or_shows_half_of_one():
    sales = Sales(long_day().batches if FULL else two_sales())
    report = explore(sales.play, sales.check, budget=MAIN_BUDGET)
    print(report)  # noqa: T201 - the counts are published with -s
    assert [str(v) for v in report.violations] == []
    assert report.checked >= min(450, report.distinct)
    assert report.points > 3 * len(sales.batches)


@pytest.mark.parametrize(
    ("mutant", "kind", "broken"),
    [
        (OwnTransactionForRows, APSWDatabase, "tables"),
        (SplitCompletion, APSWDatabase, "state"),
        (AckBeforeCommit, APSWDatabase, "state"),
        (Sales, NormalSync, "state"),
    ],
)
def test_the_explorer_finds_a_planted_fault(mutant, kind, broken):
    sales = mutant(two_sales())
    report = explore(sales.play, sales.check, budget=MUTANT_BUDGET, stop_after=1, kind=kind)
    assert [broken in violation.error for violation in report.violations] == [True]


def test_a_cut_during_recovery_is_recovered_from():
    """A crash while the crash is recovered from: opening again is idempotent (promise 9)."""
    sales = Sales(two_sales()[:9])
    found = [
        crash
        for crash in crashes(record(sales.play), budget=400)
        if crash.acked >= 2 and crash.images.get("store.db-wal")
    ]
    assert len(found) > NESTED
    for crash in found[:: len(found) // NESTED]:

        def recover(stage: Stage) -> None:
            with closing(sales.open(stage.data_dir, database_factory=stage.factory)) as store:
                store.load()
                store.checkpoint(truncate=True)

        def check(data_dir: Path, second: Crash, first: Crash = crash) -> None:
            promised = Crash(second.images, first.begun, first.acked, first.ledger, second.where)
            sales.check(data_dir, promised)

        report = explore(recover, check, initial=crash.images, budget=NESTED_BUDGET)
        assert [str(v) for v in report.violations] == []


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize(
    "code", [apsw.SQLITE_FULL, apsw.SQLITE_IOERR], ids=["disk full", "I/O error"]
)
def test_a_disk_that_refuses_loses_nothing_acknowledged(code, lasting):
    """The n-th write, truncate or sync fails, for every n: what was acknowledged stays."""
    sales = Sales(two_sales())
    total = record(sales.play).fallible
    stride = 1 if FULL else 9
    for nth in range(1, total + 1, stride):
        log = record(sales.play, failure=Failure(nth, code, lasting))
        for crash in after_failure(log):
            assert checked(sales.check, crash) == "", (nth, crash.where)


def test_after_a_failed_sync_nothing_more_is_acknowledged():
    sales = Sales(two_sales())
    log = record(sales.play)
    refused = record(sales.play, failure=Failure(log.fallible // 2, apsw.SQLITE_IOERR, False))
    assert 0 < refused.acked < log.acked
    assert refused.begun == refused.acked + 1


def test_recording_uses_the_database_class_that_is_injected():
    sales = Sales(two_sales()[:1])
    log = record(sales.play)
    assert issubclass(APSWDatabase, peewee.SqliteDatabase)
    assert log.acked == 1
    assert log.fallible > 0
