"""One step of the way up: ask where to go on, or send what follows; and how long to wait then.

The head office's cursor is the truth: nothing is remembered here that a restart could lose, and a
batch that was sent twice is taken once.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from terminal.journal.database import open_database
from terminal.journal.errors import StorageAbsent
from terminal.journal.journal import Head, Journal, has_journal
from terminal.sync.wire import MAX_RECORDS, Batch, Cursor, NotUnderstood, cursor_of, cut, to_bytes
from terminal.whole_files import write_volatile

log = logging.getLogger(__name__)

STATE_NAME = "sync/state.json"
"""In the data folder: how far the journal is up."""
FIRST_WAIT_S = 8
LONGEST_WAIT_S = 300
STANDING_WAIT_S = 3600
"""What only a person can mend is asked about once an hour."""
JITTER_PERCENT = 30
"""So that a thousand tills do not come back in the same second."""


class Problem(StrEnum):
    """Why the journal does not go up."""

    NONE = ""
    AWAY = "away"
    """No answer: no network, no server."""
    REFUSED = "refused"
    """The token, or the certificate."""
    NOT_UNDERSTOOD = "not_understood"
    BUSY = "busy"
    """It answers that it cannot now."""
    FORK = "fork"
    """It holds another record of a number that is here: a copied card, or a restored till."""
    BEHIND = "behind"
    """It holds more of this journal than is here: this till was restored from an older copy."""
    PURGED = "purged"
    """What it wants next was purged here: it has to take the archive."""


STANDING = {Problem.FORK, Problem.BEHIND, Problem.PURGED}


class LinkError(Exception):
    """A request without a usable answer."""

    def __init__(self, problem: Problem, detail: str) -> None:
        self.problem = problem
        super().__init__(detail)


class Link(Protocol):
    """What carries a request to the head office and brings the answer's body back."""

    def post(self, body: bytes) -> bytes:
        """Send a body. Raises LinkError."""


@dataclass(frozen=True, slots=True)
class UplinkState:
    """How far the journal is up, for whoever wants to know; times are UTC in milliseconds."""

    acked_seq: int = 0
    """The head office holds every record up to this one, proved and durable."""
    acked_at_ms: int = 0
    """When it last said so."""
    head_seq: int = 0
    asked_at_ms: int = 0
    problem: str = ""
    detail: str = ""
    failures: int = 0
    """In a row."""


class Uplink:
    """Carries the journal of one data folder up."""

    def __init__(
        self, store: Path, shop: str, till: str, link: Link, now_ms: Callable[[], int]
    ) -> None:
        """``store`` is the database file; it is opened to read, for each step anew."""
        self._store = store
        self._shop = shop
        self._till = till
        self._link = link
        self._now_ms = now_ms
        self._cursor: Cursor | None = None
        self.state = UplinkState()

    def step(self) -> bool:
        """Ask or send once; True when there is more to send at once.

        Raises:
            JournalError: the store cannot be read.
        """
        asked = self._now_ms()
        try:
            more = self._step()
        except LinkError as error:
            self._cursor = None  # it may have taken the batch: it is asked
            self.state = replace(
                self.state,
                asked_at_ms=asked,
                problem=error.problem.value,
                detail=str(error),
                failures=self.state.failures + 1,
            )
            return False
        self.state = replace(self.state, asked_at_ms=asked, problem="", detail="", failures=0)
        return more

    def _step(self) -> bool:
        with _journal(self._store) as journal:
            self.state = replace(self.state, head_seq=journal.head.seq)
            if self._cursor is None:
                base = Head(journal.base.seq, journal.base.hash)
                self._hear(journal, Batch(self._shop, self._till, _first(journal), base))
            assert self._cursor is not None  # noqa: S101 - heard just now
            batch = self._next(journal, self._cursor)
            if not batch.records:
                self.state = replace(self.state, acked_at_ms=self._now_ms())
                return False
            self._hear(journal, batch)
            return self._cursor.seq < journal.head.seq

    def _next(self, journal: Journal, cursor: Cursor) -> Batch:
        if cursor.seq < journal.base.seq:
            if cursor.seq:
                raise LinkError(Problem.PURGED, f"record {cursor.seq + 1} is in the archive only")
            cursor = Cursor(journal.base.seq, journal.base.hash)
        records = cut(journal.span(cursor.seq, journal.head.seq, MAX_RECORDS))
        after = Head(cursor.seq, cursor.hash)
        return Batch(self._shop, self._till, _first(journal), after, records)

    def _hear(self, journal: Journal, batch: Batch) -> None:
        """Send, and believe the answer only as far as it agrees with what is here."""
        try:
            cursor = cursor_of(self._link.post(to_bytes(batch)))
        except NotUnderstood as error:
            raise LinkError(Problem.NOT_UNDERSTOOD, str(error)) from error
        if cursor.seq > journal.head.seq:
            raise LinkError(Problem.BEHIND, f"it holds records up to {cursor.seq}")
        known = journal.stored_hash(cursor.seq) if cursor.seq >= journal.base.seq else b""
        if known and known != cursor.hash:
            raise LinkError(Problem.FORK, f"it holds another record {cursor.seq}")
        if batch.records and self._cursor is not None and cursor.seq <= self._cursor.seq:
            raise LinkError(Problem.NOT_UNDERSTOOD, f"it stays at record {cursor.seq}")
        self._cursor = cursor
        self.state = replace(self.state, acked_seq=cursor.seq, acked_at_ms=self._now_ms())


def wait_s(state: UplinkState, interval_s: int, chance: float) -> float:
    """Return the seconds until the next step; ``chance`` is from 0 to 1."""
    if not state.problem:
        return interval_s
    if Problem(state.problem) in STANDING:
        base = STANDING_WAIT_S
    else:
        base = min(LONGEST_WAIT_S, FIRST_WAIT_S << min(state.failures - 1, 8))
    return base * (1 + JITTER_PERCENT / 100 * chance)


def write_state(path: Path, state: UplinkState) -> None:
    """Leave the state for others to read; whole or not at all. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_volatile(path, json.dumps(asdict(state)).encode(), mode=None, makes_folder=False)


def read_state(path: Path) -> UplinkState | None:
    """Return what was left; None when there is nothing that can be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return UplinkState(**said)
    except (OSError, ValueError, TypeError):
        return None


def _first(journal: Journal) -> bytes:
    return journal.stored_hash(1) if journal.base.seq == 0 else b""


@contextlib.contextmanager
def _journal(store: Path) -> Iterator[Journal]:
    database = open_database(store, read_only=True)
    try:
        if not has_journal(database, store):
            raise StorageAbsent(f"{store} is empty: initialise the data directory first")
        yield Journal(database, store)
    finally:
        database.close()
