"""A rehearsal: this version goes through the books that another one wrote, and must agree.

Everything that a shop or an authority can hold against a receipt is computed again from the lines
and the tenders, by the code of today, and compared with what was written when the receipt was
printed: totals, VAT, what was promised before paying, cash rounding and change, the number and its
check digit, closures, signatures (through the law's auditor), and the rows and documents that the
other version derived.  Columns and fields that only one of the two versions knows are no
difference: a version may derive more than the one before.

Nothing is written; whoever calls gives a copy, because reading years takes a while.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import peewee

from terminal.core import basket
from terminal.core.events import SaleCompleted, TenderBooked, TenderingStarted
from terminal.core.numbering import PREFIX_DIGITS, TILL_DIGITS, receipt_number
from terminal.core.state import Sale
from terminal.core.tenders import settle_in_cash
from terminal.journal.database import execute
from terminal.store.projections import Step
from terminal.store.store import Store
from terminal.store.tables import DERIVED, SaleRow
from terminal.store.verify import NO_AUDIT, Audit

MAX_DIFFERENCES = 100
"""Differences named: the first one is enough to stay with the old version."""
CASH_STEPS = (1, 2, 5, 10, 20, 25, 50, 100)
"""Steps that cash amounts are rounded to anywhere; the shop may have changed its own since."""
DERIVED_PROBLEMS = frozenset({"tables", "snapshot"})
"""What ``verify`` says of tables that another version derives otherwise; compared here instead."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two versions do not say alike."""

    what: str
    """``total``, ``vat``, ``promise``, ``change``, ``number``, a table with its column, or the code
    of a problem (``store.verify``)."""
    recorded: str
    computed: str
    receipt_number: str = ""
    seq: int = 0
    """Of the record, 0 when it shows beside the journal."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal found."""

    records: int
    receipts: int
    """Completed sales that were computed again, among the days asked for."""
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        return not self.differences


@dataclass(slots=True)
class _Rehearsal:
    database: peewee.SqliteDatabase
    head: int
    since: str
    receipts: int = 0
    differences: list[Difference] = field(default_factory=list)
    cash: tuple[str, int, int, int] = ("", 0, 0, 0)
    """The cash tender booked last: (sale, time of its record, due before it, amount)."""

    def look(self, step: Step, shadow: peewee.SqliteDatabase) -> None:
        if step.record.business_date >= self.since:
            self._computed_again(step)
        if step.record.seq == self.head:
            for one in compared(self.database, shadow):
                self.add(one)

    def add(self, one: Difference) -> None:
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(one)

    def _computed_again(self, step: Step) -> None:
        event = step.event
        match event:
            case TenderingStarted():
                sums = basket.totals(_sale(step.before.sale))
                was = (event.total_minor, event.vat)
                self._same(step, "promise", was, (sums.total_minor, sums.vat_tuples()))
            case TenderBooked(kind="cash"):
                due = basket.totals(_sale(step.before.sale)).due_minor
                self.cash = (event.sale_id, step.record.at_ms, due, event.amount_minor)
            case SaleCompleted():
                self.receipts += 1
                self._document(step, event)

    def _document(self, step: Step, event: SaleCompleted) -> None:
        sums = basket.totals(_sale(step.after.sale))
        number = event.receipt_number
        self._same(step, "total", event.total_minor, sums.total_minor, number)
        self._same(step, "vat", event.vat, sums.vat_tuples(), number)
        prefix, till = number[:PREFIX_DIGITS], number[PREFIX_DIGITS : PREFIX_DIGITS + TILL_DIGITS]
        again = receipt_number(prefix, till, event.receipt_sequence)
        self._same(step, "number", number, again, number)
        sale_id, at_ms, due, amount = self.cash
        if (sale_id, at_ms) == (event.sale_id, step.record.at_ms):
            was = (event.rounding_minor, event.change_minor)
            ways = [settle_in_cash(due, amount, cash_step) for cash_step in CASH_STEPS]
            found = [(way.rounding_minor, way.change_minor) for way in ways if way is not None]
            if was not in found:
                self._same(step, "change", was, found[:1] or "not covered", number)

    def _same(
        self, step: Step, what: str, recorded: Any, computed: Any, receipt_number: str = ""
    ) -> None:
        if recorded != computed:
            seq = step.record.seq
            self.add(Difference(what, str(recorded), str(computed), receipt_number, seq))


def rehearse(store: Store, *, since: str = "", audit: Audit = NO_AUDIT) -> Rehearsed:
    """Go through a store that another version wrote, and say where this one does not agree.

    Args:
        store: open for reading; a copy.
        since: business date from which sales are computed again; the fold, the signatures and the
            derived rows are those of the whole journal in any case.
        audit: the law's auditor.

    Raises:
        JournalError: it cannot be read by this version.
    """
    rehearsal = _Rehearsal(store.database, store.journal.head.seq, since)
    verdict = store.verify(audit, rehearsal.look)
    for problem in verdict.problems:
        if problem.code not in DERIVED_PROBLEMS:
            rehearsal.add(Difference(problem.code, problem.detail, "", seq=problem.seq))
    return Rehearsed(verdict.records, rehearsal.receipts, tuple(rehearsal.differences))


def _sale(sale: Sale | None) -> Sale:
    assert sale is not None, "an event of a sale was folded without one"  # noqa: S101
    return sale


# --- derived rows ---------------------------------------------------------------------------------


def compared(
    recorded: peewee.SqliteDatabase, computed: peewee.SqliteDatabase
) -> Iterator[Difference]:
    """Yield where the rows of two databases differ, in the columns that both of them have."""
    for model in DERIVED:
        meta = model._meta  # noqa: SLF001 - peewee's own way to it
        known = _columns(recorded, meta.table_name)
        columns = [one.column_name for one in meta.sorted_fields if one.column_name in known]
        primary: tuple[peewee.Field, ...]
        primary = meta.get_primary_keys()  # type: ignore[no-untyped-call]
        keys = [one.column_name for one in primary]
        if columns and set(keys) <= set(columns):
            yield from _rows_compared(recorded, computed, meta.table_name, columns, keys)


def _columns(database: peewee.SqliteDatabase, table: str) -> frozenset[str]:
    rows = execute(database, f"PRAGMA table_info({table})").fetchall()
    return frozenset(row[1] for row in rows)


def _rows_compared(
    recorded: peewee.SqliteDatabase,
    computed: peewee.SqliteDatabase,
    table: str,
    columns: list[str],
    keys: list[str],
) -> Iterator[Difference]:
    named = ", ".join(f'"{one}"' for one in columns)
    order = ", ".join(f'"{one}"' for one in keys)
    sql = f'SELECT {named} FROM "{table}" ORDER BY {order}'  # noqa: S608 - names of our own tables
    places = [columns.index(key) for key in keys]
    old, new = iter(execute(recorded, sql)), iter(execute(computed, sql))
    was, now = next(old, None), next(new, None)
    while was is not None or now is not None:
        key_was = () if was is None else tuple(was[n] for n in places)
        key_now = () if now is None else tuple(now[n] for n in places)
        if was is not None and now is not None and key_was == key_now:
            yield from _row_compared(recorded, table, columns, was, now)
            was, now = next(old, None), next(new, None)
        elif was is not None and (now is None or key_was < key_now):
            yield Difference(table, str(key_was), "no such row", _receipt(recorded, columns, was))
            was = next(old, None)
        else:
            yield Difference(table, "no such row", str(key_now), _receipt(recorded, columns, now))
            now = next(new, None)


def _row_compared(
    recorded: peewee.SqliteDatabase,
    table: str,
    columns: list[str],
    was: tuple[Any, ...],
    now: tuple[Any, ...],
) -> Iterator[Difference]:
    if was == now:
        return
    for column, one, other in zip(columns, was, now, strict=True):
        if one == other:
            continue
        pairs: Iterator[tuple[str, Any, Any]] = iter([("", one, other)])
        if column == "document":
            pairs = _unlike(json.loads(one), json.loads(other))
        for place, a, b in pairs:
            what = f"{table}.{column}{place}"
            yield Difference(what, str(a), str(b), _receipt(recorded, columns, was))


def _unlike(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two documents differ; a field that only one of them has is no difference."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one.keys() & other.keys():
            yield from _unlike(one[name], other[name], f"{place}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from _unlike(a, b, f"{place}[{n}]")
    elif one != other:
        yield place, one, other


def _receipt(
    database: peewee.SqliteDatabase, columns: list[str], row: tuple[Any, ...] | None
) -> str:
    """Return the number of the receipt that a row belongs to, as the other version wrote it."""
    values = dict(zip(columns, row or (), strict=False))
    if values.get("receipt_number"):
        return str(values["receipt_number"])
    sale_id = values.get("sale_id")
    if sale_id is None:
        return ""
    query = SaleRow.select(SaleRow.receipt_number).where(SaleRow.sale_id == sale_id)
    return next((number or "" for (number,) in query.tuples().execute(database)), "")
