"""A finished sale as a document: the same blocks for paper, picture, text and PDF (RCP-25).

Words come in by key, figures through ``Figures``: the receipt knows no language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from terminal.core.basket import DiscountTotal, Totals, totals
from terminal.core.blocks import QR, Align, Banner, Barcode, Block, Row, Rule, Spacer, Table, Text
from terminal.core.errors import CoreError
from terminal.core.figures import Figures
from terminal.core.numbering import grouped, is_digits
from terminal.core.state import (
    Discount,
    Line,
    PaymentAttempt,
    Sale,
    SaleStatus,
    Tender,
    TenderStatus,
)
from terminal.core.weighing import TYPED

RECEIPT_WORDS = frozenset(
    f"receipt.{key}"
    for key in (
        "phone", "duplicate", "duplicate_number", "training", "practice", "gift", "return",
        "deposit",
        "typed_weight",
        "price_changed", "eco_included", "discount", "coupon", "net_to_pay", "net_to_refund",
        "cash", "cash_machine", "cheque", "card", "rounding", "change", "vat_detail", "vat_code",
        "vat_rate", "vat_net", "vat_vat", "vat_gross", "articles", "returns", "salesperson",
        "till", "ticket",
        "interrupted", "interrupted_advice", "total", "payment_in_doubt", "reference", "paid",
        "sale", "slip_code", "voucher", "voucher_single", "voucher_multi", "voucher_used",
        "deposit_used",
    )
)  # fmt: skip
"""Keys that ``words`` must hold; a catalogue that lacks one cannot print."""

PROPERTIES = ("eco", "colour", "size")
"""Article properties printed under the article, in this order (RCP-07)."""
_DETAIL_INDENT = 2
_AMOUNT_COLUMNS = 9
"""Room of an amount up to 99 999,99; a larger one only breaks the alignment."""


class NotFinal(CoreError):
    """Only a completed sale has a receipt (RCP-26)."""


@dataclass(frozen=True, slots=True)
class ShopIdentity:
    """Who sells, and at which till (RCP-05, NUM-05)."""

    name: str
    address: tuple[str, ...] = ()
    phone: str = ""
    registration: tuple[str, ...] = ()
    """Lines such as the company number and the VAT number."""
    till_number: str = ""
    workstation: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    """What every part of the document is written from."""

    sale: Sale
    sums: Totals
    words: Mapping[str, str]
    figures: Figures
    properties: tuple[str, ...]

    def word(self, key: str) -> str:
        return self.words[f"receipt.{key}"]

    def labelled(self, key: str, value: str) -> Text:
        return Text(f"{self.word(key)} : {value}")


def receipt(
    sale: Sale,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    *,
    copy: int = 0,
    training: bool = False,
    message: str = "",
    properties: tuple[str, ...] = PROPERTIES,
    legal: tuple[Block, ...] = (),
) -> tuple[Block, ...]:
    """Return the receipt of a completed sale.

    Args:
        sale: the sale as completed, with its number.
        shop: the header.
        words: texts by the keys of ``RECEIPT_WORDS``.
        figures: how figures are written, and the date and time of the sale.
        copy: 0 for the original; others are marked as duplicates and counted (RCP-17).
        training: marks a test receipt (NUM-06).
        message: a line for this customer (RCP-22); empty for none.
        properties: keys of the article attributes to print.
        legal: what the law of the country wants under it.

    Raises:
        NotFinal: the sale is not completed.
    """
    if sale.status is not SaleStatus.COMPLETED:
        raise NotFinal(sale.sale_id)
    page = _Page(sale, totals(sale), words, figures, properties)
    return tuple(
        chain(
            _header(shop, page),
            _marks(page, copy, training),
            _lines(page),
            _foot_discounts(page),
            _payment(page),
            _vat_table(page),
            _counts(page),
            (Text(message), Spacer()) if message else (),
            _origin(page, shop, training),
            legal,
            _card_slips(page),
        )
    )


def interruption(
    sale: Sale,
    attempt: PaymentAttempt | None,
    shop: ShopIdentity,
    words: Mapping[str, str],
    figures: Figures,
    *,
    code: str = "",
    copy: int = 0,
    training: bool = False,
) -> tuple[Block, ...]:
    """Return the slip of a sale that was interrupted: not a receipt, it takes no number.

    It says what was in the basket and what was paid, and names the payment in doubt so that the
    customer holds its amount and reference (rule R6).  ``code`` is what a scanner reads to find the
    sale again; every ``copy`` but 0 is marked.
    """
    page = _Page(sale, totals(sale), words, figures, ())
    doubt: tuple[Block, ...] = ()
    if attempt is not None:
        doubt = (
            Row(page.word("payment_in_doubt"), figures.money(attempt.amount_minor), bold=True),
            page.labelled("reference", attempt.reference),
        )
    symbol = (Spacer(), Text(page.word("slip_code")), QR(code), Text(code)) if code else ()
    return (
        *_header(shop, page),
        *_marks(page, copy, training=training),
        Banner(page.word("interrupted")),
        Spacer(),
        *_lines(page),
        *_foot_discounts(page),
        Rule(),
        Row(page.word("total"), figures.money(page.sums.total_minor), bold=True),
        Row(page.word("paid"), figures.money(page.sums.paid_minor)),
        *doubt,
        Spacer(),
        Text(page.word("interrupted_advice")),
        Spacer(),
        *_till(page, shop),
        page.labelled("sale", sale.sale_id),
        Text(figures.date_time),
        *symbol,
    )


def _header(shop: ShopIdentity, page: _Page) -> Iterator[Block]:
    yield Text(shop.name, Align.CENTER, bold=True)
    for line in shop.address:
        yield Text(line, Align.CENTER)
    if shop.phone:
        yield Text(f"{page.word('phone')} {shop.phone}", Align.CENTER)
    for line in shop.registration:
        yield Text(line, Align.CENTER)
    yield Spacer()


def _marks(page: _Page, copy: int, training: bool) -> Iterator[Block]:
    if training:
        yield Banner(f"*** {page.word('training')} ***")
        yield Text(page.word("practice"), Align.CENTER)
    if copy:
        yield Banner(f"*** {page.word('duplicate')} ***")
        yield Text(f"{page.word('duplicate_number')} {copy}", Align.CENTER)
    if training or copy:
        yield Spacer()


# --- lines ----------------------------------------------------------------------------------------


def _lines(page: _Page) -> Iterator[Block]:
    letters = {row.rate_bp: chr(ord("A") + i % 26) for i, row in enumerate(page.sums.vat)}
    by_line: dict[int, list[Discount]] = {}
    for discount in page.sale.discounts:
        by_line.setdefault(discount.line, []).append(discount)
    for line in page.sale.lines:
        if line.void:
            continue
        yield from _line(page, line, letters[line.vat_rate_bp])
        for discount in by_line.get(line.n, ()):
            yield from _discount(page, discount, page.sums.discounts[discount.n - 1])


def _line(page: _Page, line: Line, letter: str) -> Iterator[Block]:
    gross = page.figures.amount(page.sums.lines[line.n - 1].gross_minor)
    if line.kind != "article":
        yield Row(f"{page.word(line.kind)} {line.label}", f"({letter})")
        yield Row("", gross, indent=_DETAIL_INDENT)
        return
    times = f"({letter})" if line.weight_g else f"x{line.quantity} ({letter})"
    yield Row(line.label, times)
    if line.is_gift:
        yield Row(line.reference, page.word("gift"), indent=_DETAIL_INDENT)
    else:
        detail = _beside(_unit(page, line), gross)
        yield Row(line.reference, detail, indent=_DETAIL_INDENT)
    yield from _properties(page, line)
    if line.is_return:
        yield Row(f"{page.word('return')} ({line.return_reason})", "", indent=_DETAIL_INDENT)
    elif line.price_reason and not line.is_gift:
        yield Row(f"{page.word('price_changed')} ({line.price_reason})", "", indent=_DETAIL_INDENT)


def _beside(figure: str, amount: str) -> str:
    """Figures in two columns: what explains the amount, and the amount."""
    return f"{figure} {amount.rjust(_AMOUNT_COLUMNS)}"


def _unit(page: _Page, line: Line) -> str:
    price = page.figures.amount(line.unit_price_minor)
    if not line.weight_g:
        return price
    # A weight that a person typed is marked: it must not pass for one that the scale found.
    by_hand = f"{page.word('typed_weight')} " if line.weighed == TYPED else ""
    return f"{by_hand}{page.figures.kilograms(line.weight_g)} x {price}"


def _properties(page: _Page, line: Line) -> Iterator[Block]:
    values = dict(line.attributes)
    for key in page.properties:
        value = values.get(key, "")
        if not value:
            continue
        if key != "eco":
            yield Row(value, "", indent=_DETAIL_INDENT)
        elif is_digits(value):
            amount = page.figures.amount(int(value) * abs(line.quantity))
            yield Row(f"{page.word('eco_included')} {amount}", "", indent=_DETAIL_INDENT)


def _discount(page: _Page, discount: Discount, taken: DiscountTotal) -> Iterator[Block]:
    percent = f" {page.figures.rate(discount.percent_bp)}" if discount.percent_bp else ""
    label = f"{page.word('discount')}{percent} ({discount.reason})"
    taken_off = page.figures.amount(-taken.amount_minor)
    if discount.line:
        taken_off = _beside(taken_off, page.figures.amount(taken.left_minor))
    yield Row(label, taken_off, indent=_DETAIL_INDENT if discount.line else 0)
    if discount.coupon:
        yield Row(f"{page.word('coupon')} {discount.coupon}", "", indent=_DETAIL_INDENT)


def _foot_discounts(page: _Page) -> Iterator[Block]:
    for discount in page.sale.discounts:
        if discount.line == 0:
            yield from _discount(page, discount, page.sums.discounts[discount.n - 1])


# --- payment --------------------------------------------------------------------------------------


def _payment(page: _Page) -> Iterator[Block]:
    money = page.figures.money
    total = page.sale.total_minor
    key = "net_to_pay" if total >= 0 else "net_to_refund"
    yield Rule()
    yield Row(page.word(key), money(total), bold=True, double=True)
    yield Rule()
    for tender in _booked(page.sale):
        yield Row(_tender_label(page, tender), money(tender.amount_minor))
    if page.sale.rounding_minor:
        yield Row(page.word("rounding"), money(page.sale.rounding_minor))
    if page.sale.change_minor:
        yield Row(page.word("change"), money(page.sale.change_minor))
    yield Spacer()


def _booked(sale: Sale) -> tuple[Tender, ...]:
    return tuple(t for t in sale.tenders if t.status is TenderStatus.BOOKED)


def _tender_label(page: _Page, tender: Tender) -> str:
    parts = [page.word(tender.kind)]
    if tender.number:
        parts.append(tender.number)
    if tender.card is not None:
        parts.append(tender.card.brand)
        parts.append(f"*{tender.card.last4}" if tender.card.last4 else "")
    return " ".join(part for part in parts if part)


def _vat_table(page: _Page) -> Iterator[Block]:
    head = tuple(
        page.word(key) for key in ("vat_code", "vat_rate", "vat_net", "vat_vat", "vat_gross")
    )
    amount = page.figures.amount
    rows = tuple(
        (
            chr(ord("A") + i % 26),
            page.figures.rate(row.rate_bp),
            amount(row.net_minor),
            amount(row.vat_minor),
            amount(row.gross_minor),
        )
        for i, row in enumerate(page.sale.vat)
    )
    yield Text(page.word("vat_detail"))
    yield Table((head, *rows))
    yield Spacer()


def _counts(page: _Page) -> Iterator[Block]:
    yield page.labelled("articles", str(page.sums.article_count))
    yield page.labelled("returns", str(page.sums.return_count))
    yield Spacer()


def _till(page: _Page, shop: ShopIdentity) -> Iterator[Block]:
    where = f"{shop.till_number} - {shop.workstation} - {page.sale.operator_name}".rstrip()
    if page.sale.salesperson_id:
        yield page.labelled("salesperson", page.sale.salesperson_id)
    yield page.labelled("till", where)


def _origin(page: _Page, shop: ShopIdentity, training: bool) -> Iterator[Block]:
    number = grouped(page.sale.receipt_number)
    if training:
        number = f"{page.word('training')} {number}"
    token = f" (#{page.sale.token})" if page.sale.token else ""
    yield from _till(page, shop)
    yield page.labelled("ticket", f"{number}{token}")
    yield Text(page.figures.date_time)
    yield Spacer()
    yield Barcode(page.sale.receipt_number)


def _card_slips(page: _Page) -> Iterator[Block]:
    for tender in _booked(page.sale):
        if tender.card is not None and tender.card.slip:
            yield Rule()
            for line in tender.card.slip:
                yield Text(line)
