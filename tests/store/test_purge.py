"""A journal whose first records went: what is left proves itself, and gives the same state."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from terminal.core import events as e
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.journal.errors import StorageCorrupt, StorageFailed
from terminal.journal.journal import Base, has_journal
from terminal.store.beginning import beginning, sha256_of
from terminal.store.purge import GOING, Cut, CutTaker, purge
from terminal.store.rebuild import Shadow, fingerprints
from terminal.store.store import DATABASE_NAME, Store
from terminal.store.tables import DERIVED
from tests.crash.explorer import FULL
from tests.store.story import FLOUR, Batch, Story

PURGED_IN_STORY = 2
"""Records that the story's own purge is about; it is followed by those of these tests."""


@pytest.fixture(scope="session")
def whole(day, tmp_path_factory) -> Path:
    """A store that holds the whole day, closed: to be copied."""
    data = tmp_path_factory.mktemp("whole")
    with closing(Store.open(data, evolve=evolve, create=True)) as store:
        state = store.load()
        for events, moment in day.batches:
            state = store.append(events, moment, state)
    return data


def opened(data: Path) -> Store:
    return Store.open(data, evolve=evolve)


def cut_at(store: Store, seq: int) -> Cut:
    taker = CutTaker(seq)
    verdict = store.verify(look=taker.look)
    assert verdict.ok, verdict.first_bad
    assert taker.cut is not None
    return taker.cut


def said_of(cut: Cut, first_seq: int) -> e.JournalPurged:
    """Return what the journal says of a purge."""
    return e.JournalPurged(
        first_seq=first_seq,
        last_seq=cut.base.seq,
        last_day=cut.business_date,
        journal_hash=cut.base.hash.hex(),
        base_sha256=sha256_of(cut.base),
        archives=(("a.zip", "00" * 32, cut.state.last_receipt_sequence),),
        chains=(),
        perpetual_minor=cut.state.books.perpetual_minor,
        perpetual_absolute_minor=cut.state.books.perpetual_absolute_minor,
    )


def purged(data: Path, seq: int, batch: Batch, first_seq: int) -> TerminalState:
    with closing(opened(data)) as store:
        before, cut = store.load(), cut_at(store, seq)
        return purge(store, cut, (said_of(cut, first_seq),), batch[1], before)


def cuts(day) -> list[int]:
    last = sum(len(events) for events, _ in day.batches)
    return list(range(PURGED_IN_STORY + 1, last + 1, 1 if FULL else 13))


def test_whatever_is_cut_off_the_rest_is_the_same_till(whole, day, tmp_path):
    """The state, every derived row that stays, a rebuild, and selling on: wherever the cut falls.

    Cuts fall within sales, payments and prints too: what was under way then is settled later.
    """
    with closing(opened(whole)) as store:
        expected = store.load()
    for seq in cuts(day):
        data = tmp_path / str(seq)
        shutil.copytree(whole, data)
        after = purged(data, seq, day.batches[-1], PURGED_IN_STORY + 1)
        with closing(opened(data)) as store:
            assert store.journal.base.seq == seq
            assert next(iter(store.journal.read())).seq == seq + 1
            verdict = store.verify()
            assert verdict.ok, (seq, verdict.first_bad)
            assert verdict.purged is not None
            assert verdict.purged.last_seq == seq
            assert store.load() == after
            assert after.books == expected.books
            assert after.last_receipt_sequence == expected.last_receipt_sequence
            rows = fingerprints(store.database)
            assert store.rebuild().changed == (), seq
            assert fingerprints(store.database) == rows
            store.database.execute_sql("DELETE FROM snapshot")
            assert store.load() == after, "folded from the base"


@pytest.fixture
def shortened(whole, day, tmp_path) -> Path:
    """A store whose first half went."""
    data = tmp_path / "shortened"
    shutil.copytree(whole, data)
    purged(data, cuts(day)[-1] // 2, day.batches[-1], PURGED_IN_STORY + 1)
    return data


def test_selling_goes_on_behind_a_purge_and_another_purge_follows(shortened, day, tmp_path):
    first = cuts(day)[-1] // 2
    with closing(opened(shortened)) as store:
        story = Story(state=store.load(), at_ms=day.at_ms)
        story.sign_on()
        story.cash_sale(FLOUR, handed_minor=500)
        state = store.load()
        for events, moment in story.batches:
            state = store.append(events, moment, state)
        assert state == story.state
        last = store.journal.head.seq
    after = purged(shortened, last, story.batches[-1], first + 1)
    with closing(opened(shortened)) as store:
        assert store.verify().ok
        assert store.load() == after
        assert [purge.last_seq for purge in after.purges] == [PURGED_IN_STORY, first, last]
        assert store.receipts(10) == ()
        assert [c.event.scope for c in store.closures(10)] == ["day"], "closures stay for ever"


def changed(data: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


FORGED = {
    "a total": "UPDATE journal_base SET document = replace(document, '_minor', '_minOr')",
    "a time": (
        """UPDATE journal_base SET document = replace(document, '"at_ms":179', '"at_ms":178')"""
    ),
    "its hash": "UPDATE journal_base SET hash = zeroblob(32)",
    "its place": "UPDATE journal_base SET seq = seq - 1",
    "no document": "UPDATE journal_base SET document = ''",
    "no base": "DELETE FROM journal_base",
    "the format of before": "PRAGMA user_version = 1",
    "another format of the base": (
        """UPDATE journal_base SET document = replace(document, '"format":1', '"format":9')"""
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_base_that_was_forged_is_found(shortened, what):
    changed(shortened, FORGED[what])
    try:
        with closing(Store.open_read_only(shortened, evolve=evolve)) as store:
            verdict = store.verify()
    except StorageCorrupt:
        return
    assert not verdict.ok
    assert verdict.purged is None


def test_a_base_whose_purge_nobody_recorded_is_found(whole, day, tmp_path):
    """Records taken out by hand, with a base made to fit."""
    data = tmp_path / "by-hand"
    shutil.copytree(whole, data)
    seq = cuts(day)[-1] // 2
    with closing(opened(data)) as store:
        before, cut = store.load(), cut_at(store, seq)
        purge(store, cut, (e.HelpCalled("by hand"),), day.batches[-1][1], before)
        verdict = store.verify()
    assert [problem.code for problem in verdict.problems] == ["base"]


def test_what_is_left_is_never_removed_or_changed(shortened):
    with closing(sqlite3.connect(shortened / DATABASE_NAME)) as database:
        for statement in ("DELETE FROM journal", "UPDATE journal SET payload = ''"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                database.execute(statement)


def test_a_record_missing_behind_the_base_is_named(shortened):
    changed(shortened, "DROP TRIGGER journal_keeps_all", "DELETE FROM journal WHERE seq = 90")
    with closing(Store.open_read_only(shortened, evolve=evolve)) as store:
        first = store.verify().first_bad
    assert first is not None
    assert first.seq == 90


def test_a_format_of_the_future_is_left_alone(shortened):
    changed(shortened, "PRAGMA user_version = 3")
    database = peewee.SqliteDatabase(shortened / DATABASE_NAME)
    with closing(database), pytest.raises(StorageFailed, match="has format 3"):
        has_journal(database, shortened)


def test_every_table_has_a_rule_or_stays_whole(whole, day, tmp_path):
    """The rows that a base carries are all that outlive the cut; closures and archives all do."""
    with closing(opened(whole)) as store:
        cut = cut_at(store, store.journal.head.seq)
        rows = beginning(cut.base).rows
        assert set(rows) == {model._meta.table_name for model in DERIVED}
        for model in set(DERIVED) - set(GOING):
            assert len(rows[model._meta.table_name]) == model.select().count(store.database)
        assert rows["closures"]
        assert rows["archives"]
        assert not rows["sales"]


def test_a_database_without_the_newer_tables_gets_them(whole, tmp_path):
    data = tmp_path / "older"
    shutil.copytree(whole, data)
    changed(data, "DROP TABLE archives", "DROP TABLE archive_copies")
    with closing(opened(data)) as store:
        assert store.verify().ok
        assert store.rebuild().changed == ()


GOLDEN_BASE = Path(__file__).parents[1] / "golden" / "base-0.2.0.json"
"""Written by ``python -m tests.store.golden_base``; a base once released is never written again."""


def test_the_base_of_every_release_is_read_for_ever():
    text = GOLDEN_BASE.read_text("utf-8")
    said = json.loads(text)
    start = beginning(Base(said["seq"], bytes.fromhex(said["hash"]), text))
    assert start.state.last_receipt_sequence == 5
    assert start.state.books.perpetual_minor > 0
    assert start.state.signing_keys
    with closing(Shadow(start.rows)) as shadow:
        assert shadow.database.execute_sql("SELECT count(*) FROM closures").fetchone() == (1,)
