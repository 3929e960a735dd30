"""Every record arrives once, in order, proved; what cannot be is said (OPS-04, CLO-03)."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.journal.journal import Head
from terminal.sync import receiver as receiving
from terminal.sync.receiver import Receiver
from terminal.sync.uplink import Problem, UplinkState, read_state, wait_s, write_state
from terminal.sync.wire import (
    MAX_RECORDS,
    Batch,
    NotUnderstood,
    batch_of,
    cursor_of,
    to_bytes,
)
from tests.store.story import long_day
from tests.sync.lines import DirectLink, Till, journal_of, to_the_end, uplink


@pytest.fixture
def till(tmp_path):
    store = journal_of(tmp_path / "till")
    yield store
    store.close()


@pytest.fixture
def office(tmp_path):
    return tmp_path / "office"


def held(office) -> list[tuple[int, bytes]]:
    (file,) = office.glob("S12/3001/*.jsonl")
    return [(record.seq, record.hash) for record in receiving.records(file)]


def written(store) -> list[tuple[int, bytes]]:
    return [(record.seq, record.hash) for record in store.journal.read()]


def test_the_whole_journal_arrives_and_what_follows_later_too(tmp_path, till, office):
    up = uplink(tmp_path / "till", DirectLink(Receiver(office)))
    to_the_end(up)
    assert held(office) == written(till)
    assert (up.state.acked_seq, up.state.problem) == (till.journal.head.seq, "")
    till.sell(long_day().batches[12:])
    to_the_end(up)
    assert held(office) == written(till)


def test_an_office_that_was_started_again_goes_on_where_it_was(tmp_path, till, office):
    to_the_end(uplink(tmp_path / "till", DirectLink(Receiver(office))))
    till.sell(long_day().batches[12:])
    link = DirectLink(Receiver(office))
    to_the_end(uplink(tmp_path / "till", link))
    assert held(office) == written(till)
    assert link.requests == 2  # one question, one batch


@given(st.dictionaries(st.integers(1, 12), st.sampled_from(["request", "answer"])))
def test_whatever_is_lost_on_the_way_nothing_is_missing_and_nothing_twice(tmp_path_factory, losses):
    folder = tmp_path_factory.mktemp("lost")
    store = journal_of(folder / "till")
    link = DirectLink(Receiver(folder / "office"))
    link.fault = lambda n: losses.get(n, "")
    up = uplink(folder / "till", link)
    for batch in long_day().batches[12:20]:
        store.sell([batch])
        up.step()
    to_the_end(up)
    to_the_end(up)
    while up.state.problem:
        to_the_end(up)
    assert held(folder / "office") == written(store)
    store.close()


@given(st.integers(0, 4000), st.binary(max_size=8))
def test_a_file_cut_anywhere_is_filled_again(tmp_path_factory, cut, rubbish):
    folder = tmp_path_factory.mktemp("cut")
    store = journal_of(folder / "till")
    to_the_end(uplink(folder / "till", DirectLink(Receiver(folder / "office"))))
    (file,) = (folder / "office").glob("S12/3001/*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(whole[: cut % len(whole)] + rubbish)
    to_the_end(uplink(folder / "till", DirectLink(Receiver(folder / "office"))))
    assert file.read_bytes() == whole
    store.close()


def test_a_copied_card_is_a_fork_and_neither_journal_is_touched(tmp_path, till, office):
    link = DirectLink(Receiver(office))
    till.close()
    shutil.copytree(tmp_path / "till", tmp_path / "copy")
    one, other = Till(tmp_path / "till"), Till(tmp_path / "copy")
    one.sell(long_day().batches[12:13])
    other.sell(long_day().batches[12:13], later_ms=1)
    to_the_end(uplink(tmp_path / "till", link))
    before = held(office)
    up = uplink(tmp_path / "copy", link)
    to_the_end(up)
    assert up.state.problem == Problem.FORK
    assert held(office) == before
    one.close()
    other.close()


def test_a_till_restored_from_an_older_copy_is_told_what_it_lacks(tmp_path, till, office):
    link = DirectLink(Receiver(office))
    till.close()
    shutil.copytree(tmp_path / "till", tmp_path / "older")
    newer = Till(tmp_path / "till")
    newer.sell(long_day().batches[12:14])
    to_the_end(uplink(tmp_path / "till", link))
    up = uplink(tmp_path / "older", link)
    to_the_end(up)
    assert up.state.problem == Problem.BEHIND
    assert str(newer.journal.head.seq) in up.state.detail
    newer.close()


def test_a_new_card_at_the_same_till_begins_a_journal_of_its_own(tmp_path, till, office):
    link = DirectLink(Receiver(office))
    to_the_end(uplink(tmp_path / "till", link))
    other = Till(tmp_path / "new")
    other.sell(long_day().batches[:3], later_ms=7)
    to_the_end(uplink(tmp_path / "new", link))
    files = sorted(office.glob("S12/3001/*.jsonl"))
    assert sorted(len(list(receiving.records(file))) for file in files) == sorted(
        [other.journal.head.seq, till.journal.head.seq]
    )
    other.close()


def test_a_changed_payload_is_not_taken(tmp_path, till, office):
    receiver = Receiver(office)
    up = uplink(tmp_path / "till", DirectLink(receiver))
    to_the_end(up)
    good = batch_of(to_bytes(batch_from(till)))
    record = good.records[2]
    forged = type(record)(
        record.seq, record.at_ms, record.business_date, record.type, record.version,
        record.payload_json.replace("1", "2", 1) + " ", record.prev_hash, record.hash,
    )  # fmt: skip
    batch = Batch("S12", "3002", good.first, good.after, (*good.records[:2], forged))
    assert receiver.take(batch).seq == 0
    assert not (office / "S12" / "3002").exists()


@given(st.binary(max_size=300))
def test_rubbish_is_refused_in_one_way(body):
    for read in (batch_of, cursor_of):
        with pytest.raises(NotUnderstood):
            read(body)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "version"),
        ({"shop": "../up"}, "form"),
        ({"till": "a/b"}, "form"),
        ({"after": -1}, "number"),
        ({"after_hash": "00"}, "bytes"),
        ({"records": [[1, 2, 3]]}, "batch"),
        ({"records": [0] * (MAX_RECORDS + 1)}, "too many"),
    ],
)
def test_a_batch_that_is_wrong_in_one_place_says_where(till, change, why):
    said = json.loads(gzip.decompress(to_bytes(batch_from(till))))
    body = gzip.compress(json.dumps(said | change).encode())
    with pytest.raises(NotUnderstood, match=why):
        batch_of(body)


def test_waits_grow_and_end_at_five_minutes_and_a_persons_work_is_asked_about_hourly():
    away = [wait_s(UplinkState(problem="away", failures=n), 5, 0.0) for n in range(1, 9)]
    assert away == [8, 16, 32, 64, 128, 256, 300, 300]
    assert wait_s(UplinkState(), 5, 1.0) == 5
    assert wait_s(UplinkState(problem="fork", failures=1), 5, 0.0) == 3600
    assert wait_s(UplinkState(problem="away", failures=1), 5, 1.0) == pytest.approx(10.4)


def test_the_state_is_left_for_others_and_rubbish_is_no_state(tmp_path):
    path = tmp_path / "sync" / "state.json"
    state = UplinkState(7, 1, 9, 2, "away", "no route", 3)
    write_state(path, state)
    assert read_state(path) == state
    path.write_text('{"acked_seq": 1, "else": 2}')
    assert read_state(path) is None
    assert read_state(tmp_path / "none") is None


def batch_from(till) -> Batch:
    records = tuple(till.journal.read())[:5]
    return Batch("S12", "3001", records[0].hash, Head(), records)
