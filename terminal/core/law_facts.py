"""What signing, archiving and purging leave in the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core.books import ChainHead, Purge, SigningKey
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    Event,
    JournalPurged,
    RecordSigned,
    SigningKeyAdopted,
)
from terminal.core.frozen import replace
from terminal.core.numbering import is_receipt_number, sequence_of
from terminal.core.policy import Moment
from terminal.core.state import TerminalState

YEAR_CHAIN = "GTA"
"""Chain of the closures of years (``fiscal.france``)."""


def year_to_archive(state: TerminalState) -> bool:
    """Tell whether a year was closed that no archive holds yet."""
    head = state.chains.get(YEAR_CHAIN)
    return head is not None and state.archived.get(YEAR_CHAIN, 0) < head.sequence


def no_such_receipt(state: TerminalState, receipt_number: str) -> Refused:
    """Say why a receipt is not found: none has the number, or it left the till for an archive."""
    details = {"receipt_number": receipt_number[:24]}
    if is_receipt_number(receipt_number):
        sequence = sequence_of(receipt_number)
        for purge in state.purges:
            for file, _, last in purge.archives:
                if sequence <= last:
                    return Refused("receipt_archived", {**details, "file": file})
    return Refused("no_such_receipt", details)


def _key_adopted(state: TerminalState, event: SigningKeyAdopted, _moment: Moment) -> TerminalState:
    key = SigningKey(event.algorithm, event.public_key, event.backend)
    keys = MappingProxyType({**state.signing_keys, event.key_id: key})
    return replace(state, signing_key=event.key_id, signing_keys=keys)


def _signed(state: TerminalState, event: RecordSigned, _moment: Moment) -> TerminalState:
    last = state.chains.get(event.chain)
    if event.sequence != (last.sequence if last else 0) + 1:
        raise IllegalEvent(f"record {event.chain} {event.sequence} leaves a gap")
    if event.key_id != state.signing_key:
        raise IllegalEvent(f"record {event.chain} {event.sequence}: key {event.key_id} is unknown")
    head = ChainHead(event.sequence, event.signature)
    return replace(state, chains=MappingProxyType({**state.chains, event.chain: head}))


def _archived(state: TerminalState, event: ArchiveMade, _moment: Moment) -> TerminalState:
    reached = {chain: max(last, state.archived.get(chain, 0)) for chain, last in event.last.items()}
    return replace(state, archived=MappingProxyType({**state.archived, **reached}))


def _copied(state: TerminalState, _event: ArchiveCopied, _moment: Moment) -> TerminalState:
    return state


def _purged(state: TerminalState, event: JournalPurged, _moment: Moment) -> TerminalState:
    before = state.purges[-1].last_seq if state.purges else 0
    if event.first_seq != before + 1 or event.last_seq <= before:
        raise IllegalEvent(f"a purge of {event.first_seq} to {event.last_seq} follows {before}")
    purge = Purge(event.last_seq, event.base_sha256, event.archives)
    return replace(state, purges=(*state.purges, purge))


LAW_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    SigningKeyAdopted: _key_adopted,
    RecordSigned: _signed,
    ArchiveMade: _archived,
    ArchiveCopied: _copied,
    JournalPurged: _purged,
}
