"""The journal of technical events (JET): which events a French till has to sign, under which code.

The full table of codes is not public.  These are the codes that published implementations agree on
(NF525, R19 as far as it is known); what they leave out has a code of ours from 900 on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from terminal.core.credits import moves
from terminal.core.events import (
    AuthorityGiven,
    BooksRestored,
    CashMoved,
    ClockConfirmed,
    ClockJumped,
    ClockSetBack,
    ClosureExtracted,
    DataExported,
    DeviceAdopted,
    DrawerForced,
    DrawerOpened,
    Event,
    Maintained,
    NoticeRaised,
    OperatorSignedOff,
    OperatorSignedOn,
    PaymentReversed,
    SaleCancelled,
    SettingsNoted,
    SignOnFailed,
    TerminalStarted,
    TerminalStopped,
    TrainingBegan,
    TrainingEnded,
)
from terminal.core.state import Sale, TerminalState

PERIOD_ARCHIVED = 20
YEAR_ARCHIVED = 30
STOP = 40
PERIOD_CLOSED = 50
YEAR_CLOSED = 60
START = 80
INTEGRITY = 90
EXPORT = 110
ENTITY = 128
"""Another taxable entity answers for the till: its registration lines changed."""
RIGHTS = 130
"""Rights were changed, or somebody allowed what the operator may not."""
COUNT = 170
RETURN = 190
MAINTENANCE = 240
SOFTWARE = 250
INITIALISED = 260
SETTING = 270
ABANDONED = 320
ISSUER = 410
"""What the paper says of who sells changed."""
CLOSING = 330
"""A closure begins."""
NOT_AN_ARTICLE = 910
DRAWER = 920
"""Ours: the drawer was opened without a sale."""
TRAINING = 930
"""Ours: training began or ended."""
SIGN_ON_REFUSED = 940
"""Ours: a wrong PIN."""
CASH = 945
"""Ours: cash was put into the drawer or taken out without a sale."""
KEY_CHANGED = 950
"""Ours: another key signs from here on."""
CLOCK_CONFIRMED = 955
"""Ours: somebody says that the clock is right although records are later."""

TECHNICAL = frozenset(
    {
        AuthorityGiven, BooksRestored, CashMoved,
        ClockConfirmed, ClockJumped, ClockSetBack, ClosureExtracted,
        DataExported, DeviceAdopted,
        DrawerForced, DrawerOpened, Maintained, NoticeRaised, OperatorSignedOff, OperatorSignedOn,
        PaymentReversed, SaleCancelled, SettingsNoted, SignOnFailed, TerminalStarted,
        TerminalStopped, TrainingBegan, TrainingEnded,
    }
)  # fmt: skip
"""Events of which the JET may have something to say; ``entries`` says what."""

PURGED = 960
"""Ours: records left the journal; they are in archives."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One technical event: its code, what it says, who did it."""

    code: int
    info: str
    operator: str = ""


def entries(event: Event, before: TerminalState) -> tuple[Entry, ...]:
    """Return what the JET says of an event, apart from sales that complete."""
    operator = before.operator.operator_id if before.operator else ""
    match event:
        case TerminalStarted(software=software, clean=clean):
            how = "clean" if clean else "after a power cut"
            started = Entry(START, f"start {software} {how}")
            other = before.software not in ("", software)
            changed = (Entry(SOFTWARE, f"{before.software} -> {software}"),) if other else ()
            return (started, *changed)
        case TerminalStopped():
            return (Entry(STOP, "stop", operator),)
        case OperatorSignedOn() | OperatorSignedOff() | SignOnFailed() | AuthorityGiven():
            return (_of_people(event),)
        case NoticeRaised(kind="books_cut_off", details=details):
            return (Entry(INTEGRITY, str(details.get("why", "")), operator),)
        case DrawerOpened(sale_id="") | DrawerForced():
            why = event.reason if isinstance(event, DrawerOpened) else "opened by hand"
            return (Entry(DRAWER, why, operator),)
        case ClosureExtracted() | DataExported():
            return (_of_files(event),)
        case CashMoved() | TrainingBegan() | TrainingEnded():
            return (_of_books(event, operator),)
        case SaleCancelled(sale_id=sale_id, reason=reason, operator_id=who):
            return (Entry(ABANDONED, f"{sale_id} {reason}", who),)
        case PaymentReversed(attempt_id=attempt_id):
            return (Entry(RETURN, f"payment {attempt_id} reversed", operator),)
    return _of_the_till(event, before, operator)


def _of_the_till(event: Event, before: TerminalState, operator: str) -> tuple[Entry, ...]:
    """Return what it says of the till's clock, settings and repairs."""
    match event:
        case ClockSetBack() | ClockJumped():
            return (Entry(INTEGRITY, _step(event), operator),)
        case ClockConfirmed(clock_ms=clock_ms, last_ms=last_ms, operator_id=who):
            return (Entry(CLOCK_CONFIRMED, f"clock {clock_ms} last record {last_ms}", who),)
        case SettingsNoted(values=values):
            return tuple(_changes(before.noted, values))
        case DeviceAdopted(role=role, address=address, operator_id=who):
            return (Entry(MAINTENANCE, f"{role} is {address}", who),)
        case BooksRestored(copied_seq=seq, copied_at_ms=at_ms, skipped=skipped):
            said = f"restored from the copy of record {seq} {event.copied_hash[:16]} at {at_ms}"
            return (Entry(MAINTENANCE, f"{said}, {skipped} numbers left out", operator),)
        case Maintained(what=what, details=details):
            return (Entry(MAINTENANCE, f"{what} {details}", operator),)
    return ()


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Entry]:
    """Yield an entry for each setting that changed; the first time there is none to compare."""
    for name in sorted({*before, *now}) if before else ():
        old, new = before.get(name, "-"), now.get(name, "-")
        if old != new:
            yield Entry(_code_of(name), f"{name}: {old} -> {new}")


def _code_of(name: str) -> int:
    """Return the code of a change of a setting, by what it is about."""
    if name == "shop.registration":
        return ENTITY
    section, _, _ = name.partition(".")
    return {"shop": ISSUER, "rights": RIGHTS}.get(section, SETTING)


def _of_books(event: CashMoved | TrainingBegan | TrainingEnded, operator: str) -> Entry:
    match event:
        case CashMoved(kind=kind, amount_minor=amount, reason=reason, operator_id=who):
            return Entry(CASH, f"{kind} {amount} {reason}", who)
        case TrainingBegan(operator_id=who):
            return Entry(TRAINING, "training begins", who)
        case TrainingEnded(receipts=receipts, last_record=last):
            return Entry(TRAINING, f"training ended {receipts} {last}", operator)


def _step(event: ClockSetBack | ClockJumped) -> str:
    if isinstance(event, ClockJumped):
        return f"clock jumped from {event.expected_ms} to {event.clock_ms}"
    return f"clock set back from {event.last_ms} to {event.clock_ms}"


def _of_files(event: ClosureExtracted | DataExported) -> Entry:
    who = event.operator_id
    if isinstance(event, ClosureExtracted):
        return Entry(EXPORT, f"closure {event.scope} {event.number} copy {event.copy}", who)
    days = f"{event.first_day}/{event.last_day}"
    return Entry(EXPORT, f"{event.kind} {days} {event.sha256}", who)


def _of_people(
    event: OperatorSignedOn | OperatorSignedOff | SignOnFailed | AuthorityGiven,
) -> Entry:
    who = event.operator_id
    match event:
        case OperatorSignedOn():
            return Entry(START, "sign on", who)
        case OperatorSignedOff():
            return Entry(STOP, "sign off", who)
        case SignOnFailed():
            return Entry(SIGN_ON_REFUSED, "wrong PIN", who)
        case AuthorityGiven(asked_by=asked, request=request):
            return Entry(RIGHTS, f"{request} for {asked or 'the shopper'}", who)


def of_completed(sale: Sale) -> tuple[Entry, ...]:
    """Return what the JET says of a sale that completed: returns, and amounts that are no sale."""
    returned = sum(1 for line in sale.lines if line.is_return and not line.void)
    held: dict[str, int] = {}
    for move in moves(sale):
        held[move.kind] = held.get(move.kind, 0) + max(0, move.amount_minor)
    found = []
    if returned:
        found.append(Entry(RETURN, f"{sale.receipt_number} {returned} lines", sale.operator_id))
    found += [
        Entry(NOT_AN_ARTICLE, f"{kind} {amount}", sale.operator_id)
        for kind, amount in held.items()
        if amount
    ]
    return tuple(found)
