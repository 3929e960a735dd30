"""What enters the books beside sales: cash, closures, keys, signed records, archives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from terminal.core import closing, extraction, training
from terminal.core.books import ChainHead
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    ArchiveMade,
    CashMoved,
    ClosureExtracted,
    DataExported,
    Event,
    PeriodClosed,
    RecordSigned,
    SigningKeyAdopted,
    TrainingBegan,
    TrainingEnded,
)
from terminal.core.frozen import replace
from terminal.core.policy import Moment
from terminal.core.state import TerminalState


def _cash_moved(state: TerminalState, event: CashMoved, _moment: Moment) -> TerminalState:
    return replace(state, books=closing.cash_moved(state.books, event))


def _period_closed(state: TerminalState, event: PeriodClosed, _moment: Moment) -> TerminalState:
    return replace(state, books=closing.closed(state.books, event))


def _extracted(state: TerminalState, event: ClosureExtracted, _moment: Moment) -> TerminalState:
    return replace(state, books=extraction.extracted(state.books, event))


# --- the law --------------------------------------------------------------------------------------


def _key_adopted(state: TerminalState, event: SigningKeyAdopted, _moment: Moment) -> TerminalState:
    return replace(state, signing_key=event.key_id)


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


def _exported(state: TerminalState, _: DataExported, _moment: Moment) -> TerminalState:
    return state


BOOK_FACTS: Mapping[type[Event], Callable[[TerminalState, Any, Moment], TerminalState]] = {
    CashMoved: _cash_moved,
    PeriodClosed: _period_closed,
    ClosureExtracted: _extracted,
    TrainingBegan: training.began,
    TrainingEnded: training.ended,
    SigningKeyAdopted: _key_adopted,
    RecordSigned: _signed,
    ArchiveMade: _archived,
    DataExported: _exported,
}
