"""A payment of which nobody can say whether the card was charged: what to do, and the way out."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.state import PaymentAttempt, TenderStatus, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.paid_in_cash import said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import Field, open_form
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.view import Action
from terminal.services.requests import EnquirePayment, PrintSlipAgain
from terminal.words import Words

ADVICE = 3


@dataclass(frozen=True, slots=True)
class UnknownView:
    heading: Heading = field(default_factory=Heading)
    title: str = ""
    amount: str = ""
    text: str = ""
    facts: tuple[Fact, ...] = ()
    advice_title: str = ""
    advice: tuple[str, ...] = ()
    resolve: Action = Action()
    enquire: Action = Action()
    slip: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> UnknownView:
    """Return what is known of the payment, what to look at, and the two ways on."""
    top = heading(state, surroundings, words)
    sale = state.sale
    unknown = (
        next((t for t in sale.tenders if t.status is TenderStatus.UNKNOWN), None) if sale else None
    )
    if sale is None or unknown is None:
        return UnknownView(heading=top)
    attempt = state.attempts.get(unknown.attempt_id)
    evidence = Field("evidence", "", digits=False, limit=120)
    return UnknownView(
        heading=top,
        title=said(unknown.kind, "payment.unknown", words),
        amount=words.format_money(unknown.amount_minor, sale.currency),
        text=words.text("screen.till.unknown.text"),
        facts=_facts(attempt, unknown.reason, surroundings, words) if attempt else (),
        advice_title=words.text("screen.till.unknown.advice"),
        advice=tuple(
            said(unknown.kind, f"screen.till.unknown.advice.{i}", words)
            for i in range(1, ADVICE + 1)
        ),
        resolve=Action(
            words.text("screen.till.unknown.resolve"), "shield-check",
            open_form("resolve", evidence), key="F8",
        ),
        enquire=Action(
            words.text("screen.till.unknown.enquire"), "refresh-cw", EnquirePayment(),
            enabled=not desk.busy, key="F12",
        ),
        slip=Action(
            words.text("screen.till.unknown.slip"), "printer", PrintSlipAgain(), not desk.busy,
            key="F9",
        ),
    )  # fmt: skip


def _facts(
    attempt: PaymentAttempt, reason: str, surroundings: Surroundings, words: Words
) -> tuple[Fact, ...]:
    at = attempt.sent_at_ms or attempt.intended_at_ms
    word = f"payment.{reason}"
    why = words.text(word) if reason and words.has(word) else words.text("payment.no_answer")
    return (
        Fact(words.text("screen.till.fact.reason"), why),
        Fact(
            words.text("screen.till.fact.sent_at"),
            words.format_time(at, surroundings.timezone, seconds=True),
        ),
        Fact(words.text("screen.till.fact.terminal"), attempt.terminal_id),
        Fact(words.text("screen.till.fact.payment_reference"), attempt.reference),
    )
