"""When the mains go: record it, refuse new payments, and put on the card what is in the log.

None of it is needed for the books to be whole: they are at every moment.  A reserve that lasts only
seconds is spent on nothing that could be cut in the middle.
"""

from __future__ import annotations

import asyncio
import logging

from drivers.power.base import Supply
from terminal.core import device_facts
from terminal.core.errors import Refused
from terminal.journal.errors import JournalError
from terminal.services.session import Session
from terminal.services.writer import Writer

log = logging.getLogger(__name__)

RETRY_S = 1.0
"""Between two tries on a disk that does not take the record."""


class PowerWatch:
    """Hears the power monitor; ``run`` is a supervised task."""

    def __init__(self, session: Session, writer: Writer) -> None:
        self.supply: Supply | None = None
        """Newest word of the monitor; None without one."""
        self.safe = asyncio.Event()
        """Set once the failure that stands is recorded and the log is in the database file."""
        self._session = session
        self._writer = writer
        self._news = asyncio.Event()

    def told(self, supply: Supply | None) -> None:
        """Take note of what feeds the terminal; None: the monitor went away."""
        self.supply = supply
        self._news.set()

    async def run(self) -> None:
        """Make the newest word durable, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            if not await self._settle():
                await asyncio.sleep(RETRY_S)
                self._news.set()

    async def _settle(self) -> bool:
        supply = self.supply
        if supply is not None and not supply.mains:
            return await self._fail(supply)
        cause = device_facts.MONITOR_LOST if supply is None else device_facts.MAINS
        self.safe.clear()
        done = await self._session.record(
            lambda state, moment: device_facts.power_restored(state, cause, moment)
        )
        return not isinstance(done, Refused)

    async def _fail(self, supply: Supply) -> bool:
        done = await self._session.record(
            lambda state, _: device_facts.power_failed(state, supply.remaining_s)
        )
        if isinstance(done, Refused):
            return False
        if done:
            log.warning("the mains are gone: no new payments")
            try:
                await self._writer.ask(lambda store: store.checkpoint())
            except JournalError as error:
                log.warning("the log stays beside the database: %s", error)
        self.safe.set()
        return True
