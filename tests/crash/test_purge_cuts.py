"""A purge cut at every point: the whole journal, or the shorter one with its base, never between.

And its compaction: whoever stops after any of its steps finds a store that holds everything.
"""

from __future__ import annotations

import resource
import shutil
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from terminal.core import events as e
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.journal.errors import JournalError, StorageBusy
from terminal.store.beginning import sha256_of
from terminal.store.compact import BESIDE, compact, steps
from terminal.store.purge import Cut, CutTaker, purge
from terminal.store.rebuild import fingerprints
from terminal.store.store import DATABASE_NAME, Store
from tests.crash.explorer import (
    FULL,
    Crash,
    Stage,
    after_failure,
    checked,
    explore,
    record,
    scratch,
)
from tests.crash.recorder import Failure
from tests.store.story import FLOUR, RADISH, Batch, Story

BUDGET = None if FULL else 120


def a_morning() -> list[Batch]:
    """Return sales for cash and by card, with their paper."""
    s = Story()
    s.sign_on()
    for _ in range(3):
        s.cash_sale(FLOUR, RADISH, handed_minor=2000)
    s.sell(FLOUR)
    s.pay_by_card(250)
    s.print_out()
    return s.batches


def opened(data_dir: Path, **options: object) -> Store:
    return Store.open(data_dir, evolve=evolve, lock=False, **options)


def said_of(cut: Cut) -> e.JournalPurged:
    return e.JournalPurged(
        1,
        cut.base.seq,
        cut.business_date,
        cut.base.hash.hex(),
        sha256_of(cut.base),
        (("a.zip", "00" * 32, cut.state.last_receipt_sequence),),
        (),
        cut.state.books.perpetual_minor,
        cut.state.books.perpetual_absolute_minor,
    )


class Purging:
    """The scenario: a store is there, two thirds of it go; and the check of what is found."""

    def __init__(self) -> None:
        self.batches = a_morning()
        self.verified: dict[bool, object] = {}
        with scratch() as directory:
            with closing(Store.open(directory, evolve=evolve, create=True, lock=False)) as store:
                state = store.load()
                for events, moment in self.batches:
                    state = store.append(events, moment, state)
                self.whole = state
                self.seq = store.journal.head.seq * 2 // 3
                store.checkpoint(truncate=True)
            self.initial = {DATABASE_NAME: (directory / DATABASE_NAME).read_bytes()}
        log = record(self.play, initial=self.initial)
        assert log.acked == 1
        self.purged: TerminalState = self.after
        self.operations = log.fallible

    def play(self, stage: Stage) -> None:
        with closing(opened(stage.data_dir, database_factory=stage.factory)) as store:
            before, taker = store.load(), CutTaker(self.seq)
            assert store.verify(look=taker.look).ok
            assert taker.cut is not None
            stage.mark.begin(1)
            event = said_of(taker.cut)
            self.after = purge(store, taker.cut, (event,), self.batches[-1][1], before)
            stage.mark.ack(1)

    def check(self, data_dir: Path, crash: Crash) -> None:
        with closing(opened(data_dir)) as store:
            state = store.load()
            went = store.journal.base.seq == self.seq
            assert went or store.journal.base.seq == 0, "half a base"
            assert went or not crash.acked, "a purge that was acknowledged is undone"
            assert not went or crash.begun, "purged before its time"
            assert state == (self.purged if went else self.whole), "state"
            found = fingerprints(store.database)
            if went not in self.verified:
                verdict = store.verify()
                assert verdict.ok, verdict.first_bad
                assert store.rebuild().changed == (), "derived tables"
                self.verified[went] = found
            assert found == self.verified[went], "derived tables"


@pytest.fixture(scope="module")
def purging() -> Purging:
    return Purging()


def test_a_purge_that_is_cut_happened_or_did_not(purging):
    report = explore(purging.play, purging.check, initial=purging.initial, budget=BUDGET)
    print(report)  # noqa: T201 - the counts are published with -s
    assert [str(v) for v in report.violations] == []
    assert report.checked > 20


@pytest.mark.parametrize(
    "code", [apsw.SQLITE_FULL, apsw.SQLITE_IOERR], ids=["disk full", "I/O error"]
)
def test_a_disk_that_refuses_a_purge_loses_nothing(purging, code):
    for nth in range(1, purging.operations + 1, 1 if FULL else 16):
        log = record(purging.play, initial=purging.initial, failure=Failure(nth, code, True))
        for crash in after_failure(log):
            assert checked(purging.check, crash) == "", (nth, crash.where)


# --- the space ------------------------------------------------------------------------------------


@pytest.fixture
def shorter(purging, tmp_path) -> Path:
    """A store that was purged and not compacted yet."""
    data = tmp_path / "data"
    data.mkdir()
    (data / DATABASE_NAME).write_bytes(purging.initial[DATABASE_NAME])
    with closing(opened(data)) as store:
        before, taker = store.load(), CutTaker(purging.seq)
        store.verify(look=taker.look)
        assert taker.cut is not None
        purge(store, taker.cut, (said_of(taker.cut),), purging.batches[-1][1], before)
    return data


def holds_everything(data: Path, purging: Purging) -> None:
    with closing(opened(data)) as store:
        assert store.load() == purging.purged
        assert store.verify().ok
        assert fingerprints(store.database)


NAMES = ("begun", "emptied", "written", "checked", "renamed")


@pytest.mark.parametrize("last", NAMES)
def test_a_compaction_that_stops_anywhere_loses_nothing(shorter, purging, tmp_path, last):
    """What is on the disk at each step, as a cut would leave it; and the next try goes through."""
    found = tmp_path / "found"
    for name in steps(shorter):
        if name == last:
            shutil.copytree(shorter, found)
    holds_everything(found, purging)
    compact(found)
    holds_everything(found, purging)
    assert not (found / BESIDE).exists()


def test_compaction_goes_through_the_steps_that_are_tried(shorter):
    assert tuple(steps(shorter)) == NAMES


def test_half_a_new_file_is_thrown_away(shorter, purging):
    (shorter / BESIDE).write_bytes((shorter / DATABASE_NAME).read_bytes()[:5000])
    before, after = compact(shorter)
    assert after <= before
    holds_everything(shorter, purging)


def test_a_store_that_is_read_keeps_its_file(shorter, purging):
    """The new name would be taken from under the reader: it waits."""
    size = (shorter / DATABASE_NAME).stat().st_size
    with closing(opened(shorter)) as writer:
        writer.database.execute_sql("CREATE TABLE x (y)")
        with closing(Store.open_read_only(shorter, evolve=evolve)) as reader:
            reader.database.begin()
            reader.database.execute_sql("SELECT count(*) FROM journal").fetchone()
            writer.database.execute_sql("DROP TABLE x")
            with pytest.raises(StorageBusy, match="being read"):
                compact(shorter)
    assert (shorter / DATABASE_NAME).stat().st_size >= size
    holds_everything(shorter, purging)


def test_a_disk_that_takes_no_new_file_keeps_the_old_one(shorter, purging):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(JournalError):
            compact(shorter)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (shorter / BESIDE).exists()
    holds_everything(shorter, purging)
