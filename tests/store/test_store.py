"""What the store promises: durable, the same after a start, and it answers (REC-01, NUM-01)."""

from __future__ import annotations

import sqlite3
import threading

import peewee
import pytest

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.errors import IllegalEvent
from terminal.core.evolve import evolve
from terminal.core.numbering import receipt_number
from terminal.core.policy import Moment
from terminal.core.state import SaleStatus, TerminalState
from terminal.journal.errors import (
    StorageAbsent,
    StorageCorrupt,
    StorageFailed,
    StorageReadOnly,
    StoreInUse,
)
from terminal.store import snapshots
from terminal.store.store import DATABASE_NAME, Store
from tests.store.story import FLOUR, RADISH, Story

MOMENT = Moment(1_790_000_000_000, "2026-09-21")


def play(store, story):
    state = store.load()
    for events, moment in story.batches:
        state = store.append(events, moment, state)
    return state


def half_a_sale():
    story = Story()
    story.sign_on()
    story.sell(FLOUR, RADISH)
    return story


def test_a_new_store_is_empty(store):
    assert store.load() == TerminalState()
    assert store.receipts(10) == ()
    assert store.outbox().count == 0
    assert store.verify().ok


def test_an_open_sale_is_there_after_a_start(open_store):
    story = half_a_sale()
    first = open_store(create=True)
    play(first, story)
    first.close()
    assert open_store().load() == story.state


@pytest.mark.parametrize("every", [1, 7, 10_000])
def test_the_state_is_the_same_whatever_the_snapshots(open_store, day, every):
    first = open_store(create=True, snapshot_every=every)
    play(first, day)
    first.close()
    assert open_store().load() == day.state


def test_a_start_folds_only_what_follows_the_snapshot(open_store, day):
    first = open_store(create=True, snapshot_every=10)
    play(first, day)
    first.close()
    folded = []

    def counting(state, event, moment):
        folded.append(event)
        return evolve(state, event, moment)

    again = open_store()
    again.evolve = counting
    assert again.load() == day.state
    assert len(folded) < 20


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE snapshot SET state = replace(state, 'fr', 'xx')",
        "UPDATE snapshot SET shape = 'other'",
        "UPDATE snapshot SET record_hash = zeroblob(32)",
        "UPDATE snapshot SET seq = seq + 1000",
        "DELETE FROM snapshot",
        "DROP TABLE snapshot",
    ],
)
def test_a_snapshot_that_cannot_be_trusted_is_not_used(full, day, open_store, damage):
    full.database.execute_sql(damage)
    full.close()
    assert open_store().load() == day.state


def test_a_snapshot_is_never_written_within_a_sale(open_store):
    store = open_store(create=True, snapshot_every=1)
    play(store, half_a_sale())
    kept = snapshots.newest(store.database, store.journal)
    assert kept is not None
    assert kept.state.sale is None


def test_an_illegal_event_writes_nothing(store):
    with pytest.raises(IllegalEvent):
        store.append([e.LanguageChosen("en"), e.SaleLeft("nowhere")], MOMENT, store.load())
    assert store.journal.head.seq == 0
    assert store.append([e.LanguageChosen("en")], MOMENT, store.load()).language == "en"


def test_a_completed_sale_is_kept_as_a_document(full):
    receipts = full.receipts(10)
    assert [r.receipt_sequence for r in receipts] == [5, 4, 3, 2, 1]
    for receipt in receipts:
        sale = full.sale(receipt.receipt_number)
        assert sale is not None
        assert sale.status is SaleStatus.COMPLETED
        assert sale == full.sale_by_id(receipt.sale_id)
        assert (sale.total_minor, sale.receipt_sequence) == (
            receipt.total_minor,
            receipt.receipt_sequence,
        )


def test_receipts_are_listed_page_by_page(full):
    assert [r.receipt_sequence for r in full.receipts(2, before_sequence=4)] == [3, 2]
    assert full.receipts(10, before_sequence=1) == ()


def test_what_does_not_exist_is_none(full):
    assert full.sale("999") is None
    assert full.sale_by_id("nowhere") is None
    assert full.attempt_history("nowhere") == ()
    assert full.copies("999") == 0


def test_a_cancelled_sale_is_kept_without_a_number(full):
    ((sale_id,),) = full.database.execute_sql(
        "SELECT sale_id FROM sales WHERE status = 'cancelled' AND receipt_number IS NULL"
    ).fetchall()
    sale = full.sale_by_id(sale_id)
    assert sale is not None
    assert (sale.status, sale.receipt_number) == (SaleStatus.CANCELLED, "")


def test_duplicates_are_counted(full):
    """RCP-17: every duplicate is counted."""
    assert [full.copies(r.receipt_number) for r in full.receipts(5)] == [0, 0, 0, 1, 0]


def test_every_payment_attempt_keeps_its_history(full):
    history = full.attempt_history(full.receipts(1, before_sequence=4)[0].sale_id)
    by_attempt = {}
    for step in history:
        by_attempt.setdefault(step.attempt_id, []).append(step.state)
    assert [" ".join(states) for states in by_attempt.values()] == [
        "intent sending declined",
        "intent sending unknown manual_paid booked reversing reverse_unknown reversed",
        "intent sending approved booked",
    ]
    assert [s.seq for s in history] == sorted(s.seq for s in history)


def test_the_outbox_holds_every_finished_sale_and_closure(full):
    status = full.outbox()
    assert status.count == 7
    assert status.oldest_at_ms == full.receipts(1, before_sequence=2)[0].completed_at_ms


def test_a_second_process_cannot_write(store, tmp_path):
    with pytest.raises(StoreInUse, match="in use"):
        Store.open(tmp_path, evolve=evolve)


def test_the_directory_is_free_again_after_a_close(open_store):
    open_store(create=True).close()
    assert open_store().load() == TerminalState()


def test_a_reader_sees_a_running_terminal_and_cannot_write(full, tmp_path, day):
    reader = Store.open_read_only(tmp_path, evolve=evolve)
    try:
        assert reader.load() == day.state
        assert reader.verify().ok
        assert reader.receipts(1) == full.receipts(1)
        with pytest.raises(StorageReadOnly):
            reader.append([e.LanguageChosen("fr")], MOMENT, day.state)
    finally:
        reader.close()
    assert full.append([e.LanguageChosen("fr")], MOMENT, day.state).language == "fr"


def test_a_reader_that_was_open_before_sees_later_records(store, tmp_path):
    reader = Store.open_read_only(tmp_path, evolve=evolve)
    state = play(store, half_a_sale())
    assert reader.load() == state
    reader.close()


def test_another_thread_cannot_use_the_connection_by_mistake(store):
    errors = []

    def use():
        try:
            store.append([e.LanguageChosen("fr")], MOMENT, TerminalState())
        except StorageFailed as error:
            errors.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(errors) == 1


def test_without_a_store_it_says_so(tmp_path):
    with pytest.raises(StorageAbsent, match="initialise"):
        Store.open(tmp_path, evolve=evolve)
    with pytest.raises(StorageAbsent):
        Store.open(tmp_path / "missing", evolve=evolve)
    with pytest.raises(StorageAbsent):
        Store.open_read_only(tmp_path, evolve=evolve)


@pytest.mark.parametrize("content", [b"this is not a database, it is a letter " * 200, b"x" * 100])
def test_a_file_that_is_no_database_is_reported_and_kept(tmp_path, content):
    path = tmp_path / DATABASE_NAME
    path.write_bytes(content)
    with pytest.raises(StorageCorrupt, match="not a database"):
        Store.open(tmp_path, evolve=evolve, create=True)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_reported_and_kept(tmp_path):
    path = tmp_path / DATABASE_NAME
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (text)")
    other.close()
    with pytest.raises(StorageCorrupt, match="not a store"):
        Store.open(tmp_path, evolve=evolve, create=True)


def test_a_store_of_newer_software_is_refused(store, open_store):
    store.database.execute_sql("PRAGMA user_version=99")
    store.close()
    with pytest.raises(StorageFailed, match="format 99"):
        open_store()


def test_a_damaged_page_is_reported(full, tmp_path, open_store):
    full.checkpoint(truncate=True)
    full.close()
    path = tmp_path / DATABASE_NAME
    image = bytearray(path.read_bytes())
    for page in range(1, len(image) // 4096):
        image[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(image)
    with pytest.raises(StorageCorrupt):
        open_store().load()


def test_a_directory_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "writer.lock").mkdir()
    with pytest.raises((StorageReadOnly, StorageFailed)):
        Store.open(tmp_path, evolve=evolve, create=True)


def test_the_log_is_bounded_even_when_nobody_checkpoints(open_store, monkeypatch):
    monkeypatch.setattr("terminal.journal.checkpoint.WAL_CAP_BYTES", 64 * 1024)
    store = open_store(create=True)
    state = store.load()
    sizes = []
    for _ in range(60):
        state = store.append([e.LanguageChosen("fr")], MOMENT, state)
        sizes.append(store.wal_bytes())
    assert max(sizes) < 2 * 64 * 1024
    assert store.journal.head.seq == 60


def test_a_reader_puts_the_bound_off_and_loses_nothing(open_store, tmp_path, monkeypatch):
    monkeypatch.setattr("terminal.journal.checkpoint.WAL_CAP_BYTES", 32 * 1024)
    store = open_store(create=True)
    reader = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM journal").fetchone() == (0,)
    state = store.load()
    for _ in range(40):
        state = store.append([e.LanguageChosen("fr")], MOMENT, state)
    reader.execute("COMMIT")
    reader.close()
    assert store.checkpoint(truncate=True)
    assert store.wal_bytes() == 0
    assert store.verify().records == 40


def test_a_scan_writes_one_row_and_no_other_table(store):
    story = half_a_sale()
    state = play(store, story)
    before = {t: count(store, t) for t in store.database.get_tables()}
    story.do(c.AddItem(FLOUR.code, FLOUR))
    store.append(story.batches[-1][0], MOMENT, state)
    after = {t: count(store, t) for t in store.database.get_tables()}
    assert {t: after[t] - before[t] for t in after if after[t] != before[t]} == {"journal": 1}


def count(store, table):
    return store.database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_receipt_number_used_twice_is_refused_with_everything_of_its_step(full, day):
    """NUM-01: the number is unique; the transaction that would use it again leaves nothing."""
    number = receipt_number("82", "3001", day.state.last_receipt_sequence + 1)
    full.database.execute_sql(
        "UPDATE sales SET receipt_number = ? WHERE receipt_sequence = 5", (number,)
    )
    story = Story(state=day.state, at_ms=day.at_ms)
    story.sign_on()
    story.sell(FLOUR)
    story.do(c.TenderCash(250))
    *before, (events, moment) = story.batches
    state = day.state
    for earlier, at in before:
        state = full.append(earlier, at, state)
    head = full.journal.head
    with pytest.raises(StorageCorrupt, match="contradicts"):
        full.append(events, moment, state)
    assert full.journal.head == head
    with pytest.raises(StorageFailed, match="reopened"):
        full.append([e.LanguageChosen("fr")], MOMENT, state)


def test_peewee_does_not_connect_by_itself(full):
    full.close()
    with pytest.raises((peewee.InterfaceError, StorageFailed)):
        full.load()
