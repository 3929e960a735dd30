"""From a scan to its durable state, against SQLite alone with the same settings and bytes.

Each round makes one commit in each of four ways, one right after the other, so that all four meet
the same disk: raw SQLite, ``Store.append``, ``Session.record`` (the hand-over to the writer's
thread included) and the whole path, ``Terminal.submit`` of a scan.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path

from terminal.app import Running, build
from terminal.core import commands as c
from terminal.core.decide import decide
from terminal.core.events import Event
from terminal.core.evolve import evolve
from terminal.core.items import Article
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.checkpoint import COMMITS_BETWEEN
from terminal.journal.records import GENESIS, sealed
from terminal.services.requests import Scan, SignOnWithPin
from terminal.services.session import Decision
from terminal.store.store import Store
from tests.bench import shops
from tests.bench.measure import US, Row, Sizes, median, ratio

LINES = 30
"""A basket as people carry it; then the sale is cancelled and the next begins."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "foreign_keys=ON",
            "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY")  # fmt: skip


class Raw:
    """The control: the journal's row in the journal's settings, and nothing else."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}").fetchall()
        self._connection.execute(
            """CREATE TABLE journal (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,
            business_date TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL,
            payload TEXT NOT NULL, hash BLOB NOT NULL) STRICT"""
        )
        self._seq = self._commits = 0

    def append(self, events: Iterable[Event], moment: Moment) -> float:
        """Commit the records of events; returns seconds, their making not counted."""
        rows = []
        for event in events:
            self._seq += 1
            r = sealed(GENESIS, self._seq, event, moment)
            rows.append(
                (r.seq, r.at_ms, r.business_date, r.type, r.version, r.payload_json, r.hash)
            )
        begin = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        for row in rows:
            self._connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._connection.execute("COMMIT")
        taken = time.perf_counter() - begin
        self._commits += 1
        if self._commits % COMMITS_BETWEEN == 0:
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return taken

    def close(self) -> None:
        self._connection.close()


class Whole:
    """A running till."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.session = running.terminal.session

    async def sign_on(self) -> None:
        answer = await self._running.submit(SignOnWithPin("1", "1111"))
        if answer.refused is not None:
            raise RuntimeError(f"sign-on: {answer.refused.code}")

    async def submit(self, article: Article) -> tuple[float, tuple[Event, ...]]:
        begin = time.perf_counter()
        answer = await self._running.submit(Scan(article.code))
        taken = time.perf_counter() - begin
        if answer.refused is not None:
            raise RuntimeError(f"scan {article.code}: {answer.refused.code}")
        return taken, answer.events

    async def record(self, article: Article) -> float:
        command = c.AddItem(article.code, article)
        begin = time.perf_counter()
        await self.session.carry_out(command)
        return time.perf_counter() - begin

    async def fill(self, articles: Iterable[Article]) -> None:
        """Add many lines in one commit."""
        session = self.session

        def lines(state: TerminalState, moment: Moment) -> Decision:
            made: list[Event] = []
            for article in articles:
                decided = decide(state, c.AddItem(article.code, article), session.policy, moment)
                if not isinstance(decided, tuple):
                    return decided
                for event in decided:
                    state = evolve(state, event, moment)
                made += decided
            return tuple(made)

        await session.record(lines)

    async def cancel(self) -> None:
        await self.session.carry_out(c.CancelSale("bench"))
        await self.session.carry_out(c.NextCustomer())


class Stored:
    """A store of its own, without session or thread."""

    def __init__(self, folder: Path, whole: Whole) -> None:
        self.store = Store.open(folder, evolve=evolve)
        self._state = self.store.load()
        self._policy = whole.session.policy
        self.do(c.SignOn("1", "Camille", "cashier"), whole.session.moment())

    def do(self, command: c.Command, moment: Moment) -> float:
        events = decide(self._state, command, self._policy, moment)
        if not isinstance(events, tuple):
            raise TypeError(f"{command} is refused: {events}")
        begin = time.perf_counter()
        self._state = self.store.append(events, moment, self._state)
        return time.perf_counter() - begin


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    taken = asyncio.run(_rounds(sizes.rounds))
    raw = taken["raw"]
    yield Row("append, raw SQLite commit", median(raw) * US, "us")
    for name, goal, words in (
        ("store", None, "append, Store.append"),
        ("record", None, "append, Session with the hand-over to the writer"),
        ("submit", 1.5, "append, whole path from scan to state"),
    ):
        yield Row(words, median(taken[name]) * US, "us")
        yield Row(f"{words} / raw", ratio(taken[name], raw), "x", goal)


async def _rounds(count: int) -> dict[str, list[float]]:
    folder, other = shops.shop("append"), shops.shop("append-store")
    articles = cycle(shops.pieces(folder, 200))
    taken: dict[str, list[float]] = {"raw": [], "store": [], "record": [], "submit": []}
    async with build(folder) as running:
        await running.ready()
        whole = Whole(running)
        await whole.sign_on()
        stored = Stored(other, whole)
        with closing(Raw(folder / "raw.db")) as raw, closing(stored.store):
            for n in range(count):
                article, moment = next(articles), whole.session.moment()
                in_all, events = await whole.submit(article)
                taken["submit"].append(in_all)
                taken["raw"].append(raw.append(events, moment))
                taken["store"].append(stored.do(c.AddItem(article.code, article), moment))
                taken["record"].append(await whole.record(next(articles)))
                if n % LINES == LINES - 1:
                    await whole.cancel()
                    stored.do(c.CancelSale("bench"), moment)
                    stored.do(c.NextCustomer(), moment)
    return taken
