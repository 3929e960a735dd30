"""After the payment: receipt choice and thanks."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.commands import ChooseReceipt, NextCustomer
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, clear
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner, Header
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class ReceiptView:
    header: Header = Header()
    banner: Banner = Banner()
    title: str = ""
    amount: str = ""
    question: str = ""
    printed: Action = Action()
    none: Action = Action()
    countdown: str = ""
    progress: float = 0.0


@dataclass(frozen=True, slots=True)
class ThanksView:
    header: Header = Header()
    banner: Banner = Banner()
    title: str = ""
    text: str = ""
    number: str = ""
    countdown: str = ""
    progress: float = 0.0
    next: Action = Action()


def present_receipt(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ReceiptView:
    """Return the choice of a receipt; the printer decides whether paper can be had."""
    sale = state.sale
    view_header = Header(title=surroundings.shop_name)
    if sale is None:
        return ReceiptView(header=view_header)
    paper = surroundings.device("printer").usable
    broken = Banner(
        words.text("screen.receipt.no_paper"), words.text("screen.receipt.no_paper_text"), "printer"
    )
    left = surroundings.seconds_left
    return ReceiptView(
        header=view_header,
        banner=Banner() if paper else broken,
        title=words.text("screen.receipt.paid"),
        amount=words.format_money(sale.total_minor, sale.currency),
        question=words.text("screen.receipt.question"),
        printed=Action(
            words.text("screen.receipt.print"),
            "receipt-text",
            ChooseReceipt("print"),
            not desk.busy,
        ),
        none=Action(
            words.text("screen.receipt.none"), "leaf", ChooseReceipt("none"), not desk.busy
        ),
        countdown=words.counted("screen.receipt.countdown", left) if left else "",
        progress=_part(surroundings),
    )


def present_thanks(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ThanksView:
    """Return the good-bye; it leaves by itself."""
    sale = state.sale
    view_header = Header(title=surroundings.shop_name)
    if sale is None:
        return ThanksView(header=view_header)
    printing = sale.receipt_choice == "print"
    left = surroundings.seconds_left
    return ThanksView(
        header=view_header,
        title=words.text("screen.thanks.title"),
        text=words.text("screen.thanks.take" if printing else "screen.thanks.text"),
        number=words.text("screen.thanks.number", number=grouped(sale.receipt_number)),
        countdown=words.counted("screen.thanks.countdown", left) if left else "",
        progress=_part(surroundings),
        next=Action(
            words.text("screen.thanks.next"),
            "arrow-right",
            Chain((NextCustomer(), clear())),
            not desk.busy,
        ),
    )


def grouped(number: str) -> str:
    """Return a receipt number in groups of four (NUM-02)."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _part(surroundings: Surroundings) -> float:
    total = surroundings.seconds_total
    return surroundings.seconds_left / total if total else 0.0
