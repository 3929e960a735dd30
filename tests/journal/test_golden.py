"""Journals of every release replay to the state they had then, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.core.events import EVENTS
from terminal.core.evolve import evolve
from terminal.core.state import TerminalState
from terminal.journal.journal import Journal
from terminal.journal.records import GENESIS, is_sealed
from terminal.journal.upcast import decode
from tests.journal.golden import essence_hash, moment_of, read
from tests.store.story import long_day

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
RELEASES = {
    # release: (records, hash of the last record, hash of the states after every record)
    "0.1.0": (
        131,
        "61c139d89ff763086455c335f2f9fe57fb9a6bee1a8520ae7ace3d55a09696f1",
        "2a9cf29387d4f4d91b077ce3e6e092dbe993c3abe1275df3bcf4fc08fb88872d",
    ),
}


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_journal_replays_to_the_same_states(release):
    count, head, expected = RELEASES[release]
    records = list(read(GOLDEN / f"{release}.jsonl"))
    state, states = TerminalState(), []
    for record in records:
        assert is_sealed(record), record.seq
        state = evolve(state, decode(record), moment_of(record))
        states.append(state)
    assert len(records) == count
    assert records[-1].hash.hex() == head
    assert essence_hash(states) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_every_released_journal_is_covered(release):
    assert {path.stem for path in GOLDEN.glob("*.jsonl")} == set(RELEASES)
    assert (GOLDEN / f"{release}.jsonl").is_file()


def test_the_newest_journal_holds_every_type_of_event():
    newest = max(RELEASES)
    assert {record.type for record in read(GOLDEN / f"{newest}.jsonl")} == set(EVENTS)


def test_the_journal_writes_the_golden_bytes(journal):
    """What today's code appends is, record by record, what was released."""
    day = long_day()
    for events, moment in day.batches:
        journal.append(events, moment)
    assert isinstance(journal, Journal)
    assert next(iter(journal.read())).prev_hash == GENESIS
    assert [r.hash for r in journal.read()] == [r.hash for r in read(GOLDEN / "0.1.0.jsonl")]
