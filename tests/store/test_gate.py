"""An update that fails leaves books that the old version reads: what is new waits for its proof."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from terminal.core import events as e
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.journal import gate
from terminal.journal.database import execute
from terminal.journal.errors import NotYetConfirmed, StorageNewer
from terminal.journal.gate import Gate
from terminal.store.rebuild import fingerprints
from terminal.store.store import DATABASE_NAME, Store

OLD = Gate()
ON_TRIAL = Gate(format=2, since={("HelpCalled", 1): 2}, confirmed=False)
"""A newer version, in which the event was new."""
CONFIRMED = Gate(format=2, since={("HelpCalled", 1): 2})
STARTED = e.TerminalStarted("0.1.0", "till", clean=True)
NEW = e.HelpCalled("age")


@pytest.fixture
def folder(tmp_path):
    Store.open(tmp_path, evolve=evolve, create=True).close()
    return tmp_path


def write(folder, version: Gate, *events: e.Event) -> None:
    """Let a version start on the folder, and write."""
    store = Store.open(folder, evolve=evolve, gate=version)
    try:
        state = store.load()
        at_ms = max(state.last_at_ms, 1_790_000_000_000) + 1_000
        store.append(events, Moment(at_ms, "2026-09-21"), state)
    finally:
        store.close()


def header(folder) -> int:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def test_on_trial_nothing_is_written_that_the_old_version_cannot_read(folder):
    write(folder, ON_TRIAL, STARTED)
    with pytest.raises(NotYetConfirmed, match="HelpCalled"):
        write(folder, ON_TRIAL, NEW)
    write(folder, ON_TRIAL, e.TerminalStopped())
    # It fails, and the machine starts from the old slot.
    write(folder, OLD, STARTED)
    store = Store.open(folder, evolve=evolve, gate=OLD)
    assert (store.journal.head.seq, store.verify().ok) == (3, True)
    store.close()


def test_what_is_refused_does_not_end_the_session_of_writing(folder):
    store = Store.open(folder, evolve=evolve, gate=ON_TRIAL)
    moment = Moment(1_790_000_000_000, "2026-09-21")
    state = store.append((STARTED,), moment, store.load())
    with pytest.raises(NotYetConfirmed):
        store.append((NEW,), moment, state)
    store.append((e.TerminalStopped(),), moment, state)
    assert store.journal.head.seq == 2
    store.close()


def test_after_the_confirmation_the_next_start_writes_what_is_new(folder):
    write(folder, ON_TRIAL, STARTED)
    assert header(folder) == 1
    write(folder, CONFIRMED, NEW)
    assert header(folder) == 201


def test_an_older_version_refuses_newer_books_in_words_and_leaves_them_alone(folder):
    write(folder, CONFIRMED, STARTED, NEW)
    with pytest.raises(StorageNewer, match="a newer one wrote it"):
        Store.open(folder, evolve=evolve, gate=OLD)
    assert header(folder) == 201
    write(folder, CONFIRMED, e.TerminalStopped())


def test_a_format_that_was_raised_is_never_lowered(folder):
    write(folder, CONFIRMED, STARTED)
    write(folder, ON_TRIAL, NEW)
    assert header(folder) == 201


@pytest.mark.parametrize("format_", [1, 2, 17])
@pytest.mark.parametrize("tables", [1, 2])
def test_the_header_says_both(format_, tables):
    assert gate.read_header(gate.header(format_, tables)) == (format_, tables)


def test_every_new_event_names_a_format_that_this_version_writes():
    for (name, version), format_ in gate.SINCE.items():
        assert name in e.EVENTS
        assert 1 <= version <= e.EVENTS[name].VERSION
        assert 1 < format_ <= gate.FORMAT


def test_tables_that_another_version_wrote_are_made_again_although_they_look_alike(full, tmp_path):
    """Back in the old slot and forward again: a table that only the new one knows is stale."""
    before = fingerprints(full.database)
    execute(full.database, "DELETE FROM credits")
    execute(full.database, "DELETE FROM vat_totals")
    execute(full.database, "UPDATE derivation SET shape = 'of the version between'")
    full.close()
    store = Store.open(tmp_path, evolve=evolve)
    assert fingerprints(store.database) == before
    store.close()
