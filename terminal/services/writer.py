"""The one thread that writes: storage stalls must not stop the screens.

An SD card may take seconds over one flush.  Everything that touches the store runs on this thread,
in the order it was asked for; the loop awaits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.database import try_disk
from terminal.journal.errors import StorageFailed
from terminal.journal.latency import CommitTimes
from terminal.store.store import Store

Result = TypeVar("Result")

BRIEF_S = 0.001
"""A commit on a good disk ends within this; a thirtieth of a frame may be waited for in place,
which spares the loop two turns.  A card that takes longer is awaited while the screens go on."""


class _Job:
    """Work handed to the writer's thread, with its result or its error.

    An executor does the same through a second future with a lock of its own; between two threads
    that hand over once per scan, that was a third of the way there and back.
    """

    __slots__ = ("_done", "_error", "_future", "_handed", "_loop", "_result", "_work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()
        self._handed = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._future: asyncio.Future[None] | None = None

    def run(self) -> None:
        """Do the work on this thread; its result or error goes to who waits for it."""
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            self._error = error
        self._done.release()
        with self._handed:
            loop, future = self._loop, self._future
        if loop is not None and future is not None and not loop.is_closed():
            loop.call_soon_threadsafe(_settle, future)

    async def result(self) -> Any:
        """Wait for the work: a moment in place, then giving way to the screens."""
        if not self._done.acquire(timeout=BRIEF_S):
            await self._given_way()
        if self._error is not None:
            raise self._error
        return self._result

    async def _given_way(self) -> None:
        with self._handed:
            if self._done.acquire(blocking=False):
                return
            self._loop = asyncio.get_running_loop()
            self._future = self._loop.create_future()
        await self._future


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Writer:
    """Owns the store and its thread."""

    def __init__(self, open_store: Callable[[], Store], folder: Path | None = None) -> None:
        """``folder`` is the store's, to be tried after a failure; None: it is not."""
        self._open_store = open_store
        self._folder = folder
        self.commit_times = CommitTimes()
        """What the commits of this run take, over every reopening."""
        self._store: Store | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # A daemon: a process that ends without closing is a power cut, which the journal survives.
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._thread.ident is None:
            self._thread.start()
        elif not self._thread.is_alive():
            raise RuntimeError("the writer is closed")
        job = _Job(work)
        self._jobs.put(job)
        result: Result = await job.result()
        return result

    async def open(self) -> TerminalState:
        """Open (or reopen) the store and fold its journal.

        Reopening is the only way on after a failed write: what is on disk then is the truth.

        Raises:
            JournalError: the store cannot be opened; its subclasses say why.
        """

        def work() -> TerminalState:
            if self._store is not None:
                self._store.close()
                self._store = None
            self._store = self._open_store()
            self._store.journal.commit_times = self.commit_times
            return self._store.load()

        return await self._run(work)

    async def prove(self) -> None:
        """Try the disk with a small file, made durable and taken away again.

        Raises:
            JournalError: it takes nothing; the subclass says why.
        """
        if self._folder is not None:
            await self._run(partial(try_disk, self._folder))

    async def append(
        self, events: tuple[Event, ...], moment: Moment, before: TerminalState
    ) -> TerminalState:
        """Make events durable in one transaction; returns the state after them."""
        return await self._run(lambda: self._opened().append(events, moment, before))

    async def ask(self, question: Callable[[Store], Result]) -> Result:
        """Ask the store something, after everything that was written before."""
        return await self._run(lambda: question(self._opened()))

    async def close(self) -> None:
        """Close the store and end the thread."""

        def work() -> None:
            if self._store is not None:
                self._store.close()
                self._store = None

        await self._run(work)
        self._jobs.put(None)
        self._thread.join()

    def _opened(self) -> Store:
        if self._store is None:
            raise StorageFailed("the store could not be opened again")
        return self._store
