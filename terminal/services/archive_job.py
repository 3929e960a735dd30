"""One archive made, proved and copied, while everything else goes on.

The journal is read in slices on the thread that writes it, so that a scan waits for one slice at
most; the ZIP is written on another thread, and proved in another process.  Records do not change
and the last one is fixed at the beginning, so that the slices are one consistent whole.
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
from terminal.core.errors import Refused
from terminal.core.events import ArchiveCopied, ArchiveMade
from terminal.core.state import Operator
from terminal.devices.media import Machine, copy_to
from terminal.fiscal import verify_archive
from terminal.fiscal.archive import Abandoned, ArchiveWriter, Made, Period, Span
from terminal.fiscal.signing import Signer
from terminal.services import requests as ask
from terminal.services.archive_source import (
    FOLDER,
    SLICE,
    issuer_of,
    make_folder,
    medium_for,
    path_of,
    period_of,
    put_aside,
    span_of,
)
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.archives import ArchiveSummary, archives

log = logging.getLogger(__name__)

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


class ArchiveJob:
    """What one request about archives does."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        signer: Signer,
        *,
        config: Config,
        folder: Path,
        machine: Machine,
        tell: Callable[[ArchiveProgress | None], None],
    ) -> None:
        """``folder`` is the data folder; ``tell`` hears how far it is."""
        self._session = session
        self._writer = writer
        self._signer = signer
        self._config = config
        self._folder = folder
        self._machine = machine
        self._tell = tell

    async def carry_out(self, request: ask.OfArchives, by: Operator | None) -> Decision:
        """Make an archive, or copy one. Raises OSError, KeyUnusable and JournalError."""
        if isinstance(request, ask.CopyArchive):
            found = await self._writer.ask(archives)
            wanted = next((one for one in found if one.file == request.file), None)
            return Refused("no_such_archive") if wanted is None else await self._copy(wanted, by)
        try:
            period = period_of(request.period)
        except ValueError:
            return Refused("bad_period")
        made = await self._make(period, by)
        if isinstance(made, Refused) or not request.copy:
            return made
        copied = await self._copy((await self._writer.ask(archives))[0], by)
        return copied if isinstance(copied, Refused) else made + copied

    async def _make(self, period: Period, by: Operator | None) -> Decision:
        span = await self._writer.ask(lambda store: span_of(store, period))
        out = make_folder(self._folder / FOLDER)
        state = self._session.state
        path = path_of(out, self._config, period, state)
        await self._writer.ask(lambda store: put_aside(store, path))
        with ArchiveWriter(
            path, period, issuer_of(self._config), self._signer, state.signing_keys
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
        medium = medium_for(self._config, self._machine, self._folder)
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


def _length(span: Span) -> int:
    return span.last - span.first + 1


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
