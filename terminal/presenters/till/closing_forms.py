"""Dialogs of the books: cash in and out, the count of the drawer, the closing, one closure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from terminal.core.closing import CASH_KINDS
from terminal.core.commands import ClosePeriod, MoveCash, OpenDrawer
from terminal.core.events import PeriodClosed
from terminal.core.periods import SCOPES
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Change, Desk, Entry, Intent, change
from terminal.presenters.keyboards import keyboard_rows
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import (
    Field,
    FormView,
    cancel,
    field_views,
    form,
    keep,
    money_field,
    number,
    open_form,
    put_away,
    reason_field,
    reasons,
    typed,
)
from terminal.presenters.view import Action, Row
from terminal.services.requests import ExtractClosure, ListClosures, PrintClosureAgain
from terminal.words import Words

CASH, COUNT, CLOSE, CLOSURE = "cash", "count", "close", "closure"
"""Names of the dialogs."""
CASH_REASONS = 3
CLOSE_REASONS = 3
COUNTED = ("cash", "cheque", "card", "cash_machine")
"""Kinds of tender that people count, in this order; the drawer always, others when they came in."""


class ClosureRow(Protocol):
    """What the list needs of a closure."""

    @property
    def closed_at_ms(self) -> int: ...

    @property
    def event(self) -> PeriodClosed: ...

    @property
    def extractions(self) -> int: ...


def named(event: PeriodClosed, words: Words) -> str:
    """Return how a closure is called: its period and its number."""
    return words.text(
        f"screen.till.closures.{event.scope}", period=event.period, number=str(event.number)
    )


def tender_word(kind: str, words: Words) -> str:
    """Return the word of a kind of tender."""
    return words.text(f"closure.{kind}") if kind in COUNTED else kind


# --- cash in and out ------------------------------------------------------------------------------


def cash_form_open(surroundings: Surroundings, words: Words) -> Change:
    """Return the intent that opens the dialog of cash in and out."""
    return open_form(CASH, _amount(surroundings, words), kind=CASH_KINDS[0])


def cash(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask how much cash comes in or goes out, and why (the drawer opens)."""
    del state
    kind, amount = desk.memory.get("kind", CASH_KINDS[0]), number(desk, "amount")
    reason = typed(desk, "reason").strip()
    move = Chain((MoveCash(kind, amount, reason), put_away(), ListClosures()))
    return form(
        desk,
        words,
        title=words.text("screen.till.cash.title"),
        text=words.text(f"screen.till.cash.{kind}.text"),
        choices=tuple(
            Action(
                words.text(f"screen.till.cash.{name}"), "", change(memory=keep(desk, kind=name)),
                chosen=name == kind,
            )
            for name in CASH_KINDS
        ),
        fields=(_amount(surroundings, words), reason_field(words)),
        chips=reasons(desk, words, "cash", CASH_REASONS),
        confirm=Action(
            words.text(f"screen.till.cash.{kind}"), "check", move,
            enabled=bool(amount and reason), key=ENTER,
        ),
    )  # fmt: skip


def _amount(surroundings: Surroundings, words: Words) -> Field:
    return money_field("amount", words.text("screen.till.amount"), words, surroundings.currency)


# --- count ----------------------------------------------------------------------------------------


def count_form_open(state: TerminalState, words: Words) -> Change:
    """Return the intent that begins a closing: with the count."""
    del state
    return open_form(COUNT, Field("cash", words.text("closure.cash")))


def _kinds(state: TerminalState) -> tuple[str, ...]:
    came_in = {kind for kind, amount in state.books.day.tenders if amount}
    return tuple(kind for kind in COUNTED if kind == "cash" or kind in came_in)


def _counted(state: TerminalState, desk: Desk) -> tuple[tuple[str, int], ...]:
    """Return what was typed; what was left empty was not counted."""
    return tuple((kind, number(desk, kind)) for kind in _kinds(state) if typed(desk, kind))


def _expected(state: TerminalState, kind: str) -> int:
    books = state.books
    return books.drawer_minor if kind == "cash" else dict(books.day.tenders).get(kind, 0)


def count(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask what is there, before the terminal says what should be: a blind count."""
    counted = _counted(state, desk)
    onward = change(overlay=CLOSE, memory=keep(desk, scope="day"), entry=Entry())
    opened = OpenDrawer(words.text("screen.till.count.reason"))
    return form(
        desk,
        words,
        title=words.text("screen.till.count.title"),
        text=words.text("screen.till.count.text"),
        choices=(Action(words.text("screen.till.action.drawer"), "inbox", opened),),
        fields=tuple(
            money_field(kind, tender_word(kind, words), words, surroundings.currency)
            for kind in _kinds(state)
        ),
        confirm=Action(
            words.text("screen.till.count.next" if counted else "screen.till.count.skip"),
            "arrow-right", onward, key=ENTER,
        ),
    )  # fmt: skip


# --- closing --------------------------------------------------------------------------------------


def close(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Show what was counted beside what was expected, and close."""
    counted = _counted(state, desk)
    scope, why = desk.memory.get("scope", "day"), typed(desk, "reason").strip()
    differs = any(amount != _expected(state, kind) for kind, amount in counted)
    act: Intent = Chain((ClosePeriod(scope, counted, why), put_away(), ListClosures()))
    fields = (reason_field(words),) if differs else ()
    return FormView(
        title=words.text("screen.till.close.title"),
        text=words.text("screen.till.close.differs" if differs else "screen.till.close.text"),
        tone="warn" if differs else "info",
        choices=tuple(
            Action(
                words.text(f"screen.till.close.{name}"), "", change(memory=keep(desk, scope=name)),
                chosen=name == scope,
            )
            for name in SCOPES
        ),
        fields=field_views(desk, fields),
        chips=reasons(desk, words, "close", CLOSE_REASONS) if differs else (),
        rows=tuple(_compared(state, counted, surroundings, words)),
        empty=words.text("screen.till.close.uncounted"),
        listing=True,
        keyboard=keyboard_rows(words.language) if desk.entry.name == "reason" else (),
        cancel=cancel(words),
        confirm=Action(
            words.text(f"screen.till.close.{scope}"), "check", act,
            enabled=bool(why) or not differs, key=ENTER,
        ),
    )  # fmt: skip


def _compared(
    state: TerminalState,
    counted: Sequence[tuple[str, int]],
    surroundings: Surroundings,
    words: Words,
) -> Iterator[Row]:
    def money(minor: int) -> str:
        return words.format_money(minor, surroundings.currency)

    for kind, amount in counted:
        expected = _expected(state, kind)
        difference = amount - expected
        yield Row(
            label=tender_word(kind, words),
            detail=words.text(
                "screen.till.close.compared", expected=money(expected), counted=money(amount)
            ),
            amount=f"{'+' if difference > 0 else ''}{money(difference)}",
            icon="circle-check" if difference == 0 else "triangle-alert",
        )


# --- one closure ----------------------------------------------------------------------------------


def closure(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Show a closure's figures; print it again, or hand it over again (CLO-02)."""
    del state
    scope, n = desk.memory.get("scope", ""), int(desk.memory.get("number", "0"))
    found: ClosureRow | None = next(
        (one for one in desk.closures if (one.event.scope, one.event.number) == (scope, n)), None
    )
    if found is None:
        return FormView()
    event = found.event
    again = Chain((PrintClosureAgain(scope, n), put_away()))
    extract = Chain((ExtractClosure(scope, n), put_away(), ListClosures()))
    choices = [Action(words.text("screen.till.closure.print"), "printer", again)]
    if surroundings.extracts:
        key = "again" if found.extractions else "extract"
        choices.append(Action(words.text(f"screen.till.closure.{key}"), "file-text", extract))
    return FormView(
        title=named(event, words),
        text=_handed_over(found, surroundings, words),
        choices=tuple(choices),
        rows=tuple(_figures(found, surroundings, words)),
        listing=True,
        cancel=cancel(words),
    )


def _handed_over(found: ClosureRow, surroundings: Surroundings, words: Words) -> str:
    if not surroundings.extracts:
        return ""
    if not found.extractions:
        return words.text("screen.till.closure.not_extracted")
    return words.counted("screen.till.closure.extracted", found.extractions)


def _figures(found: ClosureRow, surroundings: Surroundings, words: Words) -> Iterator[Row]:
    event, currency = found.event, surroundings.currency

    def row(label: str, minor: int, detail: str = "") -> Row:
        return Row(label=label, detail=detail, amount=words.format_money(minor, currency))

    receipts = words.counted("screen.till.closures.receipts", event.count)
    yield row(words.text("closure.total"), event.total_minor, receipts)
    for rate_bp, net, vat, gross in event.vat:
        parts = words.text(
            "screen.till.closure.vat",
            net=words.format_money(net, currency),
            vat=words.format_money(vat, currency),
        )
        yield row(words.format_table_rate(rate_bp), gross, parts)
    for kind, amount in event.tenders:
        yield row(tender_word(kind, words), amount)
    yield row(words.text("closure.drawer"), event.expected_cash_minor)
    expectations = dict(event.tenders) | {"cash": event.expected_cash_minor}
    for kind, amount in event.counted:
        difference = amount - expectations.get(kind, 0)
        said = f"{words.text('closure.difference')} {words.format_money(difference, currency)}"
        detail = f"{said} · {event.explanation}" if event.explanation and difference else said
        yield row(f"{words.text('closure.counted')} · {tender_word(kind, words)}", amount, detail)
    yield row(words.text("closure.perpetual"), event.perpetual_minor)
    for kind, reference, amount in event.exceptions:
        yield row(words.text(f"closure.{kind}"), amount, reference)
