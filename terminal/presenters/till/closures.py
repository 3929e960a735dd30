"""The screen of the books: what the day came to, the drawer, and the closures made so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.closing import exceptions
from terminal.core.commands import PrintReading
from terminal.core.extraction import waiting
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, Entry, change
from terminal.presenters.keys import ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.closing_forms import (
    CLOSURE,
    ClosureRow,
    cash_form_open,
    count_form_open,
    named,
    tender_word,
)
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.routes import CLOSURES
from terminal.presenters.till.total import TotalZone
from terminal.presenters.view import Action, Row
from terminal.services.requests import ListClosures, Reconcile
from terminal.words import Words

MAX_SHOWN = 50
_ICONS = MappingProxyType({"day": "calendar", "month": "layers", "year": "archive"})


@dataclass(frozen=True, slots=True)
class ClosuresView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    text: str = ""
    total: TotalZone = field(default_factory=TotalZone)
    facts: tuple[Fact, ...] = ()
    actions: tuple[Action, ...] = ()
    close: Action = Action()
    list_title: str = ""
    list_note: str = ""
    rows: tuple[Row, ...] = ()
    empty: str = ""
    back: Action = Action()


def open_closures(words: Words) -> Action:
    """Return the action that opens the screen."""
    show = change(panel=CLOSURES, overlay="", entry=Entry())
    return Action(
        words.text("screen.till.action.closures"), "wallet", Chain((ListClosures(), show))
    )


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ClosuresView:
    """Return the open day at one side, and what is closed at the other."""
    listed: Sequence[ClosureRow] = desk.closures[:MAX_SHOWN]
    behind = sum(1 for _ in waiting(state.books))
    note = words.counted("screen.till.closures.waiting", behind)
    return ClosuresView(
        heading=heading(state, surroundings, words),
        title=words.text("screen.till.closures.title"),
        text=words.text("screen.till.closures.text"),
        total=_total(state, surroundings, words),
        facts=tuple(_facts(state, surroundings, words)),
        actions=_actions(state, surroundings, words),
        close=Action(
            words.text("screen.till.count.title"), "banknote", count_form_open(state, words)
        ),
        list_title=words.text("screen.till.closures.list"),
        list_note=note if behind and surroundings.extracts else "",
        rows=tuple(_row(closure, surroundings, words) for closure in listed),
        empty=words.text("screen.till.closures.none"),
        back=Action(words.text("screen.till.back"), "arrow-left", change(panel=""), key=ESCAPE),
    )


def _total(state: TerminalState, surroundings: Surroundings, words: Words) -> TotalZone:
    day = state.books.day
    return TotalZone(
        label=words.text("screen.till.closures.today", day=day.key or surroundings.business_date),
        amount=words.format_money(day.total_minor, surroundings.currency),
        note=words.counted("screen.till.closures.receipts", day.count),
    )


def _facts(state: TerminalState, surroundings: Surroundings, words: Words) -> Iterator[Fact]:
    """What each kind of tender brought in, and what is open; not what the drawer should hold."""
    books, currency = state.books, surroundings.currency
    for kind, amount in books.day.tenders:
        yield Fact(tender_word(kind, words), words.format_money(amount, currency))
    perpetual = words.format_money(books.perpetual_minor, currency)
    yield Fact(words.text("closure.perpetual"), perpetual)
    for kind, reference, amount in exceptions(state):
        figure = str(amount) if kind == "paper_waiting" else words.format_money(amount, currency)
        yield Fact(
            f"{words.text(f'closure.{kind}')} {reference}".rstrip(), figure if amount else ""
        )


def _actions(state: TerminalState, surroundings: Surroundings, words: Words) -> tuple[Action, ...]:
    reading = Chain((PrintReading(), ListClosures()))
    return (
        Action(
            words.text("screen.till.cash.open"), "coins", cash_form_open(surroundings, words)
        ),
        Action(words.text("screen.till.closures.reading"), "printer", reading),
        Action(
            words.text("screen.till.action.reconcile"), "credit-card", Reconcile(),
            enabled=not state.attempts,
        ),
    )  # fmt: skip


def _row(closure: ClosureRow, surroundings: Surroundings, words: Words) -> Row:
    event, zone = closure.event, surroundings.timezone
    at = (
        words.format_date(closure.closed_at_ms, zone),
        words.format_time(closure.closed_at_ms, zone),
    )
    name = named(event, words)
    who = (
        words.text("screen.till.closures.by", operator=event.operator_id)
        if event.operator_id
        else words.text("closure.by_itself")
    )
    show = change(
        overlay=CLOSURE, entry=Entry(),
        memory=MappingProxyType({"scope": event.scope, "number": str(event.number)}),
    )  # fmt: skip
    return Row(
        label=name,
        detail=" · ".join((f"{at[0]} {at[1]}", who)),
        amount=words.format_money(event.total_minor, surroundings.currency),
        icon=_ICONS[event.scope],
        press=Action(name, "", show),
    )
