"""An invoice's page, A4: what a person reads; the XML in the file says the same to machines.

Amounts are without VAT, as a French invoice has them; the totals come to the receipt's to the cent.
Everything is drawn in two fonts that the file carries with it (PDF/A-3 asks for that).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.core.buyer import Party
from terminal.core.numbering import grouped
from terminal.invoices.figures import KILOGRAM, InvoiceLine
from terminal.invoices.invoice import Invoice

FONTS = Path(__file__).parent.parent / "ui" / "fonts"
REGULAR, BOLD = "RepriseFigures-Regular", "RepriseFigures-SemiBold"
MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, RIGHT = 20 * MM, 190 * MM
TOP, BOTTOM = 277 * MM, 30 * MM
"""Lines go no lower than BOTTOM; the foot of the page stands below it."""
INK, SOFT, RULE, ACCENT = (
    (0.09, 0.11, 0.16),
    (0.38, 0.42, 0.49),
    (0.84, 0.86, 0.89),
    (0.05, 0.36, 0.33),
)
BODY, SMALL = 9.0, 7.6
LEADING = 12.0
SMALL_LEADING = 10.2
BUYER_X = 112 * MM
"""Where the window of an envelope is."""
QUANTITY_X, PRICE_X, RATE_X = 122 * MM, 150 * MM, 166 * MM
"""Right edges of the columns."""
LABEL_WIDTH, SUMS_LABEL_WIDTH = 84 * MM, 54 * MM
SIREN_GROUPS = ((0, 3), (3, 6), (6, 9), (9, 14))


def pages(invoice: Invoice) -> bytes:
    """Return the pages of an invoice as a PDF without its XML."""
    paper = _Paper(invoice)
    paper.head()
    paper.lines()
    paper.sums()
    paper.notes()
    return paper.done()


def siret_text(siret: str) -> str:
    """Return a SIRET as it is written: ``404 833 048 00022``."""
    return " ".join(siret[start:end] for start, end in SIREN_GROUPS)


@dataclass(frozen=True, slots=True)
class _Ink:
    font: str = REGULAR
    size: float = BODY
    colour: tuple[float, float, float] = INK


_PLAIN, _STRONG = _Ink(), _Ink(BOLD)
_QUIET = _Ink(size=SMALL, colour=SOFT)


def _fonts() -> None:
    # Drawing is slow to load: an invoice is made away from the loop, and never at start.
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    known = getRegisteredFontNames()
    for name in (REGULAR, BOLD):
        if name not in known:
            registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


class _Paper:
    """The page being drawn; ``y`` is where the next thing goes."""

    def __init__(self, invoice: Invoice) -> None:
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

        _fonts()
        self._invoice = invoice
        self._out = io.BytesIO()
        self._canvas: Any = Canvas(
            self._out,
            pagesize=(WIDTH, HEIGHT),
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,
            lang=invoice.words.language,
        )
        self._page = 1
        self._feet: list[int] = []
        self.y = TOP

    # --- drawing ----------------------------------------------------------------------------------

    def _text(self, x: float, y: float, text: str, ink: _Ink = _PLAIN) -> None:
        self._canvas.setFont(ink.font, ink.size)
        self._canvas.setFillColorRGB(*ink.colour)
        self._canvas.drawString(x, y, text)

    def _right(self, x: float, y: float, text: str, ink: _Ink = _PLAIN) -> None:
        self._canvas.setFont(ink.font, ink.size)
        self._canvas.setFillColorRGB(*ink.colour)
        self._canvas.drawRightString(x, y, text)

    def _rule(self, y: float, left: float = LEFT, colour: Any = RULE, width: float = 0.6) -> None:
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(width)
        self._canvas.line(left, y, RIGHT, y)

    def _wrapped(self, text: str, width: float, ink: _Ink = _PLAIN) -> list[str]:
        from reportlab.lib.utils import simpleSplit  # noqa: PLC0415

        lines: list[str] = simpleSplit(text, ink.font, ink.size, width)
        return lines

    def _room(self, height: float) -> None:
        """Begin another page when what comes would not fit on this one."""
        if self.y - height < BOTTOM:
            self._turn()

    def _turn(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._page += 1
        self.y = TOP
        say = self._invoice.say
        self._text(
            LEFT, self.y, f"{self._invoice.title} {self._invoice.event.invoice_number}", _STRONG
        )
        self._right(RIGHT, self.y, say("page_number", page=str(self._page)), _QUIET)
        self.y -= 2 * LEADING
        self._columns()

    # --- the head ---------------------------------------------------------------------------------

    def head(self) -> None:
        """Draw who sells, what this is, and who buys."""
        invoice, say = self._invoice, self._invoice.say
        self._text(LEFT, TOP - 4, invoice.seller.name, _Ink(BOLD, 15))
        self._right(RIGHT, TOP - 6, invoice.title, _Ink(BOLD, 22, ACCENT))
        y = TOP - 24
        for line in self._seller():
            self._text(LEFT, y, line, _QUIET)
            y -= SMALL_LEADING
        facts = [
            (say("number"), invoice.event.invoice_number),
            (say("date"), invoice.date(invoice.issued_at_ms)),
            (say("supply_date"), invoice.date(invoice.sale.completed_at_ms)),
            (say("receipt_number"), grouped(invoice.event.receipt_number)),
        ]
        beside = TOP - 26
        if invoice.copy:
            self._right(RIGHT, beside, say("copy", copy=str(invoice.copy)), _Ink(BOLD, 11))
            beside -= 16
        for label, value in facts:
            self._text(BUYER_X, beside, label, _QUIET)
            self._right(RIGHT, beside, value, _STRONG)
            beside -= LEADING
        self.y = min(y, beside, TOP - 92)
        self._buyer()
        self._columns()

    def _seller(self) -> Iterator[str]:
        invoice, seller, details = self._invoice, self._invoice.seller, self._invoice.details
        yield from filter(None, seller.address)
        yield f"{seller.postcode} {seller.city}".strip()
        for key in ("phone", "email"):
            if details.get(key):
                yield details[key]
        if seller.siret:
            yield invoice.say("siret", number=siret_text(seller.siret))
        if seller.vat_id:
            yield invoice.say("vat_id", number=seller.vat_id)

    def _buyer(self) -> None:
        invoice, buyer = self._invoice, self._invoice.buyer
        y = self.y - 4
        self._canvas.setFillColorRGB(0.955, 0.965, 0.97)
        lines = list(_address(buyer, invoice.seller))
        numbers = []
        if buyer.siret:
            numbers.append(invoice.say("siret", number=siret_text(buyer.siret)))
        if buyer.vat_id:
            numbers.append(invoice.say("vat_id", number=buyer.vat_id))
        height = 34 + LEADING * len(lines) + SMALL_LEADING * len(numbers) + (8 if numbers else 4)
        self._canvas.roundRect(
            BUYER_X - 10, y - height, RIGHT - BUYER_X + 10, height, 4, stroke=0, fill=1
        )
        y -= 14
        self._text(BUYER_X, y, invoice.say("buyer"), _QUIET)
        y -= 15
        self._text(BUYER_X, y, buyer.name, _Ink(BOLD, 10.5))
        for line in lines:
            y -= LEADING
            self._text(BUYER_X, y, line)
        y -= 4
        for line in numbers:
            y -= SMALL_LEADING
            self._text(BUYER_X, y, line, _QUIET)
        self.y = y - 44

    # --- the lines --------------------------------------------------------------------------------

    def _columns(self) -> None:
        say = self._invoice.say
        self._text(LEFT, self.y, say("description"), _QUIET)
        for x, key in (
            (QUANTITY_X, "quantity"),
            (PRICE_X, "unit_price"),
            (RATE_X, "rate"),
            (RIGHT, "net"),
        ):
            self._right(x, self.y, say(key), _QUIET)
        self.y -= 6
        self._rule(self.y, colour=INK, width=0.8)
        self.y -= 15

    def lines(self) -> None:
        """Draw the lines, over as many pages as they need."""
        for line in self._invoice.figures.lines:
            self._line(line)

    def _line(self, one: InvoiceLine) -> None:
        words, code = self._invoice.words, self._invoice.figures.currency
        labels = self._wrapped(self._invoice.label(one.line), LABEL_WIDTH)
        below = [one.line.reference] if one.line.reference != one.line.label else []
        height = LEADING * len(labels) + SMALL_LEADING * (len(below) + bool(one.discount)) + 8
        self._room(height)
        before = one.net_minor + (one.discount.amount_minor if one.discount else 0)
        self._right(QUANTITY_X, self.y, self._quantity(one))
        self._right(PRICE_X, self.y, self._price(one))
        self._right(RATE_X, self.y, words.format_rate(one.line.vat_rate_bp))
        self._right(RIGHT, self.y, words.format_amount(before, code))
        for label in labels:
            self._text(LEFT, self.y, label)
            self.y -= LEADING
        self.y += LEADING - SMALL_LEADING
        for line in below:
            self._text(LEFT, self.y, line, _QUIET)
            self.y -= SMALL_LEADING
        if one.discount is not None:
            told = self._invoice.say("discount", reason=one.discount.reason)
            self._text(LEFT, self.y, told, _QUIET)
            taken = words.format_amount(-one.discount.amount_minor, code)
            self._right(RIGHT, self.y, taken, _QUIET)
            self.y -= SMALL_LEADING
        self._rule(self.y + 3)
        self.y -= 11

    def _quantity(self, one: InvoiceLine) -> str:
        words = self._invoice.words
        sign = "−" if one.quantity.startswith("-") else ""
        if one.unit == KILOGRAM:
            return sign + words.format_weight(one.line.weight_g)
        return sign + words.format_quantity(abs(one.line.quantity))

    def _price(self, one: InvoiceLine) -> str:
        """Write the price of one; what XML gives as the price of all is rounded here."""
        comma = one.price.amount
        point = self._invoice.words.format_amount(1, self._invoice.figures.currency)[1:2]
        if not one.price.base:
            return comma.replace(".", point)
        base = self._quantity(one).removeprefix("−")
        return self._invoice.say("per", amount=comma.replace(".", point), base=base)

    # --- the sums ---------------------------------------------------------------------------------

    def sums(self) -> None:
        """Draw VAT by rate on the left, and what it all comes to on the right."""
        rows = list(self._totals())
        table = 2 + len(self._invoice.figures.vat)
        self._room(max(len(rows) + len(self._invoice.figures.allowances), table) * 15 + 30)
        self.y -= 8
        top = self.y
        self._vat_table(top)
        for label, value, ink in rows:
            if ink.size > BODY:
                self._rule(self.y + 9, left=BUYER_X, colour=ACCENT, width=1)
                self.y -= 7
            self._right(RIGHT, self.y, value, ink)
            for line in self._wrapped(label, SUMS_LABEL_WIDTH, ink):
                self._text(BUYER_X, self.y, line, ink)
                self.y -= LEADING
            self.y -= 3
        self.y = min(self.y, top - 15 * table) - 4

    def _totals(self) -> Iterator[tuple[str, str, _Ink]]:
        invoice, sums, say = self._invoice, self._invoice.figures, self._invoice.say
        words = invoice.words

        def money(minor: int) -> str:
            return words.format_money(minor, sums.currency)

        if sums.allowances:
            yield say("lines_total"), money(sums.lines_minor), _PLAIN
        for one in sums.allowances:
            rate = words.format_rate(one.rate_bp)
            label = say("foot_discount", rate=rate, reason=one.reason)
            yield label, money(-one.amount_minor), _PLAIN
        yield say("net_total"), money(sums.net_minor), _PLAIN
        yield say("vat_total"), money(sums.vat_minor), _PLAIN
        yield say("total"), money(sums.total_minor), _Ink(BOLD, 13)
        if sums.rounding_minor:
            yield say("rounding"), money(sums.rounding_minor), _PLAIN
        key = "refunded_amount" if invoice.is_credit_note else "paid_amount"
        yield say(key), money(sums.paid_minor), _PLAIN
        due = sums.total_minor + sums.rounding_minor - sums.paid_minor
        yield say("due"), money(due), _STRONG

    def _vat_table(self, top: float) -> None:
        sums, say, words = self._invoice.figures, self._invoice.say, self._invoice.words
        edges = (LEFT + 14 * MM, LEFT + 38 * MM, LEFT + 58 * MM, LEFT + 80 * MM)
        heads = (say("rate"), say("vat_base"), say("vat_amount"), say("vat_gross"))
        for x, text in zip(edges, heads, strict=True):
            self._right(x, top, text, _QUIET)
        y = top - 14
        for row in sums.vat:
            amounts = (row.net_minor, row.vat_minor, row.gross_minor)
            cells = (
                words.format_rate(row.rate_bp),
                *(words.format_amount(minor, sums.currency) for minor in amounts),
            )
            for x, text in zip(edges, cells, strict=True):
                self._right(x, y, text)
            y -= 14

    # --- the foot ---------------------------------------------------------------------------------

    def notes(self) -> None:
        """Draw that it is paid, and the sentences of the law."""
        invoice = self._invoice
        width = RIGHT - LEFT
        paid = self._wrapped(invoice.paid, width, _Ink(BOLD, 10))
        self._room(20 + 14 * len(paid))
        self.y -= 10
        for line in paid:
            self._text(LEFT, self.y, line, _Ink(BOLD, 10, ACCENT))
            self.y -= 16
        for note in invoice.notes():
            for line in self._wrapped(note.text, width, _QUIET):
                self._room(SMALL_LEADING)
                self._text(LEFT, self.y, line, _QUIET)
                self.y -= SMALL_LEADING

    def _foot(self) -> None:
        invoice, seller = self._invoice, self._invoice.seller
        parts = [seller.name, invoice.details.get("legal_form", "")]
        if seller.siret:
            parts.append(invoice.say("siret", number=siret_text(seller.siret)))
        if seller.vat_id:
            parts.append(invoice.say("vat_id", number=seller.vat_id))
        self._rule(20 * MM)
        lines = self._wrapped(" · ".join(filter(None, parts)), RIGHT - LEFT, _QUIET)
        for n, line in enumerate(lines[:3]):
            self._canvas.setFont(REGULAR, SMALL)
            self._canvas.setFillColorRGB(*SOFT)
            self._canvas.drawCentredString(WIDTH / 2, 20 * MM - 11 - n * SMALL_LEADING, line)

    def done(self) -> bytes:
        """Close the last page and return the file."""
        self._foot()
        self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()


def _address(party: Party, seller: Party) -> Iterator[str]:
    yield from filter(None, party.address)
    yield f"{party.postcode} {party.city}".strip()
    if party.country != seller.country:
        yield party.country
