"""A payment by card or at the cash machine under way, or being asked about after a power cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.state import TenderStatus, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.keys import ESCAPE
from terminal.presenters.paid_in_cash import inserted, said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.tendering import steps_before
from terminal.presenters.view import Action
from terminal.services.requests import DropTender
from terminal.words import Words

CASH_STEPS = ("insert_cash",)
STEPS = ("connecting", "insert_card", "pin", "online", "remove_card")
"""Progress of a payment in the order in which terminals report it."""
KEY_IN = "key_amount_at_terminal"
"""The one step of a payment at a terminal that is not connected."""


@dataclass(frozen=True, slots=True)
class Step:
    text: str = ""
    state: str = "next"
    """``done``, ``now`` or ``next``."""


@dataclass(frozen=True, slots=True)
class PayingView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    amount: str = ""
    steps: tuple[Step, ...] = ()
    said: str = ""
    """What the terminal itself shows, when it says so in words."""
    facts: tuple[Fact, ...] = ()
    stop: Action = Action()


def _steps(*, in_cash: bool, typed: bool) -> tuple[str, ...]:
    if in_cash:
        return CASH_STEPS
    return (KEY_IN,) if typed else STEPS


def _said(text: str, amount_minor: int, words: Words, *, in_cash: bool) -> str:
    """Return what the device says in words; the step to key in has its own."""
    if in_cash:
        return inserted(text, amount_minor, words)
    return "" if text == KEY_IN else text


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> PayingView:
    """Return the payment under way; progress is news, it decides nothing."""
    del desk
    top = heading(state, surroundings, words)
    attempt = next(iter(state.attempts.values()), None)
    if attempt is None:
        return PayingView(heading=top, title=words.text("payment.connecting"))
    kind, text = surroundings.progress
    checking = surroundings.recovering
    currency = attempt.currency
    refund = attempt.operation == "refund"
    elapsed = max(0, surroundings.now_ms - attempt.intended_at_ms) // 1000
    word = "checking" if checking else "refund" if refund else "payment"
    in_cash = attempt.kind == "cash_machine"
    names = _steps(in_cash=in_cash, typed=surroundings.typed_result)
    names = ("checking",) if checking else names
    marks = steps_before(names[0] if len(names) == 1 else kind, names)
    return PayingView(
        heading=top,
        title=said(attempt.kind, f"screen.till.paying.{word}", words),
        amount=words.format_money(attempt.amount_minor, currency),
        steps=tuple(
            Step(said(attempt.kind, f"payment.{name}", words), mark)
            for name, mark in zip(names, marks, strict=True)
        ),
        said=_said(text, attempt.amount_minor, words, in_cash=in_cash and not checking),
        facts=(
            Fact(words.text("screen.till.fact.terminal"), attempt.terminal_id),
            Fact(words.text("screen.till.fact.payment_reference"), attempt.reference),
            Fact(
                words.text("screen.till.fact.since"), words.counted("screen.till.seconds", elapsed)
            ),
        ),
        stop=_stop(state, words, can=not (checking or surroundings.typed_result)),
    )


def _stop(state: TerminalState, words: Words, *, can: bool) -> Action:
    """Return the way to stop; a terminal that is not connected has only its own red key."""
    tenders = state.sale.tenders if state.sale is not None else ()
    pending = next((t.n for t in tenders if t.status is TenderStatus.PENDING), 0)
    if not pending or not can:
        return Action()
    return Action(words.text("screen.till.paying.stop"), "x", DropTender(pending), key=ESCAPE)
