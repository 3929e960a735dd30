"""``state = fold(journal)``: what every fact changes. Pure; the only maker of states.

An event that does not apply raises ``IllegalEvent``: the journal or the code is wrong, and nothing
may go on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from terminal.core import periods, printing, sale_facts
from terminal.core.book_facts import BOOK_FACTS
from terminal.core.device_facts import DEVICE_FACTS
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    AuthorityGiven,
    ClockJumped,
    ClockSetBack,
    ClockTrustChanged,
    DeviceAdopted,
    DrawerOpened,
    Event,
    HelpCalled,
    HelpDismissed,
    LanguageChosen,
    NoticeAcknowledged,
    NoticeRaised,
    OperatorSignedOff,
    OperatorSignedOn,
    PrintJobAdvanced,
    PrintJobQueued,
    ReceiptMailEnded,
    Recovered,
    SaleCancelled,
    SaleCompleted,
    SaleLeft,
    SaleOpened,
    SaleParked,
    SaleRecalled,
    SignOnFailed,
    TerminalStarted,
    TerminalStopped,
)
from terminal.core.frozen import replace
from terminal.core.invoicing import INVOICE_FACTS
from terminal.core.law_facts import LAW_FACTS
from terminal.core.limits import MAX_WATCHED_OPERATORS
from terminal.core.payment_facts import PAYMENT_FACTS
from terminal.core.policy import Moment
from terminal.core.sale_facts import SALE_FACTS
from terminal.core.state import (
    AdoptedDevice,
    ClockStamp,
    Notice,
    Operator,
    PrintJob,
    PrintState,
    Sale,
    SaleStatus,
    TerminalState,
)
from terminal.core.value_facts import VALUE_FACTS

Fact = Callable[[TerminalState, Any, Moment], TerminalState]
K = TypeVar("K")
V = TypeVar("V")


def evolve(state: TerminalState, event: Event, moment: Moment) -> TerminalState:
    """Return the state after one event.

    Raises:
        IllegalEvent: the event does not apply to this state.
    """
    change = SALE_FACTS.get(type(event))
    if change is not None:
        sale = _on_screen(state, event.sale_id)  # type: ignore[attr-defined]
        return _at(state, moment, sale=change(sale, event))
    fact = _FACTS.get(type(event))
    if fact is None:
        raise IllegalEvent(f"{type(event).__name__} changes no state that is known")
    return _at(fact(state, event, moment), moment)


def fold(
    records: Iterable[tuple[Event, Moment]], state: TerminalState | None = None
) -> TerminalState:
    """Return the state after all the events of a journal, in order."""
    state = state or TerminalState()
    for event, moment in records:
        state = evolve(state, event, moment)
    return state


def _at(state: TerminalState, moment: Moment, **changes: Any) -> TerminalState:
    """Time and trading day never go back, whatever the clock does."""
    if (
        not changes
        and moment.at_ms <= state.last_at_ms
        and moment.business_date <= state.business_date
    ):
        return state  # the events of one transaction share a moment: most of them come by here
    return replace(
        state,
        last_at_ms=max(state.last_at_ms, moment.at_ms),
        business_date=max(state.business_date, moment.business_date),
        **changes,
    )


def _with(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    return MappingProxyType({**mapping, key: value})


def _without(mapping: Mapping[K, V], key: K) -> Mapping[K, V]:
    return MappingProxyType({k: v for k, v in mapping.items() if k != key})


def _on_screen(state: TerminalState, sale_id: str) -> Sale:
    if state.sale is None or state.sale.sale_id != sale_id:
        raise IllegalEvent(f"sale {sale_id} is not on the screen")
    return state.sale


def _free_screen(state: TerminalState, sale_id: str) -> None:
    sale = state.sale
    if (sale is not None and sale.status in sale_facts.IN_PROGRESS) or state.attempts:
        raise IllegalEvent(f"sale {sale_id} comes while another is in progress")


# --- terminal -------------------------------------------------------------------------------------


def _started(state: TerminalState, event: TerminalStarted, _moment: Moment) -> TerminalState:
    # What devices said is asked again: a power cut that ended is not over a failed supply.
    return replace(
        state,
        running=True,
        software=event.software,
        drawer_open_since_ms=0,
        power_failed_at_ms=0,
    )


def _stopped(state: TerminalState, _event: TerminalStopped, _moment: Moment) -> TerminalState:
    return replace(state, running=False)


def _unchanged(state: TerminalState, _event: Event, _moment: Moment) -> TerminalState:
    return state


def _signed_on(state: TerminalState, event: OperatorSignedOn, _moment: Moment) -> TerminalState:
    return replace(
        state,
        operator=Operator(event.operator_id, event.name, event.role),
        failed_sign_ons=_without(state.failed_sign_ons, event.operator_id),
    )


def _signed_off(state: TerminalState, event: OperatorSignedOff, _moment: Moment) -> TerminalState:
    if state.operator is None or state.operator.operator_id != event.operator_id:
        raise IllegalEvent(f"operator {event.operator_id} is not signed on")
    return replace(state, operator=None)


def _sign_on_failed(state: TerminalState, event: SignOnFailed, moment: Moment) -> TerminalState:
    failures = state.failed_sign_ons
    count, _ = failures.get(event.operator_id, (0, 0))
    at_ms = max(state.last_at_ms, moment.at_ms)
    failures = _with(failures, event.operator_id, (count + 1, at_ms))
    if len(failures) > MAX_WATCHED_OPERATORS:
        oldest = min(failures, key=lambda operator_id: failures[operator_id][1])
        failures = _without(failures, oldest)
    return replace(state, failed_sign_ons=failures)


def _language(state: TerminalState, event: LanguageChosen, _moment: Moment) -> TerminalState:
    return replace(state, language=event.language)


def _help_called(state: TerminalState, event: HelpCalled, _moment: Moment) -> TerminalState:
    return replace(state, help_reason=event.reason)


def _help_dismissed(state: TerminalState, _event: HelpDismissed, _moment: Moment) -> TerminalState:
    return replace(state, help_reason="")


def _adopted(state: TerminalState, event: DeviceAdopted, _moment: Moment) -> TerminalState:
    unit = AdoptedDevice(event.address, event.maker, event.model, event.serial)
    return replace(state, adopted=_with(state.adopted, event.role, unit))


def _notice_raised(state: TerminalState, event: NoticeRaised, moment: Moment) -> TerminalState:
    if event.notice_id != state.last_notice + 1:
        raise IllegalEvent(f"notice {event.notice_id} leaves a gap")
    details = MappingProxyType(dict(event.details))
    notice = Notice(event.notice_id, event.kind, details, moment.at_ms)
    return replace(state, notices=(*state.notices, notice), last_notice=event.notice_id)


def _notice_read(state: TerminalState, event: NoticeAcknowledged, _moment: Moment) -> TerminalState:
    left = tuple(n for n in state.notices if n.notice_id != event.notice_id)
    if len(left) == len(state.notices):
        raise IllegalEvent(f"notice {event.notice_id} is not unread")
    return replace(state, notices=left)


def _clock_judged(state: TerminalState, event: ClockTrustChanged, _moment: Moment) -> TerminalState:
    stamp = ClockStamp(event.level, event.source, event.boot_id, event.monotonic_ms, event.clock_ms)
    return replace(state, clock=stamp)


def _clock_moved(state: TerminalState, _event: Event, _moment: Moment) -> TerminalState:
    """What was said of the clock before is not true of it any more: it is judged anew."""
    return replace(state, clock=None, clock_confirmed_ms=0)


# --- sale -----------------------------------------------------------------------------------------


def _opened(state: TerminalState, event: SaleOpened, moment: Moment) -> TerminalState:
    _free_screen(state, event.sale_id)
    if event.ordinal <= state.last_ordinal:
        raise IllegalEvent(f"sale {event.sale_id}: ordinal {event.ordinal} was used")
    day = max(state.business_date, moment.business_date)
    sale = sale_facts.opened(event, moment.at_ms, day)
    return replace(state, sale=sale, last_ordinal=event.ordinal)


def _completed(state: TerminalState, event: SaleCompleted, moment: Moment) -> TerminalState:
    if event.receipt_sequence != state.last_receipt_sequence + 1:
        raise IllegalEvent(f"receipt {event.receipt_number} leaves a gap")
    if state.attempts:
        raise IllegalEvent(f"sale {event.sale_id} is locked by a payment")
    sale = sale_facts.completed(_on_screen(state, event.sale_id), event, moment)
    day = max(state.business_date, moment.business_date)
    books = periods.with_receipt(state.books, sale, day, moment.at_ms)
    return replace(state, sale=sale, last_receipt_sequence=event.receipt_sequence, books=books)


def _cancelled(state: TerminalState, event: SaleCancelled, _moment: Moment) -> TerminalState:
    if state.attempts:
        raise IllegalEvent(f"sale {event.sale_id} is locked by a payment")
    sale = sale_facts.cancelled(_on_screen(state, event.sale_id), event)
    return replace(state, sale=sale)


def _parked(state: TerminalState, event: SaleParked, moment: Moment) -> TerminalState:
    if state.attempts:
        raise IllegalEvent(f"sale {event.sale_id} is locked by a payment")
    sale = sale_facts.parked(_on_screen(state, event.sale_id), event.label, moment)
    return replace(state, sale=None, parked=_with(state.parked, event.sale_id, sale))


def _recalled(state: TerminalState, event: SaleRecalled, _moment: Moment) -> TerminalState:
    _free_screen(state, event.sale_id)
    sale = state.parked.get(event.sale_id)
    if sale is None:
        raise IllegalEvent(f"sale {event.sale_id} is not parked")
    sale = replace(sale, status=SaleStatus.OPEN, parked_at_ms=0)
    return replace(state, sale=sale, parked=_without(state.parked, event.sale_id))


def _left(state: TerminalState, event: SaleLeft, _moment: Moment) -> TerminalState:
    _on_screen(state, event.sale_id)
    _free_screen(state, event.sale_id)
    return replace(state, sale=None)


# --- paper ----------------------------------------------------------------------------------------


def _queued(state: TerminalState, event: PrintJobQueued, _moment: Moment) -> TerminalState:
    if event.job_id != state.last_job + 1:
        raise IllegalEvent(f"print job {event.job_id} leaves a gap")
    job = PrintJob(
        job_id=event.job_id,
        kind=event.kind,
        sale_id=event.sale_id,
        receipt_number=event.receipt_number,
        copy=event.copy,
        language=event.language,
        state=PrintState.QUEUED,
    )
    jobs = _with(state.print_jobs, event.job_id, job)
    return replace(state, print_jobs=jobs, last_job=event.job_id)


def _advanced(state: TerminalState, event: PrintJobAdvanced, _moment: Moment) -> TerminalState:
    job = state.print_jobs.get(event.job_id)
    if job is None:
        raise IllegalEvent(f"print job {event.job_id} is not unfinished")
    if event.state not in set(PrintState):
        raise IllegalEvent(f"print job {event.job_id}: no state {event.state!r}")
    to = PrintState(event.state)
    if to is not job.state and to not in printing.MOVES[job.state]:
        raise IllegalEvent(f"print job {event.job_id}: {job.state} -> {to}")
    if to in printing.FINAL:
        return replace(state, print_jobs=_without(state.print_jobs, event.job_id))
    job = replace(job, state=to, attempt=event.attempt, reason=event.reason)
    return replace(state, print_jobs=_with(state.print_jobs, event.job_id, job))


_FACTS: Mapping[type[Event], Fact] = {
    TerminalStarted: _started,
    TerminalStopped: _stopped,
    Recovered: _unchanged,
    AuthorityGiven: _unchanged,
    ClockSetBack: _clock_moved,
    ClockJumped: _clock_moved,
    ClockTrustChanged: _clock_judged,
    DrawerOpened: _unchanged,
    OperatorSignedOn: _signed_on,
    OperatorSignedOff: _signed_off,
    SignOnFailed: _sign_on_failed,
    LanguageChosen: _language,
    HelpCalled: _help_called,
    HelpDismissed: _help_dismissed,
    DeviceAdopted: _adopted,
    NoticeRaised: _notice_raised,
    NoticeAcknowledged: _notice_read,
    SaleOpened: _opened,
    SaleCompleted: _completed,
    SaleCancelled: _cancelled,
    SaleParked: _parked,
    SaleRecalled: _recalled,
    SaleLeft: _left,
    ReceiptMailEnded: _unchanged,
    PrintJobQueued: _queued,
    PrintJobAdvanced: _advanced,
    **PAYMENT_FACTS,
    **DEVICE_FACTS,
    **INVOICE_FACTS,
    **VALUE_FACTS,
    **BOOK_FACTS,
    **LAW_FACTS,
}


def facts_known() -> frozenset[type[Event]]:
    """Return the events that ``evolve`` folds; it must be all of them."""
    return frozenset({*SALE_FACTS, *_FACTS})
