"""Charged, not charged, or being checked: the truth about an interrupted payment."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.basket import totals
from terminal.core.state import Notice, Sale, Tender, TenderStatus, TerminalState
from terminal.presenters.desk import Desk, change
from terminal.presenters.kiosk.shared import header, staff_action
from terminal.presenters.paid_in_cash import said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.told import TOLD_ON_A_SCREEN, tell, untold
from terminal.presenters.view import Action, Header
from terminal.services.requests import PrintSlipAgain
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class ChargedView:
    header: Header = Header()
    tone: str = "warn"
    icon: str = "hourglass"
    mark: str = ""
    """The truth in two words, beside the icon."""
    title: str = ""
    amount: str = ""
    text: str = ""
    progress: float = -2.0
    """-1 while it is being checked; below that no bar."""
    note: str = ""
    slip: str = ""
    """Content of the interruption slip's code; empty when there is none."""
    slip_title: str = ""
    slip_text: str = ""
    actions: tuple[Action, ...] = ()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ChargedView:
    """Return the truth about the payment that was interrupted."""
    sale = state.sale
    if sale is None:
        return ChargedView(header=header(surroundings, words))
    doubtful = _doubtful(sale)
    notice = untold(state, desk, TOLD_ON_A_SCREEN)
    if doubtful is None and notice is not None:
        return _known(notice, sale, desk, surroundings, words)
    amount = doubtful.amount_minor if doubtful else totals(sale).due_minor
    asking = surroundings.recovering
    kind = doubtful.kind if doubtful else ""
    count = words.counted("screen.charged.kept", totals(sale).article_count)
    called = words.text("screen.charged.called") if state.help_reason else ""
    return ChargedView(
        header=header(surroundings, words),
        tone="warn",
        icon="hourglass",
        mark=words.text("screen.charged.checking"),
        title=said(
            kind, "screen.charged.title" if asking else "screen.charged.unknown_title", words
        ),
        amount=words.format_money(amount, sale.currency),
        text=said(kind, "screen.charged.text" if asking else "screen.charged.unknown_text", words),
        progress=-1.0,
        note=" ".join(part for part in (called, count) if part),
        slip=surroundings.voucher,
        slip_title=words.text("screen.charged.slip_title") if surroundings.voucher else "",
        slip_text=words.text("screen.charged.slip_text") if surroundings.voucher else "",
        actions=(staff_action(words), _slip_again(desk, words))
        if state.attempts and not asking
        else (staff_action(words),),
    )


def _slip_again(desk: Desk, words: Words) -> Action:
    label = words.text("screen.charged.slip_again")
    return Action(label, "printer", PrintSlipAgain(), not desk.busy)


def _doubtful(sale: Sale) -> Tender | None:
    doubt = {TenderStatus.PENDING, TenderStatus.UNKNOWN}
    return next((t for t in sale.tenders if t.status in doubt), None)


def _known(
    notice: Notice, sale: Sale, desk: Desk, surroundings: Surroundings, words: Words
) -> ChargedView:
    charged = notice.kind in {"payment_settled", "cash_settled"}
    kind = str(notice.details.get("tender", ""))
    truth = "yes" if charged else "no"
    amount = int(notice.details.get("amount_minor", 0))
    return ChargedView(
        header=header(surroundings, words),
        tone="good" if charged else "info",
        icon="circle-check" if charged else "shield-check",
        mark=said(kind, f"screen.charged.{truth}", words),
        title=said(kind, f"screen.charged.{truth}_title", words),
        amount=words.format_money(amount, sale.currency),
        text=said(kind, f"screen.charged.{truth}_text", words),
        note=words.counted("screen.charged.kept", totals(sale).article_count),
        actions=(
            Action(words.text("screen.continue"), "arrow-right", change(told=tell(notice, desk))),
        ),
    )
