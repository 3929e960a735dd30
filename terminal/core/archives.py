"""Archives of the books, and what a purge takes out of the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core.books import Purge
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    Event,
    JournalPurged,
)
from terminal.core.frozen import replace
from terminal.core.numbering import is_of_till, is_receipt_number, sequence_of
from terminal.core.policy import Moment
from terminal.core.state import TerminalState

YEAR_CHAIN = "GTA"
"""Chain of the closures of years (``fiscal.france``)."""


def year_to_archive(state: TerminalState) -> bool:
    """Tell whether a year was closed that no archive holds yet."""
    head = state.chains.get(YEAR_CHAIN)
    return head is not None and state.archived.get(YEAR_CHAIN, 0) < head.sequence


def no_such_receipt(state: TerminalState, receipt_number: str, till_number: str) -> Refused:
    """Say why a receipt is not found: none has the number, or it left this till for an archive."""
    details = {"receipt_number": receipt_number[:24]}
    if is_receipt_number(receipt_number) and is_of_till(receipt_number, till_number):
        sequence = sequence_of(receipt_number)
        for purge in state.purges:
            for file, _, last in purge.archives:
                if sequence <= last:
                    return Refused("receipt_archived", {**details, "file": file})
    return Refused("no_such_receipt", details)


def purged_in(state: TerminalState, day: str) -> str:
    """Return the archive that holds a trading day which left the till; empty when it is here."""
    for purge in state.purges:
        if day <= purge.last_day:
            return purge.archives[-1][0]
    return ""


def _archived(state: TerminalState, event: ArchiveMade, _moment: Moment) -> TerminalState:
    reached = {chain: max(last, state.archived.get(chain, 0)) for chain, last in event.last.items()}
    return replace(state, archived=MappingProxyType({**state.archived, **reached}))


def _copied(state: TerminalState, _event: ArchiveCopied, _moment: Moment) -> TerminalState:
    return state


def _purged(state: TerminalState, event: JournalPurged, _moment: Moment) -> TerminalState:
    before = state.purges[-1].last_seq if state.purges else 0
    if event.first_seq != before + 1 or event.last_seq <= before:
        raise IllegalEvent(f"a purge of {event.first_seq} to {event.last_seq} follows {before}")
    purge = Purge(event.last_seq, event.last_day, event.base_sha256, event.archives)
    return replace(state, purges=(*state.purges, purge))


ARCHIVE_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    ArchiveMade: _archived,
    ArchiveCopied: _copied,
    JournalPurged: _purged,
}
