"""Closures of the day, the month and the year: always possible, never twice, none left out.

A day closes by hand, or by itself before anything is recorded on a later trading day; a month and a
year close behind their last day.  Days without a receipt close too.  What is open at that moment (a
payment in doubt, a sale on the screen) does not stand in the way: it is a line of the closure.

A closure is one event in one transaction.  So a cut leaves it whole or undone, and one that is due
is due again at the next start.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import MappingProxyType

from terminal.core import authority
from terminal.core.books import Books, Period
from terminal.core.commands import ClosePeriod, MoveCash, PrintReading, ReprintClosure
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.events import CashMoved, DrawerOpened, Event, PeriodClosed
from terminal.core.extraction import may_extract
from terminal.core.frozen import replace
from terminal.core.limits import MAX_AMOUNT_MINOR, MAX_COUNTED, MAX_UNFINISHED_JOBS
from terminal.core.payment import DOUBTFUL
from terminal.core.periods import SCOPES, key_of
from terminal.core.policy import Moment, Policy
from terminal.core.printing import queue
from terminal.core.sale import Decision
from terminal.core.state import SaleStatus, TerminalState
from terminal.core.wording import check_key, check_reason, check_text

CASH_KINDS = ("float", "drop", "paid_in", "paid_out")
MAX_DAYS_BEHIND = 400
"""Days that one start closes at most: a till that slept longer begins anew a year ago."""
CLOSURE = "closure"
READING = "reading"
"""Kinds of print jobs: the report of a closure (Z), and of what is open now (X)."""


# --- by hand --------------------------------------------------------------------------------------


def close(state: TerminalState, command: ClosePeriod, policy: Policy, moment: Moment) -> Decision:
    """Close the day, or the day and its month, or these and the year."""
    refused = authority.right(state, policy, "close")
    if refused is not None:
        return refused
    if command.scope not in SCOPES:
        return Refused("bad_request")
    refused = _check_counted(command.counted) or check_text(command.explanation)
    if refused is not None:
        return refused
    scopes = SCOPES[: SCOPES.index(command.scope) + 1]
    day = state.books.day.key or moment.business_date
    if all(_is_closed(state.books, scope, day) for scope in scopes):
        return Refused("already_closed", {"period": key_of(command.scope, day)})
    events: list[Event] = []
    now = state
    for scope in scopes:
        if scope != "day" and _is_closed(now.books, scope, day):
            continue
        counted = command.counted if scope == "day" else ()
        event = closure(now, scope, key_of(scope, day), counted, authority.operator_id(state))
        if scope == "day":
            event = replace(event, explanation=command.explanation.strip())
        now = replace(now, books=closed(now.books, event))
        events.append(event)
        job = queue(now, policy, kind=CLOSURE, sale_id=scope, receipt_number=str(event.number))
        now = replace(now, last_job=job.job_id)
        events.append(job)
    return tuple(events)


def _is_closed(books: Books, scope: str, day: str) -> bool:
    """Nothing was sold since this period was closed."""
    return books.closed.get(scope, "") >= key_of(scope, day) and not books.period(scope).count


def _check_counted(counted: tuple[tuple[str, int], ...]) -> Refused | None:
    if len(counted) > MAX_COUNTED or len({kind for kind, _ in counted}) != len(counted):
        return Refused("bad_request")
    for kind, amount in counted:
        if (refused := check_key(kind, MAX_COUNTED)) is not None:
            return refused
        if not -MAX_AMOUNT_MINOR <= amount <= MAX_AMOUNT_MINOR:
            return Refused("amount_out_of_range")
    return None


def move_cash(state: TerminalState, command: MoveCash, policy: Policy) -> Decision:
    """Record that cash went into the drawer or out of it."""
    refused = authority.right(state, policy, "cash") or check_reason(command.reason)
    if refused is not None:
        return refused
    if command.kind not in CASH_KINDS:
        return Refused("bad_request")
    if not 0 < command.amount_minor <= MAX_AMOUNT_MINOR:
        return Refused("amount_out_of_range")
    gained = command.kind in ("float", "paid_in")
    amount = command.amount_minor if gained else -command.amount_minor
    who = authority.operator_id(state)
    # The drawer opens behind the record, as in a sale: the money must go somewhere.
    return CashMoved(command.kind, amount, command.reason, who), DrawerOpened("", command.reason)


def reading(state: TerminalState, _: PrintReading, policy: Policy) -> Decision:
    """Print what is open now."""
    refused = authority.right(state, policy, "close")
    if refused is not None:
        return refused
    if len(state.print_jobs) >= MAX_UNFINISHED_JOBS:
        return Refused("device_failed")
    return (queue(state, policy, kind=READING, sale_id="day", receipt_number="0"),)


def reprint(state: TerminalState, command: ReprintClosure, policy: Policy) -> Decision:
    """Print the report of a closure again: marked, counted."""
    refused = may_extract(state, policy, command.scope, command.number)
    if refused is not None:
        return refused
    if len(state.print_jobs) >= MAX_UNFINISHED_JOBS:
        return Refused("device_failed")
    job = queue(
        state,
        policy,
        kind=CLOSURE,
        sale_id=command.scope,
        receipt_number=str(command.number),
        copy=command.copies + 1,
    )
    return (job,)


# --- by itself ------------------------------------------------------------------------------------


def is_due(state: TerminalState, business_date: str) -> bool:
    """Tell whether an earlier day is to be closed; asked before anything is recorded."""
    books = state.books
    if books.day.key:
        return books.day.key < business_date
    last = books.closed.get("day", "")
    if not last or last >= business_date:
        return False
    return _next(last) < business_date or any(_ended_by(books, last))


def due(state: TerminalState, business_date: str) -> tuple[PeriodClosed, ...]:
    """Return the closures of all days before ``business_date``, with their months and years."""
    books = state.books
    last = books.closed.get("day", "")
    day = books.day.key or (_next(last) if last else business_date)
    oldest = (date.fromisoformat(business_date) - timedelta(days=MAX_DAYS_BEHIND)).isoformat()
    if not books.day.key:
        day = max(day, oldest)
    events: list[PeriodClosed] = []
    now = state

    def add(scope: str, key: str) -> None:
        nonlocal now
        event = closure(now, scope, key, (), "")
        now = replace(now, books=closed(now.books, event))
        events.append(event)

    if last and last < day:
        for scope in _ended_by(now.books, last):
            add(scope, key_of(scope, last))
    while day < business_date:
        add("day", day)
        for scope in _ended_by(now.books, day):
            add(scope, key_of(scope, day))
        day = max(_next(day), oldest)
    return tuple(events)


def _ended_by(books: Books, day: str) -> Iterator[str]:
    """Name the month and the year that end with a day and are not closed yet."""
    following = _next(day)
    for scope in ("month", "year"):
        key = key_of(scope, day)
        if key_of(scope, following) != key and (
            books.closed.get(scope, "") < key or books.period(scope).count
        ):
            yield scope


# --- what a closure says --------------------------------------------------------------------------


def closure(
    state: TerminalState,
    scope: str,
    key: str,
    counted: tuple[tuple[str, int], ...],
    operator_id: str,
) -> PeriodClosed:
    """Return the closure of what is open of a scope."""
    books = state.books
    period = books.period(scope)
    return PeriodClosed(
        scope=scope,
        period=period.key or key,
        number=books.numbers.get(scope, 0) + 1,
        opened_at_ms=period.opened_at_ms,
        first_receipt=period.first_receipt,
        last_receipt=period.last_receipt,
        count=period.count,
        total_minor=period.total_minor,
        absolute_minor=period.absolute_minor,
        perpetual_minor=books.perpetual_minor,
        perpetual_absolute_minor=books.perpetual_absolute_minor,
        vat=tuple((r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor) for r in period.vat),
        tenders=period.tenders,
        counted=counted,
        expected_cash_minor=books.drawer_minor,
        exceptions=exceptions(state) if scope == "day" else (),
        operator_id=operator_id,
        categories=tuple(
            (r.kind, r.category, r.rate_bp, r.net_minor, r.vat_minor, r.gross_minor, r.count)
            for r in period.categories
        ),
        movements=period.movements,
    )


def exceptions(state: TerminalState) -> tuple[tuple[str, str, int], ...]:
    """Return what is open: payments in doubt or under way, a sale, parked ones, paper."""
    found: list[tuple[str, str, int]] = []
    for attempt in state.attempts.values():
        kind = "payment_unknown" if attempt.state in DOUBTFUL else "payment_pending"
        found.append((kind, attempt.reference, attempt.amount_minor))
    sale = state.sale
    if sale is not None and sale.status in (SaleStatus.OPEN, SaleStatus.TENDERING):
        found.append(("sale_open", sale.sale_id, sale.total_minor))
    found += [("sale_parked", sale_id, 0) for sale_id in sorted(state.parked)]
    if state.print_jobs:
        found.append(("paper_waiting", "", len(state.print_jobs)))
    return tuple(found)


# --- what it changes ------------------------------------------------------------------------------


def closed(books: Books, event: PeriodClosed) -> Books:
    """Return the books after a closure.

    Raises:
        IllegalEvent: its number leaves a gap.
    """
    if event.number != books.numbers.get(event.scope, 0) + 1:
        raise IllegalEvent(f"closure {event.scope} {event.number} leaves a gap")
    counted = dict(event.counted)
    return replace(
        books,
        **{event.scope: Period()},
        drawer_minor=counted.get("cash", books.drawer_minor),
        numbers=MappingProxyType({**books.numbers, event.scope: event.number}),
        closed=MappingProxyType({**books.closed, event.scope: event.period}),
    )


def cash_moved(books: Books, event: CashMoved) -> Books:
    """Return the books after cash went into the drawer or out of it."""
    periods = {}
    for scope in SCOPES:
        period = books.period(scope)
        moved = dict(period.movements)
        moved[event.kind] = moved.get(event.kind, 0) + event.amount_minor
        periods[scope] = replace(period, movements=tuple(sorted(moved.items())))
    return replace(books, **periods, drawer_minor=books.drawer_minor + event.amount_minor)


def _next(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
