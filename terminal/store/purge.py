"""Taking the oldest records out of the journal: all of it one transaction.

The record of the purge, the base, and the rows that go are written together; a cut leaves the whole
journal or the shorter one, never anything between.  Space is given back afterwards, see
``store.compact``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from terminal.core.events import Event
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.journal.journal import Base, cut_off
from terminal.journal.records import Record
from terminal.store import snapshots
from terminal.store.beginning import Rows, base_of
from terminal.store.projections import Step, project
from terminal.store.store import Store
from terminal.store.tables import (
    DERIVED,
    NoticeRow,
    OutboxRow,
    PaymentRow,
    PaymentStepRow,
    PrintJobRow,
    SaleRow,
    TenderRow,
    VatTotalRow,
)

Going = Callable[[int, TerminalState], Any]
"""(record, state after it) -> the condition of the rows that leave with the records up to it."""


def _held(state: TerminalState) -> list[str]:
    """Return the payment attempts that may still change: of sales that are not finished."""
    sales = [*state.parked.values(), *([state.sale] if state.sale else [])]
    tendered = [tender.attempt_id for sale in sales for tender in sale.tenders]
    return [*state.attempts, *tendered]


def _ended(seq: int, _state: TerminalState) -> Any:
    return SaleRow.select(SaleRow.sale_id).where(SaleRow.seq <= seq)


def _begun(seq: int) -> Any:
    return PaymentStepRow.select(PaymentStepRow.attempt_id).where(PaymentStepRow.seq <= seq)


GOING: Mapping[type[peewee.Model], Going] = {
    TenderRow: lambda seq, state: TenderRow.sale_id.in_(_ended(seq, state)),
    VatTotalRow: lambda seq, state: VatTotalRow.sale_id.in_(_ended(seq, state)),
    SaleRow: lambda seq, _: SaleRow.seq <= seq,
    PaymentRow: lambda seq, state: (
        PaymentRow.attempt_id.in_(_begun(seq)) & PaymentRow.attempt_id.not_in(_held(state))
    ),
    PaymentStepRow: lambda seq, state: (
        (PaymentStepRow.seq <= seq) & PaymentStepRow.attempt_id.not_in(_held(state))
    ),
    PrintJobRow: lambda _, state: (
        (PrintJobRow.job_id <= state.last_job) & PrintJobRow.job_id.not_in(list(state.print_jobs))
    ),
    OutboxRow: lambda seq, _: OutboxRow.seq <= seq,
    NoticeRow: lambda _, state: (
        (NoticeRow.notice_id <= state.last_notice)
        & NoticeRow.notice_id.not_in([notice.notice_id for notice in state.notices])
    ),
}
"""Rows that go, table by table, in this order: a condition may look at a table below its own.

The rows of a table that is not here stay for ever: closures with their totals, archives.  Whatever
stays is in the base as well, so that a rebuild finds it.
"""


def staying(database: peewee.SqliteDatabase, seq: int, state: TerminalState) -> Rows:
    """Return the rows that outlive the records up to ``seq``, of tables as they were just then."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for model in DERIVED:
        query = model.select()
        if model in GOING:
            query = query.where(~GOING[model](seq, state))
        rows[model._meta.table_name] = list(query.dicts().execute(database))  # noqa: SLF001
    return rows


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a journal is cut: its new base, and the state after the last record that goes."""

    base: Base
    state: TerminalState
    business_date: str


@dataclass
class CutTaker:
    """Looks on while a journal is verified, and takes the base at one of its records."""

    seq: int
    cut: Cut | None = None

    def look(self, step: Step, derived: peewee.SqliteDatabase) -> None:
        """See a step, and the tables derived from the journal so far."""
        if step.record.seq == self.seq:
            base = base_of(step.record, step.after, staying(derived, self.seq, step.after))
            self.cut = Cut(base, step.after, step.record.business_date)


def purge(
    store: Store, cut: Cut, events: Sequence[Event], moment: Moment, before: TerminalState
) -> TerminalState:
    """Put a base in the place of the records up to it; return the state after ``events``.

    Args:
        events: what the journal says of it, written in the same transaction.
        before: the state now.

    Raises:
        JournalError: nothing counts as done; the store must be opened again.
    """
    states = [before]
    for event in events:
        states.append(store.evolve(states[-1], event, moment))

    def also(records: tuple[Record, ...]) -> None:
        for n, (record, event) in enumerate(zip(records, events, strict=True)):
            project(store.database, Step(record, event, states[n], states[n + 1]))
        for model, going in GOING.items():
            model.delete().where(going(cut.base.seq, cut.state)).execute(store.database)
        cut_off(store.database, cut.base)
        snapshots.write(store.database, records[-1], states[-1])

    store.journal.append(events, moment, also)
    store.journal.base = cut.base
    store.checkpoint(truncate=True)
    return states[-1]
