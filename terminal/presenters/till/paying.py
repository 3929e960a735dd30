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
    names = ("checking",) if checking else CASH_STEPS if in_cash else STEPS
    marks = steps_before("checking" if checking else kind, names)
    return PayingView(
        heading=top,
        title=said(attempt.kind, f"screen.till.paying.{word}", words),
        amount=words.format_money(attempt.amount_minor, currency),
        steps=tuple(
            Step(said(attempt.kind, f"payment.{name}", words), mark)
            for name, mark in zip(names, marks, strict=True)
        ),
        said=inserted(text, attempt.amount_minor, words) if in_cash and not checking else text,
        facts=(
            Fact(words.text("screen.till.fact.terminal"), attempt.terminal_id),
            Fact(words.text("screen.till.fact.payment_reference"), attempt.reference),
            Fact(
                words.text("screen.till.fact.since"), words.counted("screen.till.seconds", elapsed)
            ),
        ),
        stop=_stop(state, words, checking=checking),
    )


def _stop(state: TerminalState, words: Words, *, checking: bool) -> Action:
    tenders = state.sale.tenders if state.sale is not None else ()
    pending = next((t.n for t in tenders if t.status is TenderStatus.PENDING), 0)
    if not pending or checking:
        return Action()
    return Action(words.text("screen.till.paying.stop"), "x", DropTender(pending), key=ESCAPE)
