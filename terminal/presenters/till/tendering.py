"""What can be paid, how, and what comes back: figures that several till screens share."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from terminal.core.basket import totals
from terminal.core.state import Sale
from terminal.core.tenders import cash_due, settle_in_cash
from terminal.presenters.desk import Change, Entry, change
from terminal.presenters.till.routes import TENDER
from terminal.words import Words

AMOUNT_DIGITS = 8
APPROVAL_CHARS = 12
"""Longest authorisation number (``drivers.payment.manual``)."""
NOTES_MINOR = (500, 1000, 2000, 5000, 10_000, 20_000)
"""Banknotes that people hand over, in minor units of a currency of cents."""
QUICK_AMOUNTS = 5


def amount_entry() -> Entry:
    """Return the desk's entry for the amount that is handed over."""
    return Entry("amount", "", AMOUNT_DIGITS, digits=True)


def approval_entry() -> Entry:
    """Return the desk's entry for the authorisation number that a card terminal shows."""
    return Entry("approval", "", APPROVAL_CHARS)


def open_tender() -> Change:
    """Return the intent to go and pay."""
    return change(
        panel=TENDER, overlay="", entry=amount_entry(), memory=MappingProxyType({}), message=None
    )


def quick_amounts(due_minor: int) -> tuple[int, ...]:
    """Return what is likely to be handed over: the exact amount, then the next round ones."""
    if due_minor <= 0:
        return (due_minor,) if due_minor else ()
    rounded = {-(-due_minor // note) * note for note in NOTES_MINOR}
    return (due_minor, *sorted(rounded - {due_minor})[: QUICK_AMOUNTS - 1])


def change_of(sale: Sale, handed_minor: int, step_minor: int) -> int | None:
    """Return what comes back of an amount of cash; None when it does not cover what is due."""
    settled = settle_in_cash(totals(sale).due_minor, handed_minor, step_minor)
    return None if settled is None else settled.change_minor


def due_in_cash(sale: Sale, step_minor: int) -> int:
    """Return what is due when it is settled in cash."""
    return cash_due(totals(sale).due_minor, step_minor)


def tender_name(kind: str, words: Words) -> str:
    """Return the name of a tender with a capital letter."""
    return words.text(f"screen.till.tender.{kind}")


def steps_before(name: str, steps: tuple[str, ...]) -> Iterator[str]:
    """Yield ``done``, ``now`` and ``next`` for the steps of a payment around the present one."""
    at = steps.index(name) if name in steps else 0
    for i in range(len(steps)):
        yield "done" if i < at else "now" if i == at else "next"
