"""The store: the journal and what is derived from it, behind the questions a terminal asks.

One writer thread opens and uses a ``Store`` (connections belong to the thread that opens them, see
``journal.database``).  Other threads and processes read through ``Store.open_read_only``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from terminal.core.events import Event, PeriodClosed, from_payload
from terminal.core.policy import Moment
from terminal.core.state import PaymentState, Sale, SaleStatus, TerminalState
from terminal.journal.checkpoint import Checkpointer
from terminal.journal.database import (
    DatabaseFactory,
    data_lock,
    open_database,
)
from terminal.journal.errors import StorageAbsent, StorageCorrupt, storage_errors
from terminal.journal.gate import TODAY, Gate
from terminal.journal.journal import Journal, has_journal
from terminal.journal.records import Record
from terminal.store import codec, snapshots
from terminal.store.beginning import beginning
from terminal.store.projections import Step, project
from terminal.store.rebuild import RebuildReport, rebuild
from terminal.store.renewal import initialise, ready
from terminal.store.replay import Evolve, replay
from terminal.store.snapshots import SNAPSHOT_EVERY, is_between_sales
from terminal.store.tables import (
    ClosureRow,
    OutboxRow,
    PaymentRow,
    PaymentStepRow,
    PrintJobRow,
    SaleRow,
)
from terminal.store.verify import NO_AUDIT, NO_LOOK, Audit, Look, Verdict, verify

DATABASE_NAME = "store.db"
MAX_LISTED = 200
"""Receipts listed at a time, at most."""
_STANDING = (PaymentState.BOOKED, PaymentState.MANUAL_PAID)
"""Final states of a payment that a tender covers."""


@dataclass(frozen=True, slots=True)
class ReceiptSummary:
    """One line in a list of receipts."""

    receipt_sequence: int
    receipt_number: str
    sale_id: str
    business_date: str
    completed_at_ms: int
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class AttemptStep:
    """One thing that happened to a payment attempt; ``payload`` as journaled."""

    seq: int
    attempt_id: str
    event: str
    state: str
    at_ms: int
    payload_json: str


@dataclass(frozen=True, slots=True)
class CardTotals:
    """Card payments and refunds that stand in the books: how many, and payments less refunds."""

    count: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure, and when it was made."""

    closed_at_ms: int
    event: PeriodClosed
    extractions: int = 0
    """How often it was handed over (CLO-01, CLO-02)."""


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What waits to go up."""

    count: int
    oldest_at_ms: int
    """0 when nothing waits."""


class Store:
    """An open store. Every method may raise the errors of ``terminal.journal.errors``."""

    def __init__(
        self,
        database: peewee.SqliteDatabase,
        path: Path,
        evolve: Evolve,
        resources: ExitStack,
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        self.database = database
        self.path = path
        self.evolve = evolve
        self.journal = Journal(database, path)
        self._resources = resources
        self._log = Checkpointer(database, path)
        self._snapshot_every = snapshot_every
        self._snapshot_seq = 0

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        evolve: Evolve,
        create: bool = False,
        database_factory: DatabaseFactory = peewee.SqliteDatabase,
        lock: bool = True,
        snapshot_every: int = SNAPSHOT_EVERY,
        gate: Gate = TODAY,
    ) -> Store:
        """Open the store of a data directory for writing, in the thread that will use it.

        Args:
            create: make an empty store when there is none; an existing one is opened as it is.
            lock: hold the directory against a second terminal process.
            snapshot_every: records between two snapshots, at least.
            gate: what this version may write (``journal.gate``).

        Raises:
            StoreInUse: another process has it open for writing.
            StorageAbsent: there is none, and ``create`` is False.
            JournalError: it cannot be opened or trusted; nothing was overwritten.
        """
        path = data_dir / DATABASE_NAME
        with ExitStack() as stack:
            if lock:
                if not data_dir.is_dir():
                    raise StorageAbsent(f"{data_dir} does not exist")
                stack.enter_context(data_lock(data_dir))
            database = open_database(path, database_factory, create=create)
            stack.callback(database.close)
            if not has_journal(database, path, gate):
                if not create:
                    raise StorageAbsent(f"{path} is empty: initialise the data directory first")
                initialise(database, path)
            ready(database, path, evolve, gate)
            store = cls(database, path, evolve, stack.pop_all(), snapshot_every)
            store.journal.gate = gate
            return store

    @classmethod
    def open_read_only(cls, data_dir: Path, *, evolve: Evolve) -> Store:
        """Open beside a running terminal, to read and verify; an append is refused."""
        path = data_dir / DATABASE_NAME
        with ExitStack() as stack:
            database = open_database(path, read_only=True)
            stack.callback(database.close)
            if not has_journal(database, path):
                raise StorageAbsent(f"{path} is empty: initialise the data directory first")
            return cls(database, path, evolve, stack.pop_all())

    def close(self) -> None:
        """Close the connection and let go of the directory."""
        with storage_errors(self.path):
            self._resources.close()

    # --- truth ------------------------------------------------------------------------------------

    def load(self) -> TerminalState:
        """Return the state after the last record: the snapshot, and the verified tail folded.

        Raises:
            StorageCorrupt: names the first record that cannot be trusted.
        """
        with storage_errors(self.path):
            snapshot = snapshots.newest(self.database, self.journal)
        if snapshot is not None:
            state, seq = snapshot.state, snapshot.seq
        else:
            state, seq = beginning(self.journal.base).state, self.journal.base.seq
        self._snapshot_seq = seq
        for step in replay(self.journal, self.evolve, state, seq):
            state, seq = step.after, step.record.seq
        if seq < self.journal.head.seq:
            missing = seq + 1
            raise StorageCorrupt(f"{self.path}: record {missing} is missing", seq=missing)
        return state

    def append(
        self, events: Sequence[Event], moment: Moment, before: TerminalState
    ) -> TerminalState:
        """Make events durable, with their rows and now and then a snapshot; return the new state.

        Raises:
            IllegalEvent: an event does not apply; nothing was written.
            JournalError: nothing counts as written; reopen and load before going on.
        """
        states = [before]
        for event in events:
            states.append(self.evolve(states[-1], event, moment))
        self._log.keep_bounded()
        seq = self.journal.head.seq + len(events)
        due = seq - self._snapshot_seq >= self._snapshot_every and is_between_sales(states[-1])

        def also(records: tuple[Record, ...]) -> None:
            for n, (record, event) in enumerate(zip(records, events, strict=True)):
                project(self.database, Step(record, event, states[n], states[n + 1]))
            if due:
                snapshots.write(self.database, records[-1], states[-1])

        if self.journal.append(events, moment, also) and due:
            self._snapshot_seq = seq
        self._log.committed()
        if is_between_sales(states[-1]) and not states[-1].print_jobs:
            self._log.tidy()
        return states[-1]

    def verify(self, audit: Audit = NO_AUDIT, look: Look = NO_LOOK) -> Verdict:
        """Check everything that can be checked; see ``store.verify``. Also works read-only."""
        with storage_errors(self.path):
            return verify(self.database, self.journal, self.evolve, audit, look)

    def rebuild(self) -> RebuildReport:
        """Make the derived tables again from the journal, in one transaction.

        Raises:
            StorageCorrupt: names the first bad record; nothing was changed.
        """
        with storage_errors(self.path):
            report = rebuild(self.database, self.journal, self.evolve)
        self.checkpoint(truncate=True)
        return report

    def checkpoint(self, *, truncate: bool = False) -> bool:
        """Move the write-ahead log into the file, between sales (``truncate``: at day close)."""
        return self._log.checkpoint(truncate=truncate)

    def wal_bytes(self) -> int:
        """Return the size of the write-ahead log on the disk."""
        return self._log.wal_bytes()

    # --- questions --------------------------------------------------------------------------------

    def sale(self, receipt_number: str) -> Sale | None:
        """Return a completed sale as it was when its receipt was numbered, or None."""
        return self._document(SaleRow.receipt_number == receipt_number)

    def sale_by_id(self, sale_id: str) -> Sale | None:
        """Return a completed or cancelled sale, or None."""
        return self._document(SaleRow.sale_id == sale_id)

    def _document(self, condition: Any) -> Sale | None:
        query = SaleRow.select(SaleRow.document).where(condition)
        for (document,) in self._tuples(query):
            return self._decoded(document)
        return None

    def _decoded(self, document: str) -> Sale:
        try:
            return codec.decode(Sale, document)
        except codec.NotDecodable as error:
            raise StorageCorrupt(f"{self.path}: a sale cannot be read ({error})") from error

    def receipts(
        self, limit: int, before_sequence: int | None = None
    ) -> tuple[ReceiptSummary, ...]:
        """Return the newest receipts first, at most MAX_LISTED, older than a sequence number."""
        query = SaleRow.select(
            SaleRow.receipt_sequence,
            SaleRow.receipt_number,
            SaleRow.sale_id,
            SaleRow.business_date,
            SaleRow.ended_at_ms,
            SaleRow.total_minor,
            SaleRow.currency,
        ).where(SaleRow.status == SaleStatus.COMPLETED.value)
        if before_sequence is not None:
            query = query.where(SaleRow.receipt_sequence < before_sequence)
        query = query.order_by(SaleRow.receipt_sequence.desc()).limit(min(limit, MAX_LISTED))
        return tuple(ReceiptSummary(*row) for row in self._tuples(query))

    def closure(self, scope: str, number: int) -> Closure | None:
        """Return a closure of a day, a month or a year, or None."""
        found = self._closures((ClosureRow.scope == scope) & (ClosureRow.number == number), limit=1)
        return next(iter(found), None)

    def closures(self, limit: int) -> tuple[Closure, ...]:
        """Return the newest closures first, at most MAX_LISTED."""
        return self._closures(ClosureRow.seq > 0, min(limit, MAX_LISTED))

    def _closures(self, condition: Any, limit: int) -> tuple[Closure, ...]:
        query = (
            ClosureRow.select(ClosureRow.closed_at_ms, ClosureRow.document, ClosureRow.extractions)
            .where(condition)
            .order_by(ClosureRow.seq.desc())
            .limit(limit)
        )
        return tuple(
            Closure(at_ms, _closure(document), times)
            for at_ms, document, times in self._tuples(query)
        )

    def report_copies(self, scope: str, number: int) -> int:
        """Return how many duplicates of a closure's report were asked for."""
        of_closure = (PrintJobRow.kind == "closure") & (PrintJobRow.sale_id == scope)
        return self._copies(of_closure & (PrintJobRow.receipt_number == str(number)))

    def copies(self, receipt_number: str) -> int:
        """Return how many duplicates of a receipt were asked for."""
        return self._copies(PrintJobRow.receipt_number == receipt_number)

    def _copies(self, condition: Any) -> int:
        query = PrintJobRow.select(peewee.fn.MAX(PrintJobRow.copy_number)).where(condition)
        return next((row[0] or 0 for row in self._tuples(query)), 0)

    def slips(self, sale_id: str) -> int:
        """Return how many interruption slips of a sale were asked for."""
        query = PrintJobRow.select(peewee.fn.COUNT(PrintJobRow.job_id)).where(
            (PrintJobRow.sale_id == sale_id) & (PrintJobRow.kind == "interruption")
        )
        return next((row[0] for row in self._tuples(query)), 0)

    def card_totals(self, terminal_id: str, after_sequence: int) -> CardTotals:
        """Return what stands of a terminal's attempts after a sequence number (rule R11).

        What a supervisor declared paid counts with the amount that was asked for.
        """
        query = PaymentRow.select(
            PaymentRow.operation, PaymentRow.approved_minor, PaymentRow.amount_minor
        ).where(
            (PaymentRow.terminal_id == terminal_id)
            & (PaymentRow.sequence > after_sequence)
            & PaymentRow.state.in_([state.value for state in _STANDING])
        )
        amounts = [
            -(approved or asked) if operation == "refund" else approved or asked
            for operation, approved, asked in self._tuples(query)
        ]
        return CardTotals(len(amounts), sum(amounts))

    def attempt_history(self, sale_id: str) -> tuple[AttemptStep, ...]:
        """Return what happened to every payment attempt of a sale, in order."""
        query = (
            PaymentStepRow.select(
                PaymentStepRow.seq,
                PaymentStepRow.attempt_id,
                PaymentStepRow.event,
                PaymentStepRow.state,
                PaymentStepRow.at_ms,
                PaymentStepRow.payload,
            )
            .join(PaymentRow, on=(PaymentRow.attempt_id == PaymentStepRow.attempt_id))
            .where(PaymentRow.sale_id == sale_id)
            .order_by(PaymentStepRow.seq)
        )
        return tuple(AttemptStep(*row) for row in self._tuples(query))

    def outbox(self, acked_seq: int = 0) -> OutboxStatus:
        """Return how many documents after what is up wait to go up, and since when."""
        query = OutboxRow.select(peewee.fn.COUNT(OutboxRow.seq), peewee.fn.MIN(OutboxRow.at_ms))
        query = query.where(OutboxRow.seq > acked_seq)
        ((count, oldest),) = self._tuples(query)
        return OutboxStatus(count, oldest or 0)

    def _tuples(self, query: Any) -> list[tuple[Any, ...]]:
        with storage_errors(self.path):
            return list(query.tuples().execute(self.database))


def _closure(document: str) -> PeriodClosed:
    event = from_payload("PeriodClosed", json.loads(document))
    if not isinstance(event, PeriodClosed):
        raise StorageCorrupt("a closure cannot be read")
    return event
