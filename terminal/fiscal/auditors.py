"""Reads a journal by the law that its records were made under, whatever the settings say now.

The start receipt of an Austrian till comes before its first sale: from there on its records are
Austria's.  What the head record names must be there under every law.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator
from pathlib import Path

from terminal.core.events import Event, RecordSigned, SigningKeyAdopted, TerminalStopped
from terminal.core.state import TerminalState
from terminal.fiscal.audit import ChainAuditor
from terminal.fiscal.austria import CHAIN, Register
from terminal.fiscal.austria_audit import AustriaAuditor
from terminal.fiscal.base import Finding
from terminal.fiscal.head import HeadAuditor
from terminal.fiscal.owed import PRACTICE
from terminal.fiscal.signing import KeyUnusable, Verifier, is_fingerprint
from terminal.journal.records import Record


class LawAuditor:
    """Reads a journal from its first event to its last; one without signatures passes."""

    def __init__(
        self,
        head_file: Path | None = None,
        register: Register | None = None,
        keys: Collection[str] = (),
    ) -> None:
        """Make an auditor.

        Args:
            head_file: names the newest records, see ``fiscal.head``; None when nobody knows it.
            register: the Austrian till of the settings.
            keys: fingerprints, or their beginnings, of the only keys that may have signed; without
                them the keys that the books name are believed.
        """
        self._head = HeadAuditor(head_file) if head_file is not None else None
        self._wanted = tuple(keys)
        self.keys: dict[str, Verifier] = {}
        """The keys that signed, by the name that records use."""
        self._chains = ChainAuditor()
        self._austria = AustriaAuditor(self.keys, register)
        self._in_austria = False
        self._begun = False

    def take(
        self, before: TerminalState, event: Event, after: TerminalState, record: Record
    ) -> Iterator[Finding]:
        """Look at the next event, the states around it, and its record in the journal."""
        if not self._begun:
            yield from self._begin(before, record)
        if isinstance(event, SigningKeyAdopted):
            yield from self._adopt(event.key_id, event.public_key)
        if self._head is not None:
            self._head.passed(record.seq, record.hash)
            practice = PRACTICE in before.chains
            if isinstance(event, TerminalStopped) and before.chains and not practice:
                self._head.expect()
        if isinstance(event, RecordSigned):
            if self._head is not None:
                self._head.note(event.chain, event.sequence, event.signature)
            self._in_austria = self._in_austria or event.chain == CHAIN
        if self._in_austria:
            yield from self._austria.take(before, event, after)
        else:
            yield from self._chains.take(before, event, after, record)

    def _begin(self, state: TerminalState, first: Record) -> Iterator[Finding]:
        """Take what a purge left in the place of older records: keys, and each chain's newest."""
        self._begun = True
        self._in_austria = CHAIN in state.chains
        for key_id, key in state.signing_keys.items():
            yield from self._adopt(key_id, key.public_key)
        if self._head is not None and first.seq > 1:
            self._head.begin(first.seq - 1, first.prev_hash, state.chains)

    def finish(self) -> Iterator[Finding]:
        """Say what is missing at the end."""
        yield from (self._austria if self._in_austria else self._chains).finish()
        if self._head is not None:
            yield from self._head.finish(self.keys)

    def _adopt(self, key_id: str, public_key: str) -> Iterator[Finding]:
        """Keep a key; outside Austria the auditor of the chains says what is wrong with one."""
        try:
            verifier = Verifier(base64.b64decode(public_key))
        except (KeyUnusable, ValueError) as error:
            if self._in_austria:
                yield Finding("key", f"key {key_id}: {error}")
            return
        self.keys[key_id] = verifier
        if self._in_austria and verifier.key_id != key_id:
            yield Finding("key", f"key {key_id} is not the one it says")
        if self._wanted and not any(
            is_fingerprint(wanted, verifier.public_key) for wanted in self._wanted
        ):
            yield Finding("key", f"key {key_id} is not one that was named")
