"""Writes the golden base of the release that is being made: what a purge of a long day leaves."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from terminal.core.evolve import evolve
from terminal.store.purge import CutTaker
from terminal.store.store import Store
from tests.crash.explorer import scratch
from tests.store.story import long_day
from tests.store.test_purge import GOLDEN_BASE


def write(path: Path) -> None:
    """Write the base of a day that was purged whole."""
    with (
        scratch() as directory,
        closing(Store.open(directory, evolve=evolve, create=True)) as store,
    ):
        state = store.load()
        for events, moment in long_day().batches:
            state = store.append(events, moment, state)
        taker = CutTaker(store.journal.head.seq)
        store.verify(look=taker.look)
        assert taker.cut is not None
        path.write_text(taker.cut.base.document, "utf-8")


if __name__ == "__main__":
    write(GOLDEN_BASE)
