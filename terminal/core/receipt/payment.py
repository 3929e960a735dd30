"""What is to pay and how it was paid, the VAT and the counts (RCP-18 to RCP-20)."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.blocks import Block, Row, Rule, Spacer, Table, Text
from terminal.core.receipt.lines import letter
from terminal.core.receipt.page import Page
from terminal.core.state import Sale, Tender, TenderStatus


def payment(page: Page) -> Iterator[Block]:
    """Yield the net to pay, every tender with its equivalent, rounding and change."""
    money = page.figures.money
    total = page.sale.total_minor
    key = "net_to_pay" if total >= 0 else "net_to_refund"
    yield Rule()
    yield page.row(key, money(total), bold=True, double=True)
    yield Rule()
    for tender in booked(page.sale):
        yield _tender(page, tender)
    if page.sale.rounding_minor:
        yield page.row("rounding", money(page.sale.rounding_minor))
    if page.sale.change_minor:
        yield page.row("change", money(page.sale.change_minor))
    yield Spacer()


def booked(sale: Sale) -> tuple[Tender, ...]:
    """Return the tenders that count."""
    return tuple(t for t in sale.tenders if t.status is TenderStatus.BOOKED)


def _tender(page: Page, tender: Tender) -> Row:
    """Return what was handed over, and what it is worth in the shop's currency (RCP-18)."""
    given = page.figures.money(tender.amount_minor)
    label, under = _label(page, tender), page.under(tender.kind)
    return Row(label, f"{page.word('equivalent')} {given}", middle=given, under=under)


def _label(page: Page, tender: Tender) -> str:
    parts = [page.word(tender.kind)]
    if tender.number:
        parts.append(tender.number)
    if tender.card is not None:
        parts.append(tender.card.brand)
        parts.append(f"*{tender.card.last4}" if tender.card.last4 else "")
    return " ".join(part for part in parts if part)


def vat_table(page: Page) -> Iterator[Block]:
    """Yield code, rate, net, VAT and gross of each rate, as frozen when paying began."""
    keys = ("vat_code", "vat_rate", "vat_net", "vat_vat", "vat_gross")
    heads = [tuple(page.word(key) for key in keys)]
    if page.second and any(page.under(key) for key in keys):
        heads.append(tuple(page.under(key) for key in keys))
    amount = page.figures.amount
    rows = tuple(
        (
            letter(i),
            page.figures.rate(row.rate_bp),
            amount(row.net_minor),
            amount(row.vat_minor),
            amount(row.gross_minor),
        )
        for i, row in enumerate(page.sale.vat)
    )
    yield Text(page.word("vat_detail"), under=page.under("vat_detail"))
    yield Table((*heads, *rows), heads=len(heads))
    yield Spacer()


def counts(page: Page) -> Iterator[Block]:
    """Yield how many articles were sold and how many came back."""
    yield page.labelled("articles", str(page.sums.article_count))
    yield page.labelled("returns", str(page.sums.return_count))
    yield Spacer()
