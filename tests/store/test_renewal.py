"""A data folder of another version: its derived tables are made again, nothing is moved over."""

from __future__ import annotations

import pytest

from terminal.core.evolve import evolve
from terminal.journal.database import execute
from terminal.store.rebuild import fingerprints
from terminal.store.store import Store
from tests.store.story import long_day


@pytest.fixture
def folder(tmp_path):
    store = Store.open(tmp_path, evolve=evolve, create=True)
    day = long_day()
    state = store.load()
    for events, moment in day.batches:
        state = store.append(events, moment, state)
    store.close()
    return tmp_path


@pytest.mark.parametrize(
    "older",
    [
        "DROP TABLE closures",
        "ALTER TABLE closures DROP COLUMN extractions",
        "ALTER TABLE sales ADD COLUMN colour TEXT",
        "DROP TABLE snapshot",
    ],
)
def test_tables_of_another_version_are_made_again(folder, older):
    store = Store.open(folder, evolve=evolve)
    before, state = fingerprints(store.database), store.load()
    execute(store.database, older)
    store.close()
    store = Store.open(folder, evolve=evolve)
    assert fingerprints(store.database) == before
    assert store.load() == state
    assert store.verify().ok
    store.close()


def test_tables_of_this_version_are_left_alone(folder):
    store = Store.open(folder, evolve=evolve)
    execute(store.database, "UPDATE sales SET total_minor = total_minor + 1")
    changed = fingerprints(store.database)
    store.close()
    store = Store.open(folder, evolve=evolve)
    assert fingerprints(store.database) == changed
    store.close()
