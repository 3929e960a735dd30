"""What a card terminal says that is not connected: the cashier types it."""

from __future__ import annotations

from types import MappingProxyType

from terminal.core.state import PaymentState, TerminalState
from terminal.presenters.desk import Chain, Change, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import tendering
from terminal.presenters.till.form import Field, FormView, form, keep, typed
from terminal.presenters.till.paying import KEY_IN
from terminal.presenters.view import Action
from terminal.services.requests import AnswerManual
from terminal.words import Words

MIN_APPROVAL_CHARS = 2
APPROVED = "approved"
OUTCOMES = (APPROVED, "declined", "cancelled")
"""What can be read off a terminal; a result is chosen, then confirmed."""


def is_due(state: TerminalState, surroundings: Surroundings) -> bool:
    """Tell whether a payment waits for its result to be typed."""
    tenders = {one.attempt_id: one.kind for one in state.sale.tenders} if state.sale else {}
    sent = any(
        one.state is PaymentState.SENDING and tenders.get(one.attempt_id) == "card"
        for one in state.attempts.values()
    )
    return surroundings.typed_result and sent and not surroundings.recovering


def typed_result(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask for the result; it cannot be put away, as the card may have been charged."""
    del surroundings
    attempt = next(iter(state.attempts.values()), None)
    if attempt is None:
        return FormView()
    outcome = desk.memory.get("outcome", APPROVED)
    code = typed(desk, "approval").strip().upper() if outcome == APPROVED else ""
    complete = outcome != APPROVED or len(code) >= MIN_APPROVAL_CHARS
    money = words.format_money(attempt.amount_minor, attempt.currency)
    word = "refund" if attempt.operation == "refund" else "payment"
    return form(
        desk,
        words,
        title=words.text(f"screen.till.typed_result.{word}", amount=money),
        text=words.text(f"payment.{KEY_IN}"),
        fields=(
            Field(
                "approval", words.text("screen.till.typed_result.number"),
                words.text("screen.till.typed_result.hint"), digits=False,
                limit=tendering.APPROVAL_CHARS, show=str.upper,
            ),
        ),
        choices=tuple(
            Action(
                words.text(f"screen.till.typed_result.{name}"), "",
                change(memory=keep(desk, outcome=name)), chosen=name == outcome,
            )
            for name in OUTCOMES
        ),
        confirm=Action(
            words.text("screen.till.confirm"), "check",
            Chain((AnswerManual(outcome, code), _back_to_amounts())),
            enabled=complete and not desk.busy, key=ENTER,
        ),
        closable=False,
    )  # fmt: skip


def _back_to_amounts() -> Change:
    return change(entry=tendering.amount_entry(), memory=MappingProxyType({}))
