"""The write-ahead log: written over between sales, never without end, never in a scan's way."""

from contextlib import closing

import pytest

from terminal.core.events import HelpCalled, HelpDismissed, SaleOpened
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.journal.checkpoint import COMMITS_BETWEEN
from terminal.store.store import DATABASE_NAME, Store


@pytest.fixture
def store(tmp_path):
    with closing(Store.open(tmp_path, evolve=evolve, create=True)) as opened:
        opened.checkpoint(truncate=True)
        yield opened


def sizes(store):
    wal = store.path.with_name(f"{DATABASE_NAME}-wal")
    return wal.stat().st_size, store.path.stat().st_size


def append(store, state, *events):
    return store.append(events, Moment(1, "2026-03-02"), state)


def call_and_dismiss(store, state, commits):
    for n in range(commits):
        state = append(store, state, HelpDismissed("1") if n % 2 else HelpCalled("x" * 1000))
    return state


def test_the_log_is_written_over_once_it_holds_enough(store):
    state = call_and_dismiss(store, store.load(), COMMITS_BETWEEN)
    full, _ = sizes(store)
    call_and_dismiss(store, state, COMMITS_BETWEEN - 1)
    again, database = sizes(store)
    assert again == full
    assert database > 1000 * COMMITS_BETWEEN // 2


def test_the_log_is_left_alone_within_a_sale(store):
    opened = SaleOpened("3001-000001", 1, "EUR", "", "", "fr")
    state = append(store, store.load(), opened)
    before = sizes(store)
    call_and_dismiss(store, state, COMMITS_BETWEEN)
    after = sizes(store)
    assert after[0] > before[0]
    assert after[1] == before[1]
