"""The journal keeps everything, in order, and nothing can be changed in it (REC-01)."""

from __future__ import annotations

import os
import sqlite3

import peewee
import pytest

from terminal.core.events import HelpCalled, LanguageChosen
from terminal.core.policy import Moment
from terminal.journal.database import data_lock, open_database, scalar
from terminal.journal.errors import (
    JournalError,
    StorageBusy,
    StorageFailed,
    StorageFull,
    StorageReadOnly,
    StoreInUse,
    storage_error,
)
from terminal.journal.journal import READ_CHUNK, BadRecord, Journal
from terminal.journal.records import GENESIS, NotCanonical

MOMENT = Moment(1_790_000_000_000, "2026-09-21")
EVENTS = [LanguageChosen("fr"), HelpCalled("âge"), LanguageChosen("nl")]


def test_the_settings_are_those_that_survive_a_power_cut(database):
    settings = ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
    assert [scalar(database, f"PRAGMA {name}") for name in settings] == ["wal", 2, 0, 1]
    assert [scalar(database, f"PRAGMA {n}") for n in ("trusted_schema", "cell_size_check")] == [
        0,
        1,
    ]


def test_settings_that_do_not_hold_are_refused(tmp_path):
    class Deaf(peewee.SqliteDatabase):
        def execute_sql(self, sql, params=None):
            return super().execute_sql(sql.replace("synchronous=FULL", "synchronous=OFF"), params)

    with pytest.raises(StorageFailed, match="synchronous is 0"):
        open_database(tmp_path / "deaf.db", Deaf, create=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_cannot_be_written_is_named_before_the_first_sale(journal, tmp_path):
    (tmp_path / "journal.db").chmod(0o400)
    with pytest.raises(StorageReadOnly, match="cannot be written"):
        open_database(tmp_path / "journal.db")


def test_records_are_numbered_and_chained(journal):
    records = journal.append(EVENTS, MOMENT)
    assert [r.seq for r in records] == [1, 2, 3]
    assert [r.prev_hash for r in records] == [GENESIS, records[0].hash, records[1].hash]
    assert journal.head.hash == records[-1].hash
    assert tuple(journal.read()) == records
    assert tuple(journal.read(2)) == records[2:]
    assert journal.verify() is None


def test_nothing_to_append_writes_nothing(journal):
    assert journal.append([], MOMENT) == ()
    assert journal.head.seq == 0


def test_the_head_is_found_again(journal, database, tmp_path):
    journal.append(EVENTS, MOMENT)
    assert Journal(database, tmp_path / "journal.db").head == journal.head


def test_reading_goes_on_past_a_chunk(journal):
    journal.append([LanguageChosen("fr")] * (READ_CHUNK + 3), MOMENT)
    assert [r.seq for r in journal.read()] == list(range(1, READ_CHUNK + 4))
    assert journal.verify() is None


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE journal SET payload = '{}' WHERE seq = 1", "never changed"),
        ("DELETE FROM journal WHERE seq = 3", "never removed"),
        ("INSERT INTO journal VALUES (9, 0, '', '', 1, '', x'00')", "follows the last"),
        ("INSERT OR REPLACE INTO journal VALUES (1, 0, '', '', 1, '', x'00')", "follows the last"),
    ],
)
def test_the_table_only_grows(journal, database, statement, words):
    journal.append(EVENTS, MOMENT)
    with pytest.raises(peewee.IntegrityError, match=words):
        database.execute_sql(statement)
    assert journal.verify() is None


def test_verification_names_the_first_bad_record(journal, database):
    journal.append(EVENTS, MOMENT)
    database.execute_sql("DROP TRIGGER journal_keeps_records")
    database.execute_sql("UPDATE journal SET payload = '{}' WHERE seq = 2")
    bad = journal.verify()
    assert isinstance(bad, BadRecord)
    assert bad.seq == 2
    assert "HelpCalled" in bad.reason
    assert journal.verify(from_seq=3) is None


def test_what_is_written_along_stands_or_falls_with_the_records(journal, database):
    database.execute_sql("CREATE TABLE rows (seq)")

    def along(records):
        database.execute_sql("INSERT INTO rows VALUES (?)", (records[-1].seq,))

    journal.append(EVENTS, MOMENT, along)
    assert scalar(database, "SELECT seq FROM rows") == 3

    def failing(records):
        along(records)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.append(EVENTS, MOMENT, failing)
    assert scalar(database, "SELECT count(*) FROM rows") == 1
    assert journal.append(EVENTS[:1], MOMENT)[0].seq == 4


def test_an_event_that_cannot_be_written_writes_nothing(journal):
    with pytest.raises(NotCanonical):
        journal.append([LanguageChosen("fr"), HelpCalled(1.5)], MOMENT)
    assert journal.head.seq == 0
    assert journal.append(EVENTS, MOMENT)[0].seq == 1


def test_a_full_disk_is_said_and_stops_the_journal(journal, database):
    """REC: nothing is acknowledged on top of a write that failed."""
    journal.append(EVENTS, MOMENT)
    database.execute_sql("PRAGMA max_page_count=1")
    with pytest.raises(StorageFull, match="disk is full"):
        journal.append([HelpCalled("x" * 40_000)], MOMENT)
    database.execute_sql("PRAGMA max_page_count=1000000")
    with pytest.raises(StorageFailed, match="must be reopened after"):
        journal.append(EVENTS, MOMENT)
    assert journal.verify() is None


def test_another_writer_is_waited_for_and_then_named(journal, tmp_path):
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    journal._database.execute_sql("PRAGMA busy_timeout=1")
    with pytest.raises(StorageBusy, match="another process"):
        journal.append(EVENTS, MOMENT)
    other.execute("ROLLBACK")
    other.close()


def test_a_directory_has_one_writer(tmp_path):
    with data_lock(tmp_path), pytest.raises(StoreInUse), data_lock(tmp_path):
        pytest.fail("locked twice")
    with data_lock(tmp_path):
        assert (tmp_path / "writer.lock").exists()


def _sqlite_error(code):
    error = sqlite3.OperationalError("as SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(28, "no space"), StorageFull),
        (OSError(30, "read-only"), StorageReadOnly),
        (OSError(13, "denied"), StorageReadOnly),
        (OSError(5, "I/O"), StorageFailed),
        (_sqlite_error(13), StorageFull),
        (_sqlite_error(8 | 1 << 8), StorageReadOnly),
        (_sqlite_error(10 | 4 << 8), StorageFailed),
        (_sqlite_error(1), StorageFailed),
        (peewee.OperationalError(_sqlite_error(5), "busy"), StorageBusy),
        (peewee.InterfaceError("closed"), StorageFailed),
        (ZeroDivisionError(), None),
    ],
)
def test_every_error_of_the_disk_has_a_name(tmp_path, error, kind):
    translated = storage_error(error, tmp_path)
    assert type(translated) is (kind or type(None))
    assert translated is None or isinstance(translated, JournalError)
    assert translated is None or str(tmp_path) in str(translated)
