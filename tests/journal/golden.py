"""Golden journals: one file per release, which every later release must read to the same state.

``python -m tests.journal.golden tests/golden/0.2.0.jsonl`` writes the file of the release that is
being made, and prints its row for ``test_golden.RELEASES``; a file once released is never written
again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.records import GENESIS, Record, is_sealed, sealed
from terminal.journal.upcast import decode
from tests.store.story import long_day


def write(path: Path) -> None:
    """Write the journal of a long day, one record a line."""
    prev, lines = GENESIS, []
    for events, moment in long_day().batches:
        for event in events:
            record = sealed(prev, len(lines) + 1, event, moment)
            prev = record.hash
            lines.append(line_of(record))
    path.write_text("".join(lines), "utf-8")


def line_of(record: Record) -> str:
    fields_ = {
        "seq": record.seq,
        "at_ms": record.at_ms,
        "business_date": record.business_date,
        "type": record.type,
        "version": record.version,
        "payload": record.payload_json,
        "hash": record.hash.hex(),
    }
    return json.dumps(fields_, ensure_ascii=False) + "\n"


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a golden journal."""
    prev = GENESIS
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        own = bytes.fromhex(row["hash"])
        yield Record(
            row["seq"],
            row["at_ms"],
            row["business_date"],
            row["type"],
            row["version"],
            row["payload"],
            prev,
            own,
        )
        prev = own


def moment_of(record: Record) -> Moment:
    return Moment(record.at_ms, record.business_date)


def essence(value: Any) -> Any:
    """Return a value as plain data without the fields that hold their default.

    A field that a later release adds, with a default, leaves the essence of old states as it was.
    """
    if is_dataclass(value):
        return {
            field.name: essence(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != _default(field)
        }
    if isinstance(value, Mapping):
        return {str(key): essence(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [essence(item) for item in value]
    return value


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def replayed(path: Path) -> tuple[int, str, list[TerminalState]]:
    """Return the number of records, the hash of the last one, and the state after each."""
    state, states, head = TerminalState(), [], ""
    for record in read(path):
        assert is_sealed(record), record.seq
        state = evolve(state, decode(record), moment_of(record))
        states.append(state)
        head = record.hash.hex()
    return len(states), head, states


def essence_hash(states: Iterable[TerminalState], later: Collection[str] = ()) -> str:
    """Return the SHA-256 of the essence of a sequence of states.

    ``later`` names fields of the state that a release did not have yet.
    """
    essences = [
        {name: value for name, value in essence(state).items() if name not in later}
        for state in states
    ]
    text = json.dumps(essences, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    made = Path(sys.argv[1])
    write(made)
    count, last, after = replayed(made)
    sys.stdout.write(f'"{made.stem}": ({count}, "{last}", "{essence_hash(after)}", ()),\n')
