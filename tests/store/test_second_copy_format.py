"""A copy cut at every byte and damaged in any bit: no record that was not written, no gap."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.events import NoticeRaised
from terminal.core.policy import Moment
from terminal.journal.errors import StorageCorrupt
from terminal.journal.journal import Base
from terminal.journal.records import GENESIS, Record, sealed
from terminal.store import copy_writer
from terminal.store.copy_format import CopiedFile, Owner, Place, copied, segments
from terminal.store.copy_reader import CopyReader
from terminal.store.copy_writer import CopyWriter, MediumLies

OWNER = Owner("3001", "Épicerie")


def chain(count: int, after: Place = Place(), salt: str = "") -> list[Record]:  # noqa: B008
    prev, records = after.hash, []
    for seq in range(after.seq + 1, after.seq + count + 1):
        event = NoticeRaised(seq, f"storage_low{salt}", {"free_mb": seq})
        record = sealed(prev, seq, event, Moment(seq * 1000, "2026-11-28"))
        records.append(record)
        prev = record.hash
    return records


RECORDS = chain(12)


def written(folder: Path, batches: list[list[Record]], *, files: bool = True) -> Path:
    folder.mkdir()
    writer = CopyWriter(folder, OWNER)
    for number, batch in enumerate(batches):
        note = [CopiedFile("reprise.toml", f"# {number}")] if files else []
        writer.add([*note, *copied(batch)])
    return folder


def read(folder: Path, until: int = 0) -> tuple[list[Record], CopyReader]:
    reader = CopyReader(folder, until)
    return list(reader.records()), reader


def test_what_was_copied_is_read_back_with_its_files(tmp_path):
    copy = written(tmp_path / "copy", [RECORDS[:5], RECORDS[5:]])
    records, reader = read(copy)
    assert records == RECORDS
    assert reader.at == Place(12, RECORDS[-1].hash)
    assert (reader.at_ms, reader.owner, reader.left_over) == (12_000, OWNER, 0)
    assert reader.files == {"reprise.toml": "# 1"}


def test_segments_are_full_at_their_size_and_follow_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr(copy_writer, "SEGMENT_BYTES", 1000)
    copy = written(tmp_path / "copy", [[record] for record in RECORDS])
    assert len(segments(copy)) > 2
    assert read(copy)[0] == RECORDS


def test_a_writer_goes_on_where_the_last_one_ended(tmp_path):
    copy = written(tmp_path / "copy", [RECORDS[:5]])
    writer = CopyWriter(copy, OWNER)
    assert writer.at == Place(5, RECORDS[4].hash)
    writer.add(copied(RECORDS[5:]))
    assert len(segments(copy)) == 1
    assert read(copy)[0] == RECORDS


def test_a_journal_with_a_base_is_copied_from_it(tmp_path):
    base = Base(7, RECORDS[6].hash, '{"format": 1}')
    copy = tmp_path / "copy"
    copy.mkdir()
    writer = CopyWriter(copy, OWNER)
    writer.begin(Place(base.seq, base.hash))
    writer.add([base, *copied(RECORDS[7:])])
    records, reader = read(copy)
    assert (records, reader.base) == (RECORDS[7:], base)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """Two segments of six records each."""
    folder = tmp_path_factory.mktemp("whole")
    copy = written(folder / "copy", [RECORDS[:3], RECORDS[3:6]])
    with segments(copy)[0].open("ab") as file:
        file.write(b"\xff" * 40)  # pulled out here
    writer = CopyWriter(copy, OWNER)
    writer.add(copied(RECORDS[6:]))
    return copy


def test_behind_a_torn_end_the_copy_goes_on_in_a_new_segment(whole):
    assert len(segments(whole)) == 2
    records, reader = read(whole)
    assert (records, reader.left_over) == (RECORDS, 0)


def test_cut_at_every_byte_a_copy_is_a_prefix_or_refused(whole, tmp_path):
    """Of the last segment any length; the writer then goes on, and the whole is read."""
    last = segments(whole)[-1]
    data = last.read_bytes()
    seen = set()
    for length in range(len(data)):
        copy = tmp_path / "copy"
        shutil.copytree(whole, copy)
        (copy / last.name).write_bytes(data[:length])
        records, _ = read(copy)
        assert records == RECORDS[: len(records)]
        seen.add(len(records))
        writer = CopyWriter(copy, OWNER)
        assert writer.at.seq == len(records)
        writer.add(copied(RECORDS[writer.at.seq :]))
        assert read(copy)[0] == RECORDS
        shutil.rmtree(copy)
    assert seen == set(range(6, 12))


def test_an_earlier_segment_cut_anywhere_is_a_gap_named_by_its_record(whole, tmp_path):
    first = segments(whole)[0]
    data = first.read_bytes()
    for length in range(0, len(data) - 40, 7):
        copy = tmp_path / "copy"
        shutil.copytree(whole, copy)
        (copy / first.name).write_bytes(data[:length])
        with pytest.raises(StorageCorrupt, match="is missing") as refused:
            read(copy)
        assert 1 <= refused.value.seq <= 6
        sound = refused.value.seq - 1
        if sound:
            assert read(copy, until=sound)[0] == RECORDS[:sound]
        shutil.rmtree(copy)


@given(data=st.data())
def test_a_bit_that_flips_is_found_or_in_what_does_not_count(whole, tmp_path_factory, data):
    """REC-01: whatever is read is a prefix of what was written."""
    paths = segments(whole)
    path = data.draw(st.sampled_from(paths))
    image = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, len(image) * 8 - 1))
    image[bit // 8] ^= 1 << bit % 8
    copy = tmp_path_factory.mktemp("flipped") / "copy"
    shutil.copytree(whole, copy)
    (copy / path.name).write_bytes(image)
    found, refused = as_far_as_it_goes(copy)
    assert found == RECORDS[: len(found)]
    assert refused in (0, len(found) + 1)


def as_far_as_it_goes(copy: Path) -> tuple[list[Record], int]:
    """Return what was read, and the record that was refused; 0: none was."""
    found: list[Record] = []
    try:
        found.extend(CopyReader(copy).records())
    except StorageCorrupt as refused:
        return found, refused.seq
    return found, 0


def test_damage_in_the_middle_of_the_last_segment_is_a_gap_and_no_end(whole, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    last = segments(copy)[-1]
    image = last.read_bytes().split(b"\n")
    image[3] = image[3].replace(b"storage", b"sTorage")
    last.write_bytes(b"\n".join(image))
    with pytest.raises(StorageCorrupt, match="records up to 8 are sound") as refused:
        read(copy)
    assert refused.value.seq == 9
    assert read(copy, until=8)[0] == RECORDS[:8]


def test_a_forged_record_with_a_right_sum_does_not_follow(tmp_path):
    forged = chain(3, Place(5, RECORDS[4].hash), salt="x")
    copy = written(tmp_path / "copy", [RECORDS[:5], [forged[1]]])
    with pytest.raises(StorageCorrupt, match="does not follow"):
        read(copy)


def test_segments_of_two_histories_are_refused(tmp_path):
    other = chain(12, salt="x")
    copy = written(tmp_path / "copy", [RECORDS[:6]])
    aside = written(tmp_path / "other", [other[:6]])
    writer = CopyWriter(aside, OWNER)
    writer._size = copy_writer.SEGMENT_BYTES
    writer.add(copied(other[6:]))
    shutil.copy(segments(aside)[1], copy)
    with pytest.raises(StorageCorrupt, match="another record"):
        read(copy)


def test_a_medium_that_gives_back_something_else_is_not_believed(tmp_path, monkeypatch):
    copy = written(tmp_path / "copy", [RECORDS[:5]])
    writer = CopyWriter(copy, OWNER)
    real = copy_writer.os.fsync

    def lying(descriptor: int) -> None:
        real(descriptor)
        path = segments(copy)[0]
        image = bytearray(path.read_bytes())
        image[-10] ^= 1
        path.write_bytes(image)

    monkeypatch.setattr(copy_writer.os, "fsync", lying)
    with pytest.raises(MediumLies):
        writer.add(copied(RECORDS[5:]))
    assert writer.at.seq == 5
    assert bytes(32) == GENESIS


def test_a_transaction_comes_back_whole_or_not_at_all(tmp_path):
    """Three records of one moment: a copy that ends within them ends before them."""
    prev, records = GENESIS, []
    for seq, at_ms in ((1, 10), (2, 20), (3, 20), (4, 20), (5, 30)):
        event = NoticeRaised(seq, "storage_low", {})
        records.append(sealed(prev, seq, event, Moment(at_ms, "2026-11-28")))
        prev = records[-1].hash
    for cut, whole in ((1, 1), (2, 1), (3, 1), (4, 4)):
        copy = tmp_path / f"copy{cut}"
        copy.mkdir()
        writer = CopyWriter(copy, OWNER)
        writer.add(copied(records[:cut], records[cut]))
        found, reader = read(copy)
        assert [record.seq for record in found] == list(range(1, whole + 1))
        assert (reader.at.seq, reader.end.seq) == (cut, whole)
        CopyWriter(copy, OWNER).add(copied(records[cut:]))
        assert read(copy)[0] == records
        assert [r.seq for r in read(copy, until=3)[0]] == [1]


def test_other_files_on_the_stick_are_nobodys_business(tmp_path):
    copy = written(tmp_path / "copy", [RECORDS])
    for name in ("segment-x.rc1", "holiday.jpg", "segment-000001.rc1.bak", ".Trash"):
        (copy / name).write_bytes(b"?")
    assert read(copy)[0] == RECORDS
    assert CopyWriter(copy, OWNER).at.seq == 12
