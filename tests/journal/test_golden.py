"""Journals of every release replay to the state they had then, for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.core.events import EVENTS
from terminal.journal.journal import Journal
from terminal.journal.records import GENESIS
from tests.journal.golden import essence_hash, read, replayed
from tests.store.story import long_day

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
LATER = (
    *("adopted", "archived", "books", "chains", "clock", "clock_confirmed_ms", "noted", "purges"),
    *("last_invoice_sequence", "signing_key", "signing_keys", "software"),
)
"""Fields of the state that 0.1.0 did not have."""
RELEASES = {
    # release: (records, hash of the last record, hash of the states after every record, fields of
    # the state that came later)
    "0.1.0": (
        132,
        "8e8e4f454b56794f3ef5748c76d7acd1c56ec80149eab79554839fef6c58b7a3",
        "cd6316111d47531ddeb71d28b3912319f03ca591587108d1e8f41a3659198238",
        LATER,
    ),
    "0.2.0": (
        167,
        "a2f5af8e733363ec0a8d4b3d6115233504fa0b66a0bd8fa9ee36f461312c8849",
        "6a8ad1c95e067f043e1b0d72881b4b6cc5dfaedb20b97ef86ae0a26d8fca0fe8",
        (),
    ),
}
NEWEST = max(RELEASES)


@pytest.mark.parametrize("release", RELEASES)
def test_a_released_journal_replays_to_the_same_states(release):
    *expected, later = RELEASES[release]
    count, head, states = replayed(GOLDEN / f"{release}.jsonl")
    assert [count, head, essence_hash(states, later)] == expected


@pytest.mark.parametrize("release", RELEASES)
def test_every_released_journal_is_covered(release):
    assert {path.stem for path in GOLDEN.glob("*.jsonl")} == set(RELEASES)
    assert (GOLDEN / f"{release}.jsonl").is_file()


def test_the_newest_journal_holds_every_type_of_event():
    assert {record.type for record in read(GOLDEN / f"{NEWEST}.jsonl")} == set(EVENTS)


def test_the_journal_writes_the_golden_bytes(journal):
    """What today's code appends is, record by record, what was released."""
    day = long_day()
    for events, moment in day.batches:
        journal.append(events, moment)
    assert isinstance(journal, Journal)
    assert next(iter(journal.read())).prev_hash == GENESIS
    assert [r.hash for r in journal.read()] == [r.hash for r in read(GOLDEN / f"{NEWEST}.jsonl")]
