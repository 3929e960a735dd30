"""The card slip within the receipt (RCP-24): what the terminal said, or what is known of it.

A card's number is never whole, whatever a terminal sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terminal.core.blocks import Align, Block, Rule, Text
from terminal.core.receipt.page import Page
from terminal.core.receipt.payment import booked
from terminal.core.state import CardResult, Tender

_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){12,18}")
"""A card number has 13 to 19 digits (ISO/IEC 7812-1), perhaps in groups."""
_CONTACTLESS = "contactless"


def slips(page: Page) -> Iterator[Block]:
    """Yield the slip of every card that was charged or credited."""
    for tender in booked(page.sale):
        card = tender.card
        if card is None:
            continue
        if card.slip:
            yield Rule()
            for line in card.slip:
                yield Text(without_numbers(line))
        elif card.brand or card.approval_code:
            yield Rule()
            yield from _known(page, tender, card)


def without_numbers(line: str) -> str:
    """Return a line in which no card number can be read but its last four digits."""

    def hidden(found: re.Match[str]) -> str:
        digits = re.sub(r"[ -]", "", found[0])
        return f"{'X' * (len(digits) - 4)}{digits[-4:]}" if _is_card_number(digits) else found[0]

    return _LONG_NUMBER.sub(hidden, line)


def _is_card_number(digits: str) -> bool:
    """Tell whether the check digit is that of a card (Luhn, ISO/IEC 7812-1 annex B)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _known(page: Page, tender: Tender, card: CardResult) -> Iterator[Block]:
    """Yield the slip that the terminal did not write, from what it said of the payment."""
    yield Text(f"{page.word('card')} {card.brand}".rstrip(), Align.CENTER, bold=True)
    if card.entry_mode == _CONTACTLESS:
        yield Text(
            page.word("slip_contactless"), Align.CENTER, under=page.under("slip_contactless")
        )
    if card.aid:
        yield Text(card.aid)
    yield Text(page.figures.date_time)
    yield page.labelled("slip_merchant", page.shop.name)
    for line in page.shop.address[-1:]:
        yield Text(line)
    terminal, transaction = card.terminal_id or tender.terminal_id, card.poi_transaction_id
    if terminal:
        yield page.labelled("slip_terminal", terminal)
    if transaction:
        yield page.labelled("slip_transaction", transaction)
    if card.last4:
        yield Text(f"{'X' * 12}{card.last4}")
    if card.approval_code:
        yield page.labelled("slip_authorisation", card.approval_code)
    yield page.row("slip_amount", page.figures.money(abs(tender.amount_minor)), bold=True)
    key = "slip_debit" if tender.amount_minor >= 0 else "slip_credit"
    yield Text(page.word(key), bold=True, under=page.under(key))
    yield Text(
        f"{page.word('slip_copy')} - {page.word('slip_keep')}", under=page.under("slip_copy")
    )
