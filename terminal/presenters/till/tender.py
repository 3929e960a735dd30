"""The choice of how to pay: what is due, what was paid, cash with its change, card, cheque."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.basket import totals
from terminal.core.commands import TenderCash
from terminal.core.state import PaymentState, Sale, Tender, TenderStatus, TerminalState
from terminal.presenters.desk import Chain, Desk, Entry, change
from terminal.presenters.keys import ENTER, ESCAPE
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.till import tendering
from terminal.presenters.till.banners import banner, declined
from terminal.presenters.till.form import number
from terminal.presenters.till.heading import Fact, Heading, heading
from terminal.presenters.till.routes import SALE
from terminal.presenters.till.voucher_forms import open_redeem
from terminal.presenters.view import Action, Banner
from terminal.services.requests import DropTender, Pay
from terminal.words import Words

_ICONS = {
    "cash": "banknote",
    "cash_machine": "coins",
    "card": "credit-card",
    "cheque": "file-text",
    "voucher": "gift",
}


@dataclass(frozen=True, slots=True)
class TenderRow:
    """One tender of the sale; ``tone`` is ``good``, ``warn``, ``bad`` or ``quiet``."""

    icon: str = ""
    name: str = ""
    detail: str = ""
    status: str = ""
    tone: str = "good"
    amount: str = ""
    remove: Action = Action()


@dataclass(frozen=True, slots=True)
class TenderView:
    heading: Heading = field(default_factory=Heading)
    banner: Banner = Banner()
    due_label: str = ""
    due: str = ""
    facts: tuple[Fact, ...] = ()
    list_title: str = ""
    tenders: tuple[TenderRow, ...] = ()
    empty: str = ""
    typed_label: str = ""
    typed: str = ""
    hint: str = ""
    change_label: str = ""
    change: str = ""
    quick: tuple[Action, ...] = ()
    methods: tuple[Action, ...] = ()
    cash: Action = Action()
    back: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> TenderView:
    """Return the tender screen; a typed amount counts for whichever tender is pressed."""
    sale = state.sale
    top = heading(state, surroundings, words)
    if sale is None:
        return TenderView(heading=top)
    figures = totals(sale)
    typed = number(desk, "amount")
    back = tendering.change_of(sale, typed, surroundings.cash_rounding_minor) if typed else None
    due_word = "screen.till.to_refund" if figures.due_minor < 0 else "screen.till.to_pay"
    return TenderView(
        heading=top,
        banner=_banner(state, surroundings, words),
        due_label=words.text(due_word),
        due=words.format_money(abs(figures.due_minor), sale.currency),
        facts=_facts(sale, surroundings, words),
        list_title=words.text("screen.till.tenders"),
        tenders=tuple(_row(tender, sale, words) for tender in reversed(sale.tenders)),
        empty=words.text("screen.till.tenders.none"),
        typed_label=words.text("screen.till.handed_over"),
        typed=words.format_money(typed, sale.currency) if typed else "",
        hint=words.format_money(abs(figures.due_minor), sale.currency),
        change_label=words.text("screen.till.change") if back else "",
        change=words.format_money(back, sale.currency) if back else "",
        quick=_quick(sale, surroundings, words),
        methods=_methods(sale, typed, surroundings, words),
        cash=_cash(sale, typed, surroundings, words),
        back=Action(
            words.text("screen.till.back"), "arrow-left",
            change(panel=SALE, entry=Entry(), memory=MappingProxyType({})), key=ESCAPE,
        ),
    )  # fmt: skip


def _banner(state: TerminalState, surroundings: Surroundings, words: Words) -> Banner:
    if any(a.state is PaymentState.REVERSING for a in state.attempts.values()):
        return Banner("", words.text("payment.reversing"), "hourglass", "info")
    last = declined(state, words)
    return last if last.shown and not state.notices else banner(state, surroundings, words)


def _facts(sale: Sale, surroundings: Surroundings, words: Words) -> tuple[Fact, ...]:
    figures = totals(sale)
    facts = [
        Fact(words.text("receipt.total"), words.format_money(figures.total_minor, sale.currency))
    ]
    if figures.paid_minor:
        paid = words.format_money(figures.paid_minor, sale.currency)
        facts.append(Fact(words.text("screen.till.paid"), paid))
    cash = tendering.due_in_cash(sale, surroundings.cash_rounding_minor)
    if cash != figures.due_minor:
        amount = words.format_money(abs(cash), sale.currency)
        facts.append(Fact(words.text("screen.till.due_in_cash"), amount))
    return tuple(facts)


_TONES = {
    TenderStatus.BOOKED: "good",
    TenderStatus.PENDING: "warn",
    TenderStatus.UNKNOWN: "bad",
    TenderStatus.DECLINED: "quiet",
    TenderStatus.REVERSED: "quiet",
}


def _row(tender: Tender, sale: Sale, words: Words) -> TenderRow:
    card = tender.card
    details = [tender.number] if tender.number else []
    if card is not None:
        details += [card.brand, f"•••• {card.last4}" if card.last4 else "", card.approval_code]
    counts = tender.status in {TenderStatus.BOOKED, TenderStatus.PENDING, TenderStatus.UNKNOWN}
    label = words.text("screen.till.tender.remove")
    booked = tender.status is TenderStatus.BOOKED
    return TenderRow(
        icon=_ICONS.get(tender.kind, "wallet"),
        name=tendering.tender_name(tender.kind, words),
        detail=" · ".join(detail for detail in details if detail),
        status=words.text(f"tender_status.{tender.status.value}"),
        tone=_TONES[tender.status],
        amount=words.format_money(tender.amount_minor if counts else 0, sale.currency)
        if counts
        else f"({words.format_money(tender.amount_minor, sale.currency)})",
        remove=Action(label, "trash-2", DropTender(tender.n)) if booked else Action(),
    )


def _quick(sale: Sale, surroundings: Surroundings, words: Words) -> tuple[Action, ...]:
    due = tendering.due_in_cash(sale, surroundings.cash_rounding_minor)
    return tuple(
        Action(
            words.format_money(abs(amount), sale.currency), "",
            Chain((Pay("cash", amount), change(entry=tendering.amount_entry()))),
        )
        for amount in tendering.quick_amounts(due)
    )  # fmt: skip


def _methods(
    sale: Sale, typed: int, surroundings: Surroundings, words: Words
) -> tuple[Action, ...]:
    due = totals(sale).due_minor
    amount = (typed if due > 0 else -typed) or due
    entry = tendering.approval_entry() if surroundings.typed_result else tendering.amount_entry()
    again = change(entry=entry, memory=MappingProxyType({}))
    number_entry = Entry("number", "", 20, digits=True)
    ask = change(
        overlay="cheque", entry=number_entry, memory=MappingProxyType({"amount": str(amount)})
    )
    machine = _machine(sale, typed, surroundings, words)
    card_ok = due != 0 and surroundings.device("poi").usable
    return (
        Action(
            tendering.tender_name("card", words), "credit-card",
            Chain((Pay("card", amount, wait=False), again)), card_ok, "F6",
        ),
        Action(tendering.tender_name("cheque", words), "file-text", ask, due > 0, "F7"),
        Action(
            tendering.tender_name("voucher", words), "gift",
            open_redeem(typed if due > 0 else 0, words), due > 0, "F9",
        ),
        *machine,
    )  # fmt: skip


def _machine(
    sale: Sale, typed: int, surroundings: Surroundings, words: Words
) -> tuple[Action, ...]:
    """Return the cash machine where there is one; it pays the change by itself."""
    if "cash" not in surroundings.devices:
        return ()
    due = tendering.due_in_cash(sale, surroundings.cash_rounding_minor)
    amount = min(typed, due) if typed and due > 0 else due
    pay = Chain((Pay("cash_machine", amount, wait=False), change(entry=tendering.amount_entry())))
    usable = due > 0 and surroundings.device("cash").usable
    return (Action(tendering.tender_name("cash_machine", words), "coins", pay, usable, "F8"),)


def _cash(sale: Sale, typed: int, surroundings: Surroundings, words: Words) -> Action:
    due = tendering.due_in_cash(sale, surroundings.cash_rounding_minor)
    name = tendering.tender_name("cash", words)
    if totals(sale).due_minor == 0:
        return Action(words.text("screen.till.finish"), "check", TenderCash(0), key=ENTER)
    amount = (typed if due > 0 else -typed) or due
    again = change(entry=tendering.amount_entry())
    label = f"{name} · {words.format_money(abs(amount), sale.currency)}"
    return Action(label, "banknote", Chain((Pay("cash", amount), again)), key=ENTER)
