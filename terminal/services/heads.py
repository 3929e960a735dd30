"""Keeps the head record behind the books, and compares the two at every start."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from terminal.config import Config
from terminal.core.events import NoticeRaised, RecordSigned
from terminal.core.state import TerminalState
from terminal.fiscal.base import Finding, Regime
from terminal.fiscal.head import Heads, compare, read_heads, write_heads
from terminal.fiscal.regimes import head_file
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.journal.errors import JournalError
from terminal.services.bus import Changed
from terminal.services.session import Decision, Session

log = logging.getLogger(__name__)

PAUSE_S = 0.5
"""Between two writings: a card is spared, and a cut loses the head of the last sale at most."""
SHOWN = 80
"""Characters of a finding that a notice shows."""


class HeadKeeper:
    """Writes the head record of one till."""

    def __init__(self, session: Session, signer: Signer, path: Path, till: str) -> None:
        self._session = session
        self._signer = signer
        self._path = path
        self._till = till
        self._wake = asyncio.Event()
        self._told = False

    def notice(self, change: Changed) -> None:
        """Hear of what was written."""
        if any(isinstance(event, RecordSigned) for event in change.events):
            self._wake.set()

    async def compare(self) -> None:
        """At a start: say so when the books end before the head record."""
        try:
            read = read_heads(self._path)
            found = []
            if read is not None:
                heads = read[0]
                found = list(compare(heads, self._session.state.chains, await self._stored(heads)))
        except (ValueError, JournalError) as error:
            found = [Finding("head", str(error))]
        if not found:
            return
        for finding in found:
            log.error("the books do not reach the head record: %s", finding.detail)
        self._keep_evidence()
        await self._session.record(lambda state, _: _alarm(state, found))

    async def run(self) -> None:
        """Write the heads whenever something was signed, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.write()
            await asyncio.sleep(PAUSE_S)

    async def write(self) -> None:
        """Write the heads as they are now."""
        state = self._session.state
        if not state.chains:
            return
        try:
            newest = await self._session.newest()
            heads = Heads(
                self._till,
                state.last_at_ms,
                self._signer.key_id,
                dict(state.chains),
                (newest.seq, newest.hash.hex()),
            )
            await asyncio.get_running_loop().run_in_executor(
                None, write_heads, self._path, heads, self._signer
            )
            self._told = False
        except (OSError, KeyUnusable, JournalError) as error:
            if not self._told:
                log.warning("%s: the head record was not written: %s", self._path, error)
            self._told = True

    async def _stored(self, heads: Heads) -> str:
        """Return the hash of the record that the heads name; one that was purged is believed."""
        seq, digest = heads.journal
        purges = self._session.state.purges
        if purges and seq < purges[-1].last_seq:
            return digest
        return (await self._session.stored_hash(seq)).hex()

    def _keep_evidence(self) -> None:
        """What the books contradict is not written over."""
        try:
            self._path.rename(self._path.with_suffix(f".{self._session.state.last_at_ms}.json"))
        except OSError as error:
            log.warning("%s cannot be put aside: %s", self._path, error)


def heads_of(session: Session, regime: Regime, config: Config, folder: Path) -> HeadKeeper | None:
    """Return what keeps the head record of a terminal; None where nothing is signed."""
    if regime.signer is None:
        return None
    path, till = head_file(config, folder), config.terminal.till_number
    return HeadKeeper(session, regime.signer, path, till)


def _alarm(state: TerminalState, found: list[Finding]) -> Decision:
    details: dict[str, str | int] = {"count": len(found), "why": found[0].detail[:SHOWN]}
    return (NoticeRaised(state.last_notice + 1, "books_cut_off", details),)
