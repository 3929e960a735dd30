"""A card payment under way, or being asked about after a power cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.state import TenderStatus, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.keys import ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.tendering import steps_before
from terminal.presenters.view import Action
from terminal.services.requests import DropTender
from terminal.words import Words

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
    names = ("checking",) if checking else (KEY_IN,) if surroundings.typed_result else STEPS
    marks = steps_before(names[0] if len(names) == 1 else kind, names)
    return PayingView(
        heading=top,
        title=words.text(f"screen.till.paying.{word}"),
        amount=words.format_money(attempt.amount_minor, currency),
        steps=tuple(
            Step(words.text(f"payment.{name}"), mark)
            for name, mark in zip(names, marks, strict=True)
        ),
        said="" if text == KEY_IN else text,
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
