"""Hands closures over as files: by itself when the folder can be reached, and again on demand.

The folder may be a share of the head office or a stick: it is not always there, and it is never
made here (a folder made where a stick was not mounted would fill the card).  What could not be
handed over waits in the books, and goes in its order (CLO-01).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from terminal.core import authority
from terminal.core.errors import Refused
from terminal.core.events import ClosureExtracted, PeriodClosed, to_payload
from terminal.core.extraction import may_extract, waiting
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.journal.errors import JournalError
from terminal.journal.records import canonical_json
from terminal.services.bus import Changed
from terminal.services.session import Decision, Session
from terminal.services.writer import Writer
from terminal.store.store import Closure
from terminal.whole_files import sync_directory

log = logging.getLogger(__name__)

FORMAT = "reprise-closure-1"
RETRY_S = 60.0
"""Between two tries of a folder that is not there."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A closure as it is handed over: ``document`` is the same in every copy."""

    name: str
    document: str
    sha256: str
    data: bytes


def extract_of(
    closure: Closure, till: str, *, copy: int, by: str, signer: Signer | None
) -> Extract:
    """Return the file of a closure; ``copy`` is 0 the first time.  Raises KeyUnusable."""
    event = closure.event
    identity = f"{till}-{event.scope}-{event.number:06d}"
    document = canonical_json(
        {
            "format": FORMAT,
            "id": identity,
            "till": till,
            "closed_at_ms": closure.closed_at_ms,
            "closure": to_payload(event),
        }
    )
    sha256 = hashlib.sha256(document.encode()).hexdigest()
    envelope: dict[str, Any] = {
        "id": identity,
        "copy": copy,
        "repeat": copy > 0,
        "extracted_by": by,
        "sha256": sha256,
        "document": document,
    }
    if signer is not None:
        envelope["key_id"] = signer.key_id
        envelope["signature"] = signer.sign(document)
    text = json.dumps(envelope, ensure_ascii=False, indent=1, sort_keys=True)
    suffix = f"-copy-{copy}" if copy else ""
    return Extract(f"closure-{identity}{suffix}.json", document, sha256, f"{text}\n".encode())


def hand_over(folder: Path, extract: Extract) -> None:
    """Write a file so that it is whole or absent, and read it back.  Raises OSError."""
    final, partial = folder / extract.name, folder / f".{extract.name}.part"
    with partial.open("wb") as file:
        file.write(extract.data)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(final)
    sync_directory(folder)
    if final.read_bytes() != extract.data:
        raise OSError(f"{final} does not read back as it was written")


class Extraction:
    """Hands over the closures of one till."""

    def __init__(
        self, session: Session, writer: Writer, folder: str, till: str, signer: Signer | None
    ) -> None:
        """``folder`` is empty where nobody wants the closures."""
        self._session = session
        self._writer = writer
        self._folder = Path(folder) if folder else None
        self._till = till
        self._signer = signer
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._told = False

    @property
    def wanted(self) -> bool:
        """Tell whether closures are handed over at all."""
        return self._folder is not None

    def notice(self, change: Changed) -> None:
        """Hear of what was written."""
        if any(isinstance(event, PeriodClosed) for event in change.events):
            self._wake.set()

    async def run(self) -> None:
        """Hand over what waits, for ever; try again now and then while the folder is away."""
        self._wake.set()
        while True:
            done = await self.hand_over_waiting()
            self._wake.clear()
            try:
                async with asyncio.timeout(None if done else RETRY_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def hand_over_waiting(self) -> bool:
        """Hand over, in their order, the closures that wait; False when that was not possible."""
        if self._folder is None:
            return True
        for scope, number in tuple(waiting(self._session.state.books)):
            decided = await self._extract(scope, number, None)
            if isinstance(decided, Refused):
                if not self._told:
                    log.warning("closure %s %s waits: %s", scope, number, dict(decided.details))
                self._told = True
                return False
        self._told = False
        return True

    async def extract(self, scope: str, number: int, by: Operator | None) -> Decision:
        """Hand over a closure on demand: for the first time, or again as a marked copy."""
        asked = self._session.state if by is None else replace(self._session.state, operator=by)
        refused = may_extract(asked, self._session.policy, scope, number)
        if refused is not None:
            return refused
        if self._folder is None:
            return Refused("no_extraction_folder")
        decided: Decision = ()
        first = number > self._session.state.books.extracted.get(scope, 0)
        last = self._session.state.books.extracted.get(scope, 0)
        for due in range(last + 1, number + 1) if first else (number,):
            decided = await self._extract(scope, due, authority.operator_id(asked), by)
            if isinstance(decided, Refused):
                break
        return decided

    async def _extract(
        self, scope: str, number: int, asked_by: str | None, by: Operator | None = None
    ) -> Decision:
        """Write one file and record it; ``asked_by`` is None when the terminal does it itself."""
        async with self._turn:
            closure = await self._writer.ask(lambda store: store.closure(scope, number))
            if closure is None or self._folder is None:
                return Refused("no_such_closure", {"scope": scope, "number": number})
            if asked_by is None and closure.extractions:
                return ()
            copy = closure.extractions
            try:
                signed = partial(
                    extract_of, closure, self._till, copy=copy, by=asked_by or "",
                    signer=self._signer,
                )  # fmt: skip
                loop = asyncio.get_running_loop()
                extract = await loop.run_in_executor(None, signed)  # a token takes its time
                await loop.run_in_executor(None, hand_over, self._folder, extract)
            except (OSError, KeyUnusable) as error:
                return Refused("extraction_failed", {"why": str(error)[:120]})
            event = ClosureExtracted(
                scope, number, copy, extract.name, extract.sha256, asked_by or ""
            )

            def handed(_state: TerminalState, _moment: Moment) -> Decision:
                return (event,)

            try:
                return await self._session.record(handed, by, "ExtractClosure")
            except JournalError as error:
                return Refused("extraction_failed", {"why": str(error)[:120]})
