"""A payment in progress, by card or at the cash machine."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.state import TenderStatus, TerminalState
from terminal.presenters.desk import Desk
from terminal.presenters.paid_in_cash import inserted, said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Header
from terminal.services.requests import DropTender
from terminal.words import Words

STEPS = ("insert_card", "pin", "online", "remove_card")
"""Progress of a payment in the order in which terminals report it (``drivers.payment.base``)."""

CASH_STEPS = ("insert_cash",)


@dataclass(frozen=True, slots=True)
class Step:
    text: str = ""
    state: str = "next"
    """``done``, ``now`` or ``next``."""


@dataclass(frozen=True, slots=True)
class PayingView:
    header: Header = Header()
    heading: str = ""
    amount: str = ""
    steps: tuple[Step, ...] = ()
    said: str = ""
    """What the terminal itself shows, when it says so in words."""
    stop: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> PayingView:
    """Return the payment under way; progress is news, it decides nothing."""
    sale = state.sale
    tender = (
        next((t for t in sale.tenders if t.status is TenderStatus.PENDING), None) if sale else None
    )
    view_header = Header(title=surroundings.shop_name)
    if sale is None or tender is None:
        return PayingView(header=view_header)
    kind, text = surroundings.progress
    in_cash = tender.kind == "cash_machine"
    return PayingView(
        header=view_header,
        heading=said(tender.kind, "screen.paying.heading", words),
        amount=words.format_money(tender.amount_minor, sale.currency),
        steps=_steps(kind, words, CASH_STEPS if in_cash else STEPS),
        said=inserted(text, tender.amount_minor, words) if in_cash else text,
        stop=Action(words.text("screen.paying.stop"), "x", DropTender(tender.n), not desk.busy),
    )


def _steps(kind: str, words: Words, names: tuple[str, ...]) -> tuple[Step, ...]:
    at = names.index(kind) if kind in names else 0
    states = ["done" if i < at else "now" if i == at else "next" for i in range(len(names))]
    return tuple(
        Step(words.text(f"payment.{name}"), mark) for name, mark in zip(names, states, strict=True)
    )
