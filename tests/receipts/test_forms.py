"""Whatever is sold: every form fits its paper and holds the same figures (RCP-25)."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from terminal.core.basket import totals
from terminal.core.commands import GrantDiscount, SetPrice, TenderCash, ValueSale, VoidLine
from terminal.core.layout import LaidLine, cell_width, lay_out
from terminal.core.limits import MAX_AMOUNT_MINOR
from terminal.core.receipt import NotFinal
from terminal.core.valued import PARTS, Benefit, Coupon, Points
from terminal.services.pdf import typefaces
from terminal.services.pdf.strip import ROOM
from terminal.services.receipts import Form
from tests.core.conftest import Terminal
from tests.receipts.gallery import printing

TEXT = st.text(
    st.characters(categories=("L", "N", "P", "Zs", "S"), exclude_characters="\u00ad"), max_size=60
)
NAME = TEXT.filter(lambda text: text.strip() != "")
PRICE = st.integers(1, 499_999)
PART = st.sampled_from(PARTS)
BENEFITS = st.lists(
    st.one_of(
        st.builds(Benefit, PART, NAME, st.just("amount"), st.integers(-(10**6), 10**6)),
        st.builds(Benefit, PART, NAME, st.just("points"), st.integers(-999, 9999)),
        st.builds(Benefit, PART, NAME, text=TEXT),
    ),
    max_size=4,
).map(tuple)  # fmt: skip
COUPONS = st.lists(
    st.builds(Coupon, PRICE, TEXT, st.just("2026-09-06"), st.just("2026-12-05"), TEXT), max_size=2
).map(tuple)
VALUES = st.builds(
    ValueSale, st.just("hub"), TEXT, TEXT,
    st.none() | st.builds(Points, st.integers(0, 999), st.integers(-999, 0), st.integers(0, 10**6),
                          st.just(0)),
    BENEFITS, COUPONS, TEXT,
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["ref", "colour", "size", "durable"]), TEXT, max_size=2
).map(lambda given: tuple(given.items()))
SHOPS = {
    (second, profile): printing(
        **{"receipt.second_language": second, "devices.printer_profile": profile}
    )
    for second in ("off", "beneath", "block")
    for profile in ("generic-80", "generic-58")
}


@st.composite
def completed(draw):
    """A sale of a few lines, some with discounts, gifts, void or returned, valued or not."""
    till = Terminal()
    till.sign_on()
    for n in range(1, draw(st.integers(1, 5)) + 1):
        attributes = draw(ATTRIBUTES)
        till.sell(
            draw(PRICE), label=draw(NAME), attributes=attributes, quantity=draw(st.integers(1, 20)),
            vat_rate_bp=draw(st.sampled_from([210, 550, 1000, 2000])),
        )  # fmt: skip
        match draw(st.sampled_from(["", "", "discount", "gift", "void"])):
            case "discount":
                till.do(GrantDiscount(n, draw(st.integers(1, 9999)), None, draw(NAME)))
            case "gift":
                till.do(SetPrice(n, 0, draw(NAME)))
            case "void":
                till.do(VoidLine(n))
    till.sell(draw(PRICE), label="au moins")
    if draw(st.booleans()):
        till.do(GrantDiscount(None, None, 1, "pied", "33000000000018188"))
    if draw(st.booleans()):
        till.do(draw(VALUES))
    due = till.sums.due_minor
    more = draw(st.integers(0, 5000)) if 0 < due < MAX_AMOUNT_MINOR - 5000 else 0
    till.do(TenderCash(due + more))
    return till.sale


@settings(max_examples=25)
@given(completed(), st.sampled_from(sorted(SHOPS)), st.sampled_from(["fr", "en", "nl", "de"]))
def test_no_line_is_wider_than_the_paper(sale, which, language):
    shop = SHOPS[which]
    for form in (Form(language=language), Form(language=language, gift=True)):
        blocks = [b for section in shop.sections(sale, 1, form) for b in section.blocks]
        columns = 48 if which[1] == "generic-80" else 32
        for large in (False, True):
            for laid in lay_out(tuple(blocks), columns, large=large):
                if isinstance(laid, LaidLine):
                    assert cell_width(laid.text) * (2 if laid.double else 1) <= columns
    widest = 48 if which[1] == "generic-80" else 32
    assert all(cell_width(line) <= widest for line in shop.text(sale, 1).splitlines())


@settings(max_examples=25)
@given(completed())
def test_paper_text_pdf_and_json_hold_the_same_figures(sale):
    shop = SHOPS["off", "generic-80"]
    text = shop.text(sale, 0)
    pages = PdfReader(io.BytesIO(shop.pdf(sale, 0))).pages
    on_pdf = "".join("\n".join(page.extract_text() for page in pages).split())
    plain = json.loads(json.dumps(shop.json(sale, 0)))
    blocks = json.dumps(plain["sections"], ensure_ascii=False)
    figures = plain["figures"]
    amount = shop._figures(0).amount
    wanted = [
        figures["total_minor"],
        *(
            row[name]
            for row in figures["vat"]
            for name in ("net_minor", "vat_minor", "gross_minor")
        ),
        *(line["gross_minor"] for line in figures["lines"] if line["gross_minor"]),
        *(one["amount_minor"] for one in figures["discounts"]),
        *(tender["amount_minor"] for tender in figures["tenders"]),
        *(row["value"] for row in figures["benefits"] if row["kind"] == "amount"),
    ]
    on_text = "".join(text.split())
    for minor in wanted:
        shown = "".join(amount(minor).split())
        assert shown in on_text, shown
        assert shown in on_pdf, shown
        assert amount(minor) in blocks, shown
    assert sale.receipt_number in on_text
    assert sum(row["gross_minor"] for row in figures["vat"]) == totals(sale).total_minor
    assert all(row["net_minor"] + row["vat_minor"] == row["gross_minor"] for row in figures["vat"])


@settings(max_examples=25)
@given(st.text(max_size=80), st.sampled_from(["RepriseFigures-Regular", "RepriseFigures-Bold"]))
def test_no_text_is_wider_than_the_page(text, face):
    typefaces.register()
    for line in typefaces.wrap(text, face, 8.5, ROOM):
        assert typefaces.width(line, face, 8.5) <= ROOM + 0.01


@settings(max_examples=10)
@given(completed())
def test_the_pdf_of_a_receipt_is_always_the_same(sale):
    shop = SHOPS["off", "generic-80"]
    assert shop.pdf(sale, 0) == shop.pdf(sale, 0)


@pytest.mark.parametrize("form", [Form(), Form(gift=True)])
def test_only_a_finished_sale_has_any_form(form):
    """RCP-26."""
    till = Terminal()
    till.sign_on()
    till.sell(100)
    shop = SHOPS["off", "generic-80"]
    for make in (shop.text, shop.pdf, shop.json, shop.escpos, shop.picture):
        with pytest.raises(NotFinal):
            make(till.sale, 0, form)
