"""The choice of how to pay."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.core.basket import totals
from terminal.core.commands import CallHelp
from terminal.core.state import Sale, TenderStatus, TerminalState
from terminal.core.tenders import cash_due
from terminal.presenters.desk import Chain, Desk, change
from terminal.presenters.kiosk.shared import age_banner, age_waits, header, power_banner
from terminal.presenters.paid_in_cash import said
from terminal.presenters.surroundings import Surroundings
from terminal.presenters.view import Action, Banner, Header
from terminal.services.requests import Pay
from terminal.words import Words


@dataclass(frozen=True, slots=True)
class TenderView:
    header: Header = Header()
    banner: Banner = Banner()
    heading: str = ""
    amount: str = ""
    summary: str = ""
    card: Action = Action()
    card_detail: str = ""
    cash: Action = Action()
    """Empty where there is no cash machine."""
    other: Action = Action()
    back: Action = Action()


def present(
    state: TerminalState, desk: Desk, surroundings: Surroundings, words: Words
) -> TenderView:
    """Return the ways to pay: the card, cash where a machine takes it, or staff."""
    sale = state.sale
    if sale is None:
        return TenderView(header=header(surroundings, words))
    figures = totals(sale)
    usable = surroundings.device("poi").usable
    powered = not state.power_failed_at_ms
    ready = usable and powered and not age_waits(sale) and figures.due_minor > 0 and not desk.busy
    other = Chain((CallHelp("other_payment"), change(overlay="help")))
    return TenderView(
        header=header(surroundings, words),
        banner=_banner(sale, usable, words) if powered else power_banner(state, words),
        heading=words.text("screen.tender.due"),
        amount=words.format_money(figures.due_minor, sale.currency),
        summary=words.counted("screen.basket.count", figures.article_count),
        card=Action(
            words.text("screen.tender.card"),
            "credit-card",
            Pay("card", figures.due_minor, wait=False),
            enabled=ready,
        ),
        card_detail=words.text("screen.tender.card_detail"),
        cash=_cash(sale, desk, surroundings, words, powered=powered),
        other=Action(words.text("screen.tender.other"), "hand-helping", other),
        back=Action(words.text("screen.tender.back"), "arrow-left", change(panel="basket")),
    )


def _cash(
    sale: Sale, desk: Desk, surroundings: Surroundings, words: Words, *, powered: bool
) -> Action:
    if "cash" not in surroundings.devices:
        return Action()
    due = cash_due(totals(sale).due_minor, surroundings.cash_rounding_minor)
    ready = surroundings.device("cash").usable and not age_waits(sale) and not desk.busy
    return Action(
        words.text("screen.tender.cash"),
        "banknote",
        Pay("cash_machine", due, wait=False),
        enabled=powered and ready and due > 0,
    )


def _banner(sale: Sale, poi_usable: bool, words: Words) -> Banner:
    if age_waits(sale):
        return age_banner(words, paying=True)
    if not poi_usable:
        return Banner(
            words.text("screen.tender.no_poi"),
            words.text("screen.tender.no_poi_text"),
            "nfc",
            "warn",
        )
    if sale.tenders and sale.tenders[-1].status is TenderStatus.DECLINED:
        return Banner(
            said(sale.tenders[-1].kind, f"payment.{sale.tenders[-1].reason or 'declined'}", words),
            words.text("screen.tender.again"),
            "circle-x",
            "bad",
        )
    return Banner()
