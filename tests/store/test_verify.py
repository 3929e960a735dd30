"""A verification names the first bad thing; a rebuild makes the tables again, provably."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from terminal.core.events import SaleCompleted
from terminal.core.evolve import evolve
from terminal.journal.errors import JournalError, StorageCorrupt
from terminal.store.rebuild import fingerprints
from terminal.store.store import DATABASE_NAME, Store

PAGE = 4096
NO_TRIGGERS = ("DROP TRIGGER journal_keeps_records", "DROP TRIGGER journal_keeps_all")


def tamper(store, *statements):
    for statement in (*NO_TRIGGERS, *statements):
        store.database.execute_sql(statement)


def test_a_sound_store_is_found_sound(full):
    verdict = full.verify()
    assert verdict.ok
    assert verdict.first_bad is None
    assert (verdict.records, verdict.receipts) == (full.journal.head.seq, 5)


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE journal SET payload = replace(payload, '250', '251') WHERE seq = 7", 7),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 20", 20),
        ("UPDATE journal SET business_date = '2026-09-22' WHERE seq = 3", 3),
        ("UPDATE journal SET type = 'HelpCalled' WHERE seq = 5", 5),
        ("UPDATE journal SET version = 2 WHERE seq = 9", 9),
        ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 11", 11),
        ("DELETE FROM journal WHERE seq = 40", 40),
        ("DELETE FROM journal WHERE seq = 1", 1),
    ],
)
def test_a_changed_record_is_named(full, statement, seq):
    tamper(full, statement)
    verdict = full.verify()
    assert not verdict.ok
    assert verdict.first_bad is not None
    assert (verdict.first_bad.seq, verdict.first_bad.code) == (seq, "record")
    assert verdict.records == seq - 1
    bad = full.journal.verify()
    assert bad is not None
    assert bad.seq == seq


def test_a_damaged_record_stops_a_rebuild_and_a_start_from_it(full):
    tamper(full, "UPDATE journal SET at_ms = 0 WHERE seq = 30", "DELETE FROM snapshot")
    before = fingerprints(full.database)
    with pytest.raises(StorageCorrupt) as stopped:
        full.rebuild()
    assert stopped.value.seq == 30
    assert fingerprints(full.database) == before
    with pytest.raises(StorageCorrupt, match="record 30"):
        full.load()


def test_records_cut_off_at_the_end_show_in_the_tables(full):
    """A chain alone cannot miss its own end: what was derived from it can."""
    tamper(full, "DELETE FROM journal WHERE seq > 100")
    verdict = full.verify()
    assert [p.code for p in verdict.problems] == ["tables"]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE sales SET total_minor = total_minor + 1 WHERE receipt_sequence = 2", "sales"),
        ("DELETE FROM tenders WHERE n = 1", "tenders"),
        ("UPDATE vat_totals SET vat_minor = 0", "vat_totals"),
        ("UPDATE payments SET state = 'booked'", "payments"),
        ("DELETE FROM payment_steps WHERE state = 'unknown'", "payment_steps"),
        ("UPDATE print_jobs SET copy_number = 0", "print_jobs"),
        ("DELETE FROM outbox", "outbox"),
        ("UPDATE notices SET acknowledged_by = 'nobody'", "notices"),
        ("DROP TABLE notices", "notices"),
    ],
)
def test_a_changed_table_is_named_and_a_rebuild_mends_it(full, statement, table):
    sound = fingerprints(full.database)
    full.database.execute_sql(statement)
    verdict = full.verify()
    assert [p.code for p in verdict.problems] == ["tables"]
    assert table in verdict.problems[0].detail
    report = full.rebuild()
    assert table in report.changed
    assert report.fingerprints == sound
    assert full.verify().ok


def test_a_rebuild_of_a_sound_store_changes_nothing(full, day):
    sound = fingerprints(full.database)
    report = full.rebuild()
    assert (report.changed, report.fingerprints) == ((), sound)
    assert report.records == full.journal.head.seq
    assert full.load() == day.state


def test_a_rebuild_in_the_middle_of_a_sale_keeps_the_sale(open_store, day):
    store = open_store(create=True)
    state = store.load()
    for events, moment in day.batches[:20]:
        state = store.append(events, moment, state)
    assert state.sale is not None
    store.rebuild()
    assert store.load() == state
    assert store.verify().ok


def test_the_verdict_beside_a_running_terminal_is_the_same(full, tmp_path):
    with closing(Store.open_read_only(tmp_path, evolve=evolve)) as reader:
        assert reader.verify() == full.verify()


def test_a_wrong_total_is_found_even_under_a_valid_chain(open_store, day):
    """The chain proves that nothing changed since; the totals prove that it was right."""
    store = open_store(create=True)
    state = store.load()
    for events, moment in day.batches:
        wrong = tuple(_dearer(event) for event in events)
        state = store.append(wrong, moment, state)
    codes = {p.code for p in store.verify().problems}
    assert codes == {"totals", "closure"}


def _dearer(event):
    if isinstance(event, SaleCompleted):
        return replace(event, total_minor=event.total_minor + 1)
    return event


def test_no_damaged_page_passes_unseen(full, tmp_path, day):
    """Bit rot anywhere in the file is reported: by the open, by the start or by a verification."""
    full.checkpoint(truncate=True)
    full.close()
    path = tmp_path / DATABASE_NAME
    sound = path.read_bytes()
    unseen = []
    for page in range(len(sound) // PAGE):
        spoilt = bytearray(sound)
        for offset in range(page * PAGE, (page + 1) * PAGE, 97):
            spoilt[offset] ^= 0x55
        path.write_bytes(spoilt)
        if not _is_seen(tmp_path):
            unseen.append(page)
    path.write_bytes(sound)
    assert unseen == []


def _is_seen(data_dir):
    try:
        with closing(Store.open(data_dir, evolve=evolve)) as store:
            return not store.verify().ok
    except JournalError:
        return True
