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
        132,
        "8e8e4f454b56794f3ef5748c76d7acd1c56ec80149eab79554839fef6c58b7a3",
        "cd6316111d47531ddeb71d28b3912319f03ca591587108d1e8f41a3659198238",
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
