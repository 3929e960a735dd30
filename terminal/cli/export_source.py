"""What an export reads: the closed days of a period, and its records, from a store that may be in
use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from terminal.core import categories, closing
from terminal.core.books import CategoryRow
from terminal.core.events import (
    Event,
    OperatorSignedOff,
    OperatorSignedOn,
    PeriodClosed,
    RecordSigned,
    SaleCancelled,
    SaleCompleted,
)
from terminal.core.state import Sale, TerminalState
from terminal.exports.days import Day, NotBalanced, day_of, has_entry, rows_of
from terminal.exports.ledger import EXPORTED, Entry
from terminal.fiscal.archive import Period
from terminal.journal.records import Record
from terminal.journal.upcast import decode
from terminal.settings import ConfigError
from terminal.store import ledger
from terminal.store.ledger import DayClosure
from terminal.store.store import Store

RECEIPT_CHAIN = "TIK"


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the journal that a period covers, its days, and what is not closed of it."""

    after_seq: int
    until_seq: int
    days: tuple[tuple[int, DayClosure], ...]
    """Number of the entry in the accounts, and the closure."""
    open: PeriodClosed | None
    """What the day that is not closed yet comes to so far."""
    next_entry: int


class StoreLedger:
    """The records of a period in a store (``exports.ledger.Ledger``)."""

    def __init__(
        self, store: Store, period: Period, default_category: str, *, provisional: bool
    ) -> None:
        """Find the period.

        Raises:
            ConfigError: nothing was closed in it, or not all of it and ``provisional`` is False.
        """
        self._store = store
        self._default = default_category
        self.span = _span(store, period, store.load(), provisional=provisional)

    def days(self) -> Iterator[Day]:
        """Yield the closed days, and the open one if it was asked for.

        Raises:
            NotBalanced: a closure does not add up.
        """
        for entry, closure in self.span.days:
            rows = rows_of(closure.event) or self._rows(closure.after_seq, closure.seq)
            yield day_of(closure.event, rows, self._default, closure.closed_at_ms, entry)
        event = self.span.open
        if event is not None:
            entry = self.span.next_entry if has_entry(event) else 0
            yield day_of(event, rows_of(event), self._default, entry=entry)

    def _rows(self, after_seq: int, until_seq: int) -> tuple[CategoryRow, ...]:
        """Return what a closure from before there were categories would have said."""
        rows: tuple[CategoryRow, ...] = ()
        for sale in ledger.completed_sales(self._store, after_seq, until_seq):
            rows = categories.added(rows, categories.of_sale(sale))
        return rows

    def entries(self) -> Iterator[Entry]:
        """Yield what happened, in order.

        Raises:
            NotBalanced: the receipts are not all there, or not what was closed.
        """
        types = [kind.__name__ for kind in EXPORTED]
        span, operator = self.span, ""
        receipts = total = 0
        for record in ledger.records(self._store, types, span.after_seq, span.until_seq):
            event = decode(record)
            match event:
                case OperatorSignedOn(operator_id=who):
                    operator = who
                case SaleCompleted():
                    receipts += 1
                    total += event.total_minor
                case PeriodClosed(scope="day"):
                    if (receipts, total) != (event.count, event.total_minor):
                        raise NotBalanced(
                            f"closure {event.number} of {event.period} has {event.count} receipts, "
                            f"{receipts} are here: take them from the archive"
                        )
                    receipts = total = 0
            yield self._entry(record, event, operator)
            if isinstance(event, OperatorSignedOff):
                operator = ""

    def _entry(self, record: Record, event: Event, operator: str) -> Entry:
        entry = Entry(record.seq, record.at_ms, record.business_date, event, operator)
        if not isinstance(event, SaleCompleted | SaleCancelled):
            return entry
        sale = self._store.sale_by_id(event.sale_id)
        if sale is None:
            raise NotBalanced(f"sale {event.sale_id} is not here: take it from the archive")
        entry = replace(entry, sale=sale)
        return self._signed(entry, sale) if isinstance(event, SaleCompleted) else entry

    def _signed(self, entry: Entry, sale: Sale) -> Entry:
        """Add the signature of a receipt, which stands behind it where the law asks for one."""
        behind = ledger.record(self._store, entry.seq + 1)
        if behind is None or behind.type != RecordSigned.__name__:
            return entry
        signed = decode(behind)
        if not isinstance(signed, RecordSigned) or signed.chain != RECEIPT_CHAIN:
            return entry
        if signed.document != sale.receipt_number:
            return entry
        return replace(entry, signature=signed.signature, key_id=signed.key_id)

    def receipt_total(self, receipt_number: str) -> int:
        """Return the total of a receipt; 0 when there is none of that number."""
        sale = self._store.sale(receipt_number)
        return 0 if sale is None else sale.total_minor


def _span(store: Store, period: Period, state: TerminalState, *, provisional: bool) -> Span:
    days: list[tuple[int, DayClosure]] = []
    entries = before_seq = last_seq = 0
    for closure in ledger.day_closures(store):
        counted = has_entry(closure.event)
        entries += counted
        last_seq = closure.seq
        if closure.event.period < period.first:
            before_seq = closure.seq
        elif closure.event.period <= period.last:
            days.append((entries if counted else 0, closure))
    open_day = state.books.day.key
    is_open = period.first <= open_day <= period.last
    _check_complete(period, state, closed=bool(days), is_open=is_open, provisional=provisional)
    if is_open:
        event = closing.closure(state, "day", open_day, (), "")
        after = days[0][1].after_seq if days else last_seq
        return Span(after, ledger.newest_seq(store), tuple(days), event, entries + 1)
    after, until = (days[0][1].after_seq, days[-1][1].seq) if days else (before_seq, before_seq)
    return Span(after, until, tuple(days), None, entries + 1)


def _check_complete(
    period: Period, state: TerminalState, *, closed: bool, is_open: bool, provisional: bool
) -> None:
    """Refuse a period of which nothing is known, or that is not over, unless that is wanted."""
    if not closed and not is_open:
        raise ConfigError(f"nothing was closed from {period.first} to {period.last}", key="period")
    if provisional:
        return
    if is_open:
        raise ConfigError(
            f"{state.books.day.key} is not closed yet; --provisional writes it as it stands",
            key="period",
        )
    last = state.books.closed.get("day", "")
    if last < period.last:
        raise ConfigError(
            f"it is not over: the last day closed is {last}; --provisional writes what is there",
            key="period",
        )
