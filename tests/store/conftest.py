"""Stores for the tests of what is derived from the journal."""

from __future__ import annotations

import pytest

from terminal.core.evolve import evolve
from terminal.store.store import Store
from tests.store.story import long_day


@pytest.fixture
def open_store(tmp_path):
    """Open the store of this test's directory; all are closed at the end."""
    stores = []

    def open_(**options):
        store = Store.open(tmp_path, evolve=evolve, **options)
        stores.append(store)
        return store

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store(create=True)


@pytest.fixture(scope="session")
def day():
    """A story in which every type of event occurs."""
    return long_day()


@pytest.fixture
def full(store, day):
    """A store that holds the whole day."""
    state = store.load()
    for events, moment in day.batches:
        state = store.append(events, moment, state)
    assert state == day.state
    return store
