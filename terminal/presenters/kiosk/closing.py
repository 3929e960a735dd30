"""After the payment: receipt choice and thanks."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.commands import NextCustomer
from terminal.core.receipt.paper import ON_PAPER
from terminal.core.state import TerminalState
from terminal.presenters.desk import Chain, Desk, clear
from terminal.presenters.receipt_forms import ICONS, chosen, default_of
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
    choices: tuple[Action, ...] = ()
    """How the receipt can be had, in the shop's order; the first stands out."""
    countdown: str = ""
    progress: float = 0.0


@dataclass(frozen=True, slots=True)
class ThanksView:
    header: Header = Header()
    banner: Banner = Banner()
    title: str = ""
    text: str = ""
    code: str = ""
    """Content of the code that opens the receipt on a telephone; empty when none was wanted."""
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
    left, choices = surroundings.seconds_left, surroundings.delivery.choices
    return ReceiptView(
        header=view_header,
        banner=Banner() if paper else broken,
        title=words.text("screen.receipt.paid"),
        amount=words.format_money(sale.total_minor, sale.currency),
        question=words.text("screen.receipt.question"),
        choices=tuple(
            Action(_label(choice, choices, words), ICONS[choice], chosen(choice), not desk.busy)
            for choice in choices
        ),
        countdown=words.counted(f"screen.receipt.{_waiting(surroundings)}", left) if left else "",
        progress=_part(surroundings),
    )


def _label(choice: str, choices: tuple[str, ...], words: Words) -> str:
    """Return the words of a choice; among many, the short ones."""
    short = choice == "print" and len(choices) > 2
    return words.text("screen.receipt.print_only" if short else f"screen.receipt.{choice}")


def _waiting(surroundings: Surroundings) -> str:
    silent = default_of(surroundings.delivery.choices, on_request=surroundings.paper_on_request)
    return "countdown" if silent.choice in ON_PAPER else "waits"


def present_thanks(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> ThanksView:
    """Return the good-bye; it leaves by itself."""
    sale = state.sale
    view_header = Header(title=surroundings.shop_name)
    if sale is None:
        return ThanksView(header=view_header)
    choice = sale.receipt_choice
    said = {"print": "take", "email": "email", "both": "both", "link": "link"}.get(choice, "text")
    left = surroundings.seconds_left
    return ThanksView(
        header=view_header,
        title=words.text("screen.thanks.title"),
        text=words.text(f"screen.thanks.{said}"),
        code=surroundings.delivery.link if choice == "link" else "",
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
