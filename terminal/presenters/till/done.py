"""The sale is paid: the change to give, the receipt, and the next customer."""

from __future__ import annotations

from dataclasses import dataclass, field

from terminal.core.commands import NextCustomer
from terminal.core.receipt.paper import ON_PAPER, is_printed, paper_needed
from terminal.core.state import PrintJob, PrintState, Sale, TenderStatus, TerminalState
from terminal.presenters.desk import Chain, Desk, change, clear
from terminal.presenters.receipt_forms import ICONS, chosen
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till.banners import banner, grouped
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.invoice_forms import ask_buyer
from terminal.presenters.till.receipt_forms import LINK
from terminal.presenters.till.tendering import tender_name
from terminal.presenters.view import Action, Banner
from terminal.services.requests import PrintAgain
from terminal.words import Words

_WAITING = frozenset({PrintState.WAIT_PAPER, PrintState.WAIT_DEVICE, PrintState.AMBIGUOUS})


@dataclass(frozen=True, slots=True)
class DoneView:
    heading: Heading = field(default_factory=Heading)
    banner: Banner = Banner()
    label: str = ""
    amount: str = ""
    gives_change: bool = False
    text: str = ""
    facts: tuple[Fact, ...] = ()
    receipt_label: str = ""
    receipt: str = ""
    paper: str = ""
    paper_tone: str = "good"
    drawer: str = ""
    choices: tuple[Action, ...] = ()
    """Forms of the receipt that can still be had, in the shop's order."""
    reprint: Action = Action()
    papers: tuple[Action, ...] = ()
    """The receipt again, and an invoice of it."""
    next: Action = Action()


def present(state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words) -> DoneView:
    """Return the end of a sale."""
    del desk
    top = heading(state, surroundings, words)
    sale = state.sale
    if sale is None:
        return DoneView(heading=top)
    money = words.format_money
    change, refund = sale.change_minor, sale.total_minor < 0
    word = "change_due" if change else "refunded" if refund else "paid_in_full"
    paper, tone = _paper(state, sale, surroundings, words)
    drawer_open = "drawer_open" in surroundings.device("drawer").reasons
    return DoneView(
        heading=top,
        banner=banner(state, surroundings, words),
        label=words.text(f"screen.till.done.{word}"),
        amount=money(change or abs(sale.total_minor), sale.currency),
        gives_change=bool(change),
        text=_text(sale, surroundings, words),
        facts=_facts(sale, words),
        receipt_label=words.text("screen.till.done.receipt"),
        receipt=grouped(sale.receipt_number),
        paper=paper,
        paper_tone=tone,
        drawer=words.text("device.drawer_open") if drawer_open else "",
        choices=_choices(sale, surroundings, words),
        reprint=_reprint(sale, surroundings, words),
        papers=(
            _reprint(sale, surroundings, words),
            Action(
                words.text("screen.till.action.invoice"), "file-text",
                ask_buyer(sale.receipt_number, money(sale.total_minor, sale.currency), words),
                key="F10",
            ),
        ),
        next=Action(
            words.text("screen.till.done.next"), "arrow-right", Chain((NextCustomer(), clear())),
            key="F12",
        ),
    )  # fmt: skip


def _facts(sale: Sale, words: Words) -> tuple[Fact, ...]:
    money = words.format_money
    facts = [Fact(words.text("receipt.total"), money(sale.total_minor, sale.currency))]
    for tender in sale.tenders:
        if tender.status is TenderStatus.BOOKED:
            amount = money(tender.amount_minor, sale.currency)
            facts.append(Fact(tender_name(tender.kind, words), amount))
    if sale.rounding_minor:
        facts.append(
            Fact(words.text("receipt.rounding"), money(sale.rounding_minor, sale.currency))
        )
    if sale.change_minor:
        facts.append(Fact(words.text("receipt.change"), money(sale.change_minor, sale.currency)))
    return tuple(facts)


def _is_printed(sale: Sale, surroundings: Surroundings) -> bool:
    return is_printed(sale, on_request=surroundings.paper_on_request)


def _reprint(sale: Sale, surroundings: Surroundings, words: Words) -> Action:
    """Return the way to paper: a duplicate, or the original when that was not printed."""
    if _is_printed(sale, surroundings):
        again = PrintAgain(sale.receipt_number)
        return Action(words.text("screen.till.action.reprint"), "receipt-text", again, key="F9")
    label = words.text("screen.till.done.ask_paper")
    return Action(label, ICONS["print"], chosen("print"), key="F9")


def _choices(sale: Sale, surroundings: Surroundings, words: Words) -> tuple[Action, ...]:
    """Return what of the shop's choices is left beside the paper, which has its own button."""
    offer = surroundings.delivery
    printed = _is_printed(sale, surroundings)
    found = []
    for choice in offer.choices:
        if choice in {"none", "print"} or (choice in ON_PAPER and printed):
            continue
        found.append(
            Action(
                words.text(f"screen.till.done.{choice}"), ICONS[choice],
                change(overlay=LINK) if choice == "link" else chosen(choice),
            )
        )  # fmt: skip
    return tuple(found)


def _text(sale: Sale, surroundings: Surroundings, words: Words) -> str:
    """Return thanks; where paper comes on request, the law's notice, or why it was printed."""
    if not surroundings.paper_on_request:
        return words.text("screen.till.done.thanks")
    needed = paper_needed(sale, on_request=True) or "notice"
    return words.text(f"receipt.paper.{needed}")


def _paper(
    state: TerminalState, sale: Sale, surroundings: Surroundings, words: Words
) -> tuple[str, str]:
    """Return how the receipt's paper is doing; nothing unfinished means that it is out."""
    mine = [job for job in state.print_jobs.values() if job.sale_id == sale.sale_id]
    job: PrintJob | None = mine[-1] if mine else None
    if job is None:
        if _is_printed(sale, surroundings):
            return words.text("screen.till.done.printed"), "good"
        if sale.letters:
            return words.text("screen.till.done.mailed"), "good"
        tone = "ink_soft" if surroundings.paper_on_request else "warn"
        return words.text("screen.till.done.no_paper"), tone
    tone = "bad" if job.state in _WAITING else "warn"
    text = words.text(f"print_state.{job.state.value}")
    return words.text("screen.till.done.printing", state=text), tone
