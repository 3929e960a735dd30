"""The one thread that writes: storage stalls must not stop the screens.

An SD card may take seconds over one flush.  Everything that touches the store runs on this thread,
in the order it was asked for; the loop awaits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.store.store import Store

Result = TypeVar("Result")


class Writer:
    """Owns the store and its thread."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

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
            return self._store.load()

        return await self._run(work)

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
        self._thread.shutdown(wait=True)

    def _opened(self) -> Store:
        if self._store is None:
            raise RuntimeError("the store is not open")
        return self._store
