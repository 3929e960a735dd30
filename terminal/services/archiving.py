"""Archives made and copied while the terminal sells (fiscal law: at most a year apart).

The journal is read in slices on the thread that writes it, so that a scan waits for one slice at
most; the ZIP is written on another thread.  Records do not change and the last one is fixed at the
beginning, so that the slices are one consistent whole.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from terminal.config import Config
from terminal.core.archives import year_to_archive
from terminal.core.authority import right
from terminal.core.errors import Refused
from terminal.core.events import ArchiveCopied, ArchiveMade, NoticeRaised
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.devices.media import Machine, copy_to
from terminal.fiscal import verify_archive
from terminal.fiscal.archive import Abandoned, ArchiveWriter, Made, Period, Span
from terminal.fiscal.base import Regime
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.services import requests as ask
from terminal.services.archive_source import (
    FOLDER,
    SLICE,
    issuer_of,
    make_folder,
    medium_for,
    path_of,
    period_of,
    span_of,
)
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.archives import ArchiveSummary, archives

log = logging.getLogger(__name__)

DUE = "archive_due"
FAILED = "archive_failed"
PROOF_S = 3600
"""A year's archive on the slowest card is proved in minutes."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ArchiveProgress:
    """How far an archive is."""

    period: str
    step: str
    """``reading``, ``checking`` or ``copying``."""
    done: int
    of: int
    """Records while reading, bytes while copying; 0 where it cannot be told."""


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
            done = await self._carry_out(request, signer, by)
        except (OSError, KeyUnusable) as error:
            log.warning("the archive was not made: %s", error)
            done = Refused("archive_failed", {"why": str(error)[:80]})
        finally:
            self._busy = False
            self._tell(None)
        if isinstance(done, Refused) and not request.wait:
            details = {"period": _what(request), "why": done.code}
            await self._session.record(lambda state, _: _notice(state, FAILED, details))
        return done

    async def _carry_out(
        self, request: ask.OfArchives, signer: Signer, by: Operator | None
    ) -> Decision:
        if isinstance(request, ask.CopyArchive):
            found = await self._writer.ask(archives)
            wanted = next((one for one in found if one.file == request.file), None)
            return Refused("no_such_archive") if wanted is None else await self._copy(wanted, by)
        try:
            period = period_of(request.period)
        except ValueError:
            return Refused("bad_period")
        made = await self._make(period, signer, by)
        if isinstance(made, Refused) or not request.copy:
            return made
        copied = await self._copy((await self._writer.ask(archives))[0], by)
        return copied if isinstance(copied, Refused) else made + copied

    async def _make(self, period: Period, signer: Signer, by: Operator | None) -> Decision:
        span = await self._writer.ask(lambda store: span_of(store, period))
        out = make_folder(self._folder / FOLDER)
        state = self._session.state
        path = path_of(out, self._config, period, state)
        with ArchiveWriter(
            path, period, issuer_of(self._config), signer, state.signing_keys
        ) as writer:
            await self._read(span, period, writer)
            try:
                made = await _in_thread(writer.finish, stop=writer.abandon)
            except ValueError:
                return Refused("nothing_to_archive", {"period": period.name})
        self._tell(ArchiveProgress(period.name, "checking", 0, 0))
        proof = Proof()
        try:
            await _in_thread(proof.of, path, stop=proof.give_up)
        except verify_archive.Bad as bad:
            path.unlink()
            log.error("the archive does not prove itself: %s", bad)  # noqa: TRY400 - words say it
            return Refused("archive_failed", {"why": str(bad)[:80]})
        event = made_event(made, period, span)
        return await self._session.record(lambda _state, _: (event,), by, "MakeArchive")

    async def _read(self, span: Span, period: Period, writer: ArchiveWriter) -> None:
        at = span.first - 1
        while at < span.last:
            after = at
            records = await self._writer.ask(
                lambda store: store.journal.span(after, span.last, SLICE)  # noqa: B023 - awaited
            )
            await _in_thread(writer.add, records)
            at = records[-1].seq
            self._tell(ArchiveProgress(period.name, "reading", at - span.first + 1, _length(span)))

    async def _copy(self, archive: ArchiveSummary, by: Operator | None) -> Decision:
        source = self._folder / FOLDER / archive.file
        if not source.is_file():
            return Refused("no_such_archive")
        medium = medium_for(self._config, self.machine, self._folder)
        if medium is None:
            return Refused("no_medium")
        step = ArchiveProgress(archive.file, "copying", 0, source.stat().st_size)
        loop = asyncio.get_running_loop()

        proof = Proof()

        def told(written: int) -> None:
            if proof.given_up:
                raise Abandoned(f"{archive.file} was not copied")
            loop.call_soon_threadsafe(self._tell, replace(step, done=written))

        try:
            await _in_thread(
                copy_to, medium, source, archive.sha256, proof.of, told, stop=proof.give_up
            )
        except (OSError, verify_archive.Bad) as error:
            log.warning("%s was not copied: %s", archive.file, error)
            return Refused("copy_failed", {"medium": medium.label, "why": str(error)[:80]})
        event = ArchiveCopied(
            archive.first_day, archive.last_day, archive.file, archive.sha256,
            medium.label, medium.serial, medium.external,
        )  # fmt: skip
        return await self._session.record(lambda _state, _: (event,), by, "CopyArchive")

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


def made_event(made: Made, period: Period, span: Span) -> ArchiveMade:
    """Return what the books say of an archive that was read back."""
    return ArchiveMade(
        first_day=period.first,
        last_day=period.last,
        file=made.path.name,
        sha256=made.sha256,
        records=made.records,
        last=dict(made.last),
        first_seq=span.first,
        last_seq=span.last,
    )


def _what(request: ask.OfArchives) -> str:
    return request.file if isinstance(request, ask.CopyArchive) else request.period[:24]


def _length(span: Span) -> int:
    return span.last - span.first + 1


def _notice(state: TerminalState, kind: str, details: dict[str, str]) -> Decision:
    return (NoticeRaised(state.last_notice + 1, kind, dict(details)),)


class Proof:
    """The program that an auditor uses, run as he does: its work takes nothing from the screens."""

    def __init__(self) -> None:
        self.given_up = False
        self._process: subprocess.Popen[str] | None = None

    def of(self, path: Path) -> None:
        """Check an archive, on a thread that may block. Raises verify_archive.Bad and OSError."""
        words = (sys.executable, "-I", verify_archive.__file__, str(path))
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            self._process = process
            if self.given_up:  # while it was being started
                process.kill()
            try:
                said, _ = process.communicate(timeout=PROOF_S)
            except subprocess.TimeoutExpired:
                process.kill()
                said = f"not proved within {PROOF_S} s"
        if process.returncode != 0:
            raise verify_archive.Bad(said.removeprefix("BAD").strip() or "it was given up")

    def give_up(self) -> None:
        """End it: the terminal stops."""
        self.given_up = True
        if self._process is not None:
            self._process.kill()


async def _in_thread(
    work: Callable[..., T], *arguments: Any, stop: Callable[[], None] = lambda: None
) -> T:
    """Do work that blocks; a caller that is cancelled stops it and waits for it to clean up."""
    future = asyncio.get_running_loop().run_in_executor(None, work, *arguments)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait({future})
        raise
