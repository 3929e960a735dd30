"""Dialogs about people: the operator, a supervisor's word, the outcome of an unknown payment."""

from __future__ import annotations

from terminal.core.commands import ChooseLanguage, Resolve, SignOff
from terminal.core.law_commands import BeginTraining
from terminal.core.limits import MAX_EVIDENCE
from terminal.core.state import TenderStatus, TerminalState
from terminal.presenters.desk import Chain, Desk, change
from terminal.presenters.keys import ENTER
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.form import (
    Field,
    FormView,
    cancel,
    form,
    keep,
    put_away,
    reason_field,
    reasons,
    typed,
)
from terminal.presenters.view import Action
from terminal.services.requests import Authorised, LeaveTraining
from terminal.words import Words

LANGUAGE_NAMES = {"fr": "Français", "en": "English", "nl": "Nederlands", "de": "Deutsch"}
"""Each language is named in itself: who needs it can read it."""
MAX_PIN = 12
RESOLVE_REASONS = 3
PAID = "paid"
NOT_PAID = "not_paid"
_BULLET = "\u25cf"


def operator_field(words: Words) -> Field:
    return Field("operator", words.text("screen.till.operator_number"), "", limit=6)


def pin_field(words: Words) -> Field:
    return Field(
        "pin", words.text("screen.till.pin"), "", limit=MAX_PIN, show=lambda t: _BULLET * len(t)
    )


def operator(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Show who is signed on; offer the languages and the way out."""
    del desk
    if state.operator is None:
        return FormView()
    door = "leave" if surroundings.training else "begin"
    through = LeaveTraining() if surroundings.training else BeginTraining()
    school = Action(words.text(f"screen.till.training.{door}"), "", Chain((put_away(), through)))
    return FormView(
        title=state.operator.name,
        text=words.text(
            "screen.till.operator.text",
            operator=state.operator.operator_id,
            role=state.operator.role,
        ),
        choices=languages(surroundings, words, signed_on=True),
        chips=(school,),
        cancel=cancel(words),
        confirm=Action(
            words.text("screen.till.sign_off"), "log-out", Chain((SignOff(), put_away()))
        ),
    )


def languages(surroundings: Surroundings, words: Words, *, signed_on: bool) -> tuple[Action, ...]:
    """Return one action per language of the shop, the present one chosen."""
    actions = []
    for code in surroundings.languages:
        show = change(language=code, overlay="")
        intent = Chain((ChooseLanguage(code), show)) if signed_on else show
        chosen = code == words.language
        actions.append(Action(LANGUAGE_NAMES[code], "", intent, chosen=chosen))
    return tuple(actions)


def override(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> FormView:
    """Ask a supervisor to allow what the operator may not; the operator stays signed on."""
    del state, surroundings
    who, pin = typed(desk, "operator"), typed(desk, "pin")
    steps = () if desk.blocked is None else (
        change(entry=pin_field(words).entry(), memory=keep(desk, pin="")),
        Authorised(desk.blocked, who, pin),
        put_away(),
    )  # fmt: skip
    return form(
        desk,
        words,
        title=words.text("screen.till.override.title"),
        text=words.text("screen.till.override.text"),
        tone="warn",
        fields=(operator_field(words), pin_field(words)),
        confirm=Action(
            words.text("screen.till.override.confirm"), "shield-check", Chain(steps),
            enabled=bool(who and pin and steps), key=ENTER,
        ),
    )  # fmt: skip


def resolve(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> FormView:
    """Ask for the outcome of an unknown payment, why, and what proves it (rule R10)."""
    del surroundings
    sale = state.sale
    unknown = (
        next((t for t in sale.tenders if t.status is TenderStatus.UNKNOWN), None) if sale else None
    )
    if sale is None or unknown is None:
        return FormView()
    outcome = desk.memory.get("outcome", "")
    reason, evidence = typed(desk, "reason").strip(), typed(desk, "evidence").strip()
    command = Resolve(unknown.n, outcome, reason, evidence)
    evidence_field = Field(
        "evidence", words.text("screen.till.evidence"), words.text("screen.till.evidence.hint"),
        digits=False, limit=min(MAX_EVIDENCE, 120),
    )  # fmt: skip
    return form(
        desk,
        words,
        title=words.text("screen.till.resolve.title"),
        text=words.format_money(unknown.amount_minor, sale.currency),
        tone="warn",
        choices=tuple(
            Action(
                words.text(f"screen.till.resolve.{name}"), "",
                change(memory=keep(desk, outcome=name)),
                chosen=name == outcome,
            )
            for name in (PAID, NOT_PAID)
        ),
        fields=(evidence_field, reason_field(words)),
        chips=reasons(desk, words, "resolve", RESOLVE_REASONS),
        confirm=Action(
            words.text("screen.till.resolve.confirm"), "check", Chain((command, put_away())),
            enabled=bool(outcome and reason and evidence), key=ENTER,
        ),
    )  # fmt: skip
