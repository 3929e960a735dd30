"""Everything about a store that can be checked, and the first thing found wrong.

Order of the checks: the file itself, then record by record (number, hash, chain, meaning, receipt
numbers, totals, tenders), then the derived tables and the snapshot against the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import peewee

from terminal.core import basket
from terminal.core.books import Period, Purge
from terminal.core.errors import CoreError
from terminal.core.events import PeriodClosed, SaleCompleted
from terminal.core.state import TerminalState
from terminal.journal.database import DATABASE_ERRORS, scalar
from terminal.journal.errors import JournalError, StorageCorrupt
from terminal.journal.journal import Base, Journal
from terminal.store import snapshots
from terminal.store.beginning import Rows, beginning, sha256_of
from terminal.store.projections import Step
from terminal.store.rebuild import Shadow, differing, fingerprints
from terminal.store.replay import UNFIT, Evolve, replay

Audit = Callable[[Step | None], Iterator[tuple[str, str]]]
"""Looks at each step of the journal, and once at its end (None): what is wrong, as (code, detail).
"""

Look = Callable[[Step, peewee.SqliteDatabase], None]
"""Sees each step, and the tables derived from the journal up to it."""

NO_AUDIT: Audit = lambda _: iter(())  # noqa: E731 - a default of its type
NO_LOOK: Look = lambda _step, _database: None  # noqa: E731
MAX_PROBLEMS = 100
"""Problems named in a verdict: the first is what matters."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong. ``seq`` is the record it shows at, 0 when it lies beside the journal."""

    seq: int
    code: str
    """``database``, ``base``, ``record``, ``time``, ``receipt_number``, ``totals``, ``tenders``,
    ``closure``, ``tables`` or ``snapshot``, or what the law's auditor calls it
    (``fiscal.base.Finding``)."""
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found."""

    records: int
    """Records that are sound, counted up to the first bad one."""
    receipts: int
    """Completed sales among them."""
    problems: tuple[Problem, ...]
    purged: Purge | None = None
    """The records that the check could not see, because they are in archives."""

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def first_bad(self) -> Problem | None:
        """Return the first problem of a record, or else the first of any kind."""
        in_records = (problem for problem in self.problems if problem.seq)
        return next(in_records, next(iter(self.problems), None))


@dataclass(slots=True)
class _Findings:
    audit: Audit
    look: Look
    base: Base
    records: int = 0
    receipts: int = 0
    problems: list[Problem] = field(default_factory=list)
    purged: Purge | None = None

    def add(self, seq: int, code: str, detail: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(seq, code, detail))


def verify(
    database: peewee.SqliteDatabase,
    journal: Journal,
    evolve: Evolve,
    audit: Audit = NO_AUDIT,
    look: Look = NO_LOOK,
) -> Verdict:
    """Check a store in one read transaction, beside a running terminal too.

    A journal whose first records were purged is checked from its base on, and the base against the
    record of the purge.

    A long check keeps the write-ahead log from shrinking while it runs; it never blocks a sale.
    """
    found = _Findings(audit, look, journal.base, records=journal.base.seq)
    database.begin()
    try:
        _check_file(database, found)
        with closing(Shadow(_rows(journal.base))) as shadow:
            state_at_snapshot = _check_records(database, journal, evolve, shadow, found)
            if state_at_snapshot is not None:
                _check_derived(database, journal, shadow, state_at_snapshot, found)
    finally:
        database.rollback()
    return Verdict(found.records, found.receipts, tuple(found.problems), found.purged)


def _rows(base: Base) -> Rows:
    try:
        return beginning(base).rows
    except JournalError:
        return {}  # the check of the records says what is wrong with the base


def _check_file(database: peewee.SqliteDatabase, found: _Findings) -> None:
    try:
        verdict = scalar(database, "PRAGMA quick_check(1)")
    except DATABASE_ERRORS as error:
        verdict = str(error)
    if verdict != "ok":
        found.add(0, "database", str(verdict))


def _check_records(
    database: peewee.SqliteDatabase,
    journal: Journal,
    evolve: Evolve,
    shadow: Shadow,
    found: _Findings,
) -> dict[int, TerminalState] | None:
    """Replay the journal; return the state at the snapshot's record, or None when it broke off."""
    snapshot_seq = snapshots.newest_seq(database)
    states: dict[int, TerminalState] = {}
    try:
        state = beginning(journal.base).state
        states[journal.base.seq] = state
        found.receipts = state.last_receipt_sequence
        for step in replay(journal, evolve, state):
            state = step.after
            _check_time(step, found)
            if isinstance(step.event, SaleCompleted):
                _check_sale(step, step.event, found)
            if isinstance(step.event, PeriodClosed):
                _check_closure(step, step.event, found)
            for code, detail in found.audit(step):
                found.add(step.record.seq, code, detail)
            shadow.project(step)
            found.look(step, shadow.database)
            found.records = step.record.seq
            if step.record.seq == snapshot_seq:
                states[snapshot_seq] = step.after
        for code, detail in found.audit(None):
            found.add(found.records, code, detail)
        _check_base(state, found)
    except StorageCorrupt as error:
        found.add(error.seq, "record" if error.seq else "base", str(error))
        return None
    except JournalError as error:
        found.add(0, "base", str(error))
        return None
    except peewee.IntegrityError as error:
        twice = "UNIQUE" in str(error)
        code, words = ("receipt_number", "used twice") if twice else ("record", "does not fit")
        found.add(found.records + 1, code, f"{words} ({error})")
        return None
    except (CoreError, peewee.PeeweeException, *UNFIT) as error:
        found.add(found.records + 1, "record", f"does not fit ({error})")
        return None
    return states


def _check_base(state: TerminalState, found: _Findings) -> None:
    """Compare the base with what the record of the purge says of it."""
    if not found.base.seq:
        return
    last = next(iter(state.purges[-1:]), None)
    if last is None or last.last_seq != found.base.seq:
        found.add(0, "base", f"no record says that {found.base.seq} records were purged")
    elif last.base_sha256 != sha256_of(found.base):
        found.add(0, "base", f"the base is not the one that the purge of {last.last_seq} made")
    else:
        found.purged = last


def _check_time(step: Step, found: _Findings) -> None:
    """Neither the time nor the trading day of records ever goes back: the session sees to it."""
    record, before = step.record, step.before
    if record.at_ms < before.last_at_ms:
        found.add(record.seq, "time", f"{record.at_ms} comes after {before.last_at_ms}")
    if record.business_date < before.business_date:
        found.add(record.seq, "time", f"{record.business_date} comes after {before.business_date}")


def _check_sale(step: Step, event: SaleCompleted, found: _Findings) -> None:
    """Recompute a completed sale from its lines and tenders."""
    found.receipts += 1
    seq, sale = step.record.seq, step.after.sale
    last = step.before.last_receipt_sequence  # a restoration leaves numbers out, and says so
    if event.receipt_sequence != last + 1:
        words = f"{event.receipt_sequence} follows {last} ({event.receipt_number})"
        found.add(seq, "receipt_number", words)
    if sale is None or sale.sale_id != event.sale_id:
        found.add(seq, "record", f"{event.sale_id} is completed but was not open")
        return
    sums = basket.totals(sale)
    if (sums.total_minor, sums.vat_tuples()) != (event.total_minor, event.vat):
        found.add(seq, "totals", f"{event.receipt_number}: {event.total_minor} as recorded")
    if sums.due_minor != 0:
        found.add(seq, "tenders", f"{event.receipt_number}: {sums.due_minor} is not covered")


def _check_closure(step: Step, event: PeriodClosed, found: _Findings) -> None:
    """Compare a closure with the receipts since the one before."""
    books = step.before.books
    period = books.period(event.scope)
    vat = tuple((r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor) for r in period.vat)
    if (
        (event.count, event.total_minor, event.absolute_minor, event.vat, event.tenders)
        != (period.count, period.total_minor, period.absolute_minor, vat, period.tenders)
        or event.perpetual_minor != books.perpetual_minor
        or event.perpetual_absolute_minor != books.perpetual_absolute_minor
        or _has_other_categories(event, period)
    ):
        what = f"closure {event.scope} {event.number} says {event.total_minor}"
        found.add(step.record.seq, "closure", f"{what}, the receipts {period.total_minor}")


def _has_other_categories(event: PeriodClosed, period: Period) -> bool:
    """Closures of the first days say nothing of categories and cash movements."""
    said = {(kind, category, rate): rest for kind, category, rate, *rest in event.categories}
    rows = {
        (r.kind, r.category, r.rate_bp): [r.net_minor, r.vat_minor, r.gross_minor, r.count]
        for r in period.categories
    }
    return (bool(said) and said != rows) or event.movements not in ((), period.movements)


def _check_derived(
    database: peewee.SqliteDatabase,
    journal: Journal,
    shadow: Shadow,
    states: dict[int, TerminalState],
    found: _Findings,
) -> None:
    try:
        wrong = differing(fingerprints(database), shadow.fingerprints())
        snapshot = snapshots.newest(database, journal)
    except DATABASE_ERRORS as error:
        found.add(0, "tables", f"cannot be read: {error}")
        return
    if wrong:
        found.add(0, "tables", f"{', '.join(wrong)} differ from the journal: run rebuild")
    if snapshot is not None and states.get(snapshot.seq) != snapshot.state:
        found.add(0, "snapshot", f"differs from the journal at {snapshot.seq}: run rebuild")
