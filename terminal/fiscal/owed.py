"""What the books owe the law for each event: the signed records that must stand behind it.

A chain shows a record that is missing in its middle, not its newest ones, and shows nothing of an
event that was put in without a record.  Both show here: every event is asked for its records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from terminal.core.events import (
    ArchiveCopied,
    ArchiveMade,
    ClockJumped,
    ClockSetBack,
    Event,
    InvoiceCopied,
    InvoiceIssued,
    JournalPurged,
    PeriodClosed,
    PrintJobQueued,
    SaleCompleted,
    SigningKeyAdopted,
)
from terminal.core.state import TerminalState
from terminal.fiscal import jet

TECHNICAL, PRACTICE = "JET", "ECO"
_CLOSURES: Mapping[str, str] = MappingProxyType({"day": "GTJ", "month": "GTM", "year": "GTA"})
_UNSIGNED_TOO = (ClockSetBack, ClockJumped)
"""Recorded even when the key cannot be used: what the clock did must not be lost with it."""


def owed(before: TerminalState, event: Event, after: TerminalState) -> tuple[str, ...]:
    """Return the chains of the records that must follow an event, in any order."""
    if not after.signing_key or isinstance(event, _UNSIGNED_TOO):
        return ()
    if TECHNICAL not in before.chains:
        return _owed_in_practice(event)
    technical = (TECHNICAL,) * len(jet.entries(event, before))
    match event:
        case SaleCompleted():
            more = jet.of_completed(after.sale) if after.sale is not None else ()
            return ("TIK", "GTT", *(TECHNICAL,) * len(more), *technical)
        case PeriodClosed(scope=scope) if scope in _CLOSURES:
            return (_CLOSURES[scope], TECHNICAL, *technical)
        case ArchiveMade() | ArchiveCopied() | JournalPurged():
            return ("ARC", TECHNICAL, *technical)
        case PrintJobQueued(kind="duplicate") | InvoiceCopied():
            return ("DUP", *technical)
        case InvoiceIssued():
            return ("FAC", *technical)
        case SigningKeyAdopted():
            return (TECHNICAL, *technical)
    return technical


def _owed_in_practice(event: Event) -> tuple[str, ...]:
    """Books begin with a technical record; a journal without one is of training.

    Who takes all of them out of the books has receipts that owe records of training.
    """
    match event:
        case SaleCompleted() | PeriodClosed() | PrintJobQueued(kind="duplicate"):
            return (PRACTICE,)
    return ()


class Debts:
    """The records that the last event owes and that have not come yet."""

    def __init__(self) -> None:
        self._owed: list[str] = []
        self._event: Event | None = None

    def incur(self, before: TerminalState, event: Event, after: TerminalState) -> None:
        """Hear of the next event; what the one before owed is forgotten."""
        self._owed = list(owed(before, event, after))
        self._event = event

    def pay(self, chain: str) -> bool:
        """Hear of a record; tell whether it was owed."""
        if chain not in self._owed:
            return False
        self._owed.remove(chain)
        return True

    def unpaid(self) -> Iterator[str]:
        """Say what never came, once."""
        left, self._owed = self._owed, []
        for chain in left:
            yield f"{_name(self._event)} has no record {chain}"


def _name(event: Event | None) -> str:
    match event:
        case SaleCompleted(receipt_number=number):
            return f"receipt {number}"
        case PeriodClosed(scope=scope, number=number):
            return f"closure {scope} {number}"
    return type(event).__name__
