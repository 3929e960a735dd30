"""Reads a journal by the law that its records were made under, whatever the settings say now.

The start receipt of an Austrian till comes before its first sale: from there on its records are
Austria's.  What the head record names must be there under every law.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from terminal.core.events import Event, RecordSigned, SigningKeyAdopted
from terminal.core.state import TerminalState
from terminal.fiscal.audit import ChainAuditor
from terminal.fiscal.austria import CHAIN, Register
from terminal.fiscal.austria_audit import AustriaAuditor
from terminal.fiscal.base import Finding
from terminal.fiscal.head import HeadAuditor
from terminal.fiscal.signing import KeyUnusable, Verifier


class LawAuditor:
    """Reads a journal from its first event to its last; one without signatures passes."""

    def __init__(self, head_file: Path | None = None, register: Register | None = None) -> None:
        """``head_file`` may be missing; ``register`` is the Austrian till of the settings."""
        self._head = HeadAuditor(head_file) if head_file is not None else None
        self._keys: dict[str, Verifier] = {}
        self._chains = ChainAuditor()
        self._austria = AustriaAuditor(self._keys, register)
        self._in_austria = False

    def take(self, before: TerminalState, event: Event, after: TerminalState) -> Iterator[Finding]:
        """Look at the next event and the states around it."""
        if isinstance(event, SigningKeyAdopted):
            yield from self._adopt(event)
        if isinstance(event, RecordSigned):
            if self._head is not None:
                self._head.note(event.chain, event.sequence, event.signature)
            self._in_austria = self._in_austria or event.chain == CHAIN
        law = self._austria if self._in_austria else self._chains
        yield from law.take(before, event, after)

    def finish(self) -> Iterator[Finding]:
        """Say what is missing at the end."""
        yield from (self._austria if self._in_austria else self._chains).finish()
        if self._head is not None:
            yield from self._head.finish(self._keys)

    def _adopt(self, event: SigningKeyAdopted) -> Iterator[Finding]:
        """Keep a key; outside Austria the auditor of the chains says what is wrong with one."""
        try:
            self._keys[event.key_id] = Verifier(base64.b64decode(event.public_key))
        except (KeyUnusable, ValueError) as error:
            if self._in_austria:
                yield Finding("key", f"key {event.key_id}: {error}")
            return
        if self._in_austria and self._keys[event.key_id].key_id != event.key_id:
            yield Finding("key", f"key {event.key_id} is not the one it says")
