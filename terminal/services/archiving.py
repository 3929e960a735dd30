"""Archives made and copied while the terminal sells (fiscal law: at most a year apart).

What does the work is loaded when the first archive is asked for: a start does not wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal.config import Config
from terminal.core.archives import year_to_archive
from terminal.core.authority import right
from terminal.core.errors import Refused
from terminal.core.events import NoticeRaised
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.devices.media import Machine
from terminal.fiscal.base import Regime
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.journal.errors import JournalError
from terminal.services import requests as ask
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.archives import archives

if TYPE_CHECKING:
    from terminal.services.archive_job import ArchiveJob, ArchiveProgress

log = logging.getLogger(__name__)

DUE = "archive_due"
FAILED = "archive_failed"


class Archiving:
    """Makes the archives of one terminal, one at a time."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        regime: Regime,
        *,
        config: Config,
        folder: Path,
        changed: Callable[[], None],
    ) -> None:
        """``folder`` is the data folder, ``changed`` is called when there is progress."""
        self.machine = Machine()
        self.progress: ArchiveProgress | None = None
        self._session = session
        self._writer = writer
        self._regime = regime
        self._config = config
        self._folder = folder
        self._changed = changed
        self._busy = False
        self._task: asyncio.Task[Decision] | None = None
        self._reminded = ""

    async def list(self, limit: int) -> dict[str, Any]:
        """Return the newest archives, and how far the present one is."""
        rows = await self._writer.ask(lambda store: archives(store, max(1, limit)))
        return {"archives": rows, "archive_progress": self.progress}

    async def carry_out(self, request: ask.OfArchives, by: Operator | None) -> Decision:
        """Make an archive, or copy one; with ``wait`` False it goes on by itself."""
        signer = self._regime.signer
        if signer is None or self._regime.name == "austria":  # whose log of receipts is its own
            return Refused("no_archives")
        if self._busy:
            return Refused("archive_running")
        self._busy = True  # nobody else begins while the right is looked up
        begun = False
        try:
            refused = await self._session.record(self._may, by, type(request).__name__)
            if isinstance(refused, Refused):
                return refused
            task = asyncio.ensure_future(self._work(request, signer, by))
            self._task, begun = task, True
        finally:
            self._busy = begun
        if request.wait:
            return await asyncio.shield(task)
        return ()

    def _may(self, state: TerminalState, _: Moment) -> Decision:
        return right(state, self._session.policy, "archive") or ()

    async def _work(self, request: ask.OfArchives, signer: Signer, by: Operator | None) -> Decision:
        try:
            done = await self._job(signer).carry_out(request, by)
        except (OSError, KeyUnusable) as error:
            log.warning("the archive was not made: %s", error)
            done = Refused("archive_failed", {"why": str(error)[:80]})
        except JournalError as error:
            log.error("the archive was not made: %s", error)  # noqa: TRY400 - the words say it
            done = Refused("storage_failed")
        finally:
            self._busy = False
            self._tell(None)
        if isinstance(done, Refused) and not request.wait:
            details = {"period": _what(request), "why": done.code}
            await self._session.record(lambda state, _: _notice(state, FAILED, details))
        return done

    def _job(self, signer: Signer) -> ArchiveJob:
        from terminal.services.archive_job import ArchiveJob  # noqa: PLC0415

        return ArchiveJob(
            self._session,
            self._writer,
            signer,
            config=self._config,
            folder=self._folder,
            machine=self.machine,
            tell=self._tell,
        )

    def _tell(self, progress: ArchiveProgress | None) -> None:
        self.progress = progress
        self._changed()

    async def remind(self) -> None:
        """Say, once a trading day, that a closed year waits for its archive."""
        state = self._session.state
        today = self._session.moment().business_date
        if self._reminded == today or not year_to_archive(state):
            return
        self._reminded = today
        if any(notice.kind == DUE for notice in state.notices):
            return
        year = state.books.closed.get("year", "")
        await self._session.record(lambda now, _: _notice(now, DUE, {"period": year}))

    async def close(self) -> None:
        """Give up what is under way; what was not finished leaves no file."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})


def _what(request: ask.OfArchives) -> str:
    return request.file if isinstance(request, ask.CopyArchive) else request.period[:24]


def _notice(state: TerminalState, kind: str, details: dict[str, str]) -> Decision:
    return (NoticeRaised(state.last_notice + 1, kind, dict(details)),)
