"""Journals with a few records, and links to a receiving end that fail as one wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from terminal.journal.database import open_database, transaction
from terminal.journal.journal import Journal, create_journal, has_journal
from terminal.store.store import DATABASE_NAME
from terminal.sync.receiver import Receiver
from terminal.sync.uplink import LinkError, Problem, Uplink
from terminal.sync.wire import batch_of, cursor_bytes
from tests.store.story import Batch, long_day


class Till:
    """The journal of one till, open to be written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / DATABASE_NAME
        self._database = open_database(path, create=True)
        if not has_journal(self._database, path):
            with transaction(self._database):
                create_journal(self._database)
        self.journal = Journal(self._database, path)

    def sell(self, batches: list[Batch], later_ms: int = 0) -> None:
        """Go on with the day; ``later_ms`` makes it another day than the same one elsewhere."""
        for events, moment in batches:
            self.journal.append(events, replace(moment, at_ms=moment.at_ms + later_ms))

    def close(self) -> None:
        self._database.close()


def journal_of(folder: Path, batches: int = 12) -> Till:
    """Return a till that has had the beginning of a day."""
    till = Till(folder)
    till.sell(long_day().batches[:batches])
    return till


class DirectLink:
    """Carries bodies to a receiver in this process; ``fault`` may lose request or answer."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.requests = 0
        self.fault: Callable[[int], str] = lambda _: ""

    def post(self, body: bytes) -> bytes:
        self.requests += 1
        fault = self.fault(self.requests)
        if fault == "request":
            raise LinkError(Problem.AWAY, "lost on the way up")
        answer = cursor_bytes(self.receiver.take(batch_of(body)))
        if fault == "answer":
            raise LinkError(Problem.AWAY, "lost on the way down")
        return answer


def uplink(folder: Path, link: DirectLink) -> Uplink:
    """Return a way up for till 3001 of shop S12."""
    return Uplink(folder / DATABASE_NAME, "S12", "3001", link, lambda: 1_790_000_000_000)


def to_the_end(up: Uplink, steps: int = 1000) -> None:
    """Let it send until it has nothing more, or a problem."""
    for _ in range(steps):
        if not up.step():
            return
    raise AssertionError("it never ends")
