"""The sample receipts of the requirements, in every form."""

import io
import re
import subprocess
from collections import Counter
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from terminal.core.receipt.slip import without_numbers
from terminal.core.valued import PARTS
from terminal.services.receipts import Form
from tests.receipts.gallery import GOLDEN, cases, copy_of, printing
from tests.receipts.sales import SALES, of_8, of_150, of_239, of_450, of_benefits, of_cards
from tests.zbar import Reader

CASES = {name: (SALES[sale], shop, form) for name, sale, shop, form in cases()}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_looked_at(name):
    """RCP-05 to RCP-24; ``python -m tests.receipts.gallery --golden`` writes them anew."""
    sale, shop, form = CASES[name]
    assert shop.text(sale(), copy_of(name), form) == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_every_text_belongs_to_a_case():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


def lines_of(sale, **settings):
    return printing(**settings).text(sale, 0).splitlines()


@pytest.mark.parametrize(
    ("sale", "number", "vat", "articles"),
    [
        (of_450, "8200 0000 0000 0044 22", ("375,74", "75,15", "450,89"), 11),
        (of_239, "8200 0000 0000 0045 38", ("199,17", "39,83", "239,00"), 4),
        (of_150, "8200 0000 0000 0045 14", ("125,00", "25,00", "150,00"), 2),
        (of_8, "8200 0000 0000 0045 45", ("6,67", "1,33", "8,00"), 2),
    ],
)
def test_figures_are_those_of_the_samples(sale, number, vat, articles):
    """RCP-19: rounded once per receipt and rate, so that net and VAT come to the total."""
    lines = lines_of(sale())
    rows = [line.split() for line in lines]
    assert ["A", "20,00%", *vat] in rows
    assert f"Nombre d'articles : {articles}" in lines
    assert any(line.startswith(f"TICKET : {number} (#") for line in lines)


@pytest.mark.parametrize("name", CASES)
def test_text_and_pdf_hold_the_same_amounts_as_often(name):
    """RCP-25."""
    sale, shop, form = CASES[name]
    made = sale()
    pages = PdfReader(io.BytesIO(shop.pdf(made, 1, form))).pages
    on_pdf = "\n".join(page.extract_text() for page in pages)
    text = shop.text(made, 1, form)
    assert amounts(on_pdf) == amounts(text)


def amounts(text):
    return Counter(re.findall(r"-?\d+[,.]\d\d", text))


def test_points_of_the_sample():
    """RCP-12."""
    lines = lines_of(of_450())
    at = lines.index("POINTS :")
    assert lines[at + 1 : at + 6] == [
        "NB POINTS ACQUIS : 542",
        "NB POINTS UTILISÉS : -300",
        "SOLDE DE POINTS : 16 506",
        "(le 07/09/2021 à 10:47)",
        "valables jusqu'au 06/09/2033",
    ]


def test_no_points_for_a_sale_that_was_not_valued_or_is_anonymous_or_a_shop_without():
    """RCP-13, RCP-14, RCP-21."""
    sale = of_450()
    assert "POINTS :" not in lines_of(replace(sale, valuation=None))
    anonymous = lines_of(replace(sale, customer=None))
    assert "POINTS :" not in anonymous
    assert not any(line.startswith("CLIENT") for line in anonymous)
    assert "POINTS :" not in lines_of(sale, **{"receipt.points": "false"})


@pytest.mark.parametrize(
    ("shown", "line"),
    [("whole", "N° CARTE CLIENT : 298000001004"), ("last4", "N° CARTE CLIENT : *1004")],
)
def test_the_customers_card_is_shown_as_the_shop_wishes(shown, line):
    """RCP-21."""
    sale = of_150()
    assert sale.customer is not None
    sale = replace(sale, customer=replace(sale.customer, card="298000001004"))
    assert line in lines_of(sale, **{"receipt.customer_card": shown})
    hidden = "\n".join(lines_of(sale, **{"receipt.customer_card": "none"}))
    assert "1004" not in hidden.replace("1004 ", "")
    assert "CLIENT : AVET ANABELLE" in hidden


def test_benefits_come_in_five_parts_in_order():
    """RCP-15, RCP-16: negative points, pots in other events, a coupon without a discount."""
    lines = lines_of(of_benefits())
    start = lines.index("REMISES :")
    heads = ["REMISES :", "POINTS :", "CADEAUX :", "COUPONS REPRIS :", "AUTRES ÉVÉNEMENTS :"]
    assert [line for line in lines[start:] if line in heads] == heads
    assert any(re.fullmatch(r"1 cadeau contre 200 pts : +-200", line) for line in lines)
    assert any(re.fullmatch(r"Trousse de secours offerte : +M0039", line) for line in lines)
    assert "Coupon n°33000000000018225" in lines
    assert any(re.fullmatch(r"Cumulez dans votre cagnotte : +18,03", line) for line in lines)


@pytest.mark.parametrize("left_out", PARTS)
def test_a_part_without_rows_is_left_out(left_out):
    """RCP-15."""
    sale = of_benefits()
    assert sale.valuation is not None
    rows = tuple(row for row in sale.valuation.benefits if row.part != left_out)
    sale = replace(sale, valuation=replace(sale.valuation, benefits=rows))
    sections = {section.name: section for section in printing().sections(sale, 0)}
    heads = [block.text for block in sections["benefits"].blocks if getattr(block, "bold", False)]
    assert len([head for head in heads if head.endswith(":")]) == 4


def test_a_coupon_is_issued_with_all_that_it_needs():
    """RCP-10: face value, text, use, validity, number in groups and as bars."""
    lines = [line.strip() for line in lines_of(of_150())]
    at = lines.index("COUPON")
    assert lines[at + 1] == "15,00 €"
    assert "VALABLE DU 06/09/2021 AU 05/12/2021" in lines
    assert lines[-2:] == ["33000000000154596", "n° 3300 0000 0001 5459 6"]
    assert any("10 % de vos" in line for line in lines[at:])


def test_bars_are_read_back_from_paper_and_from_the_pdf(tmp_path):
    """RCP-04, RCP-10: the number of the receipt and that of the coupon."""
    shop, sale, reader = printing(), of_150(), Reader()
    wanted = {("CODE-128", "820000000000004514"), ("CODE-128", "33000000000154596")}
    assert reader.read(Image.open(io.BytesIO(shop.picture(sale, 0)))) == wanted
    file = tmp_path / "receipt.pdf"
    file.write_bytes(shop.pdf(sale, 0))
    target = tmp_path / "receipt"
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", file, target], check=True)
    assert reader.read(Image.open(target.with_suffix(".png"))) == wanted


def test_the_slip_has_its_parts_and_no_whole_card_number():
    """RCP-24."""
    page = "\n".join(lines_of(of_cards()))
    for part in ("Carte bancaire CB", "SANS CONTACT", "A0000000421010", "Terminal : 30004",
                 "Transaction : 000443", "XXXXXXXXXXXX1234", "Autorisation : 20F608", "499,00 €",
                 "DÉBIT", "TICKET CLIENT - À CONSERVER", "GENERIX Rennes-Cesson"):  # fmt: skip
        assert part in page.split("820000000000004705")[1]


@pytest.mark.parametrize("space", ["", " ", "-"])
def test_a_terminal_that_sends_a_whole_number_does_not_get_it_printed(space):
    """RCP-24; the number is a test card's, made here from its parts."""
    number = space.join(("4111", "1111", "1111", "1111"))
    assert without_numbers(f"PAN {number} OK") == "PAN XXXXXXXXXXXX1111 OK"
    assert without_numbers("8200 0000 0000 0045 15") == "8200 0000 0000 0045 15"


def test_a_gift_receipt_holds_no_amount_in_any_form():
    """It can be exchanged: number, code and bars are on it."""
    shop, sale, form = printing(), of_239(), Form(gift=True)
    reader = PdfReader(io.BytesIO(shop.pdf(sale, 0, form)))
    for text in (
        shop.text(sale, 0, form),
        reader.pages[0].extract_text(),
        str(shop.json(sale, 0, form)),
    ):
        assert not re.search(r"\d,\d\d|_minor", text)
        assert "81nU" in text
        assert "Console XBOX 360 4Go Kinect" in text
    assert "figures" not in shop.json(sale, 0, form)


def test_durable_goods_state_their_guarantee():
    """Consumer code D211-6."""
    assert "  Garantie légale de conformité : 2 ans" in lines_of(of_cards())


def test_large_print_says_the_same_in_larger_letters():
    shop, sale, large = printing(), of_8(), Form(large=True)
    plain, enlarged = (
        PdfReader(io.BytesIO(shop.pdf(sale, 0, f))).pages[0] for f in (Form(), large)
    )
    assert enlarged.extract_text().split() == plain.extract_text().split()
    assert float(enlarged.mediabox.width) == pytest.approx(2 * float(plain.mediabox.width))
    assert b"\x1b!\x10" in shop.escpos(sale, 0, large)  # double height, ESC ! n
    assert b"\x1b!\x10" not in shop.escpos(sale, 0)


def test_the_shoppers_language_stands_beneath_or_behind_and_only_when_it_differs():
    sale = of_8()
    beneath = lines_of(replace(sale, language="en"), **{"receipt.second_language": "beneath"})
    assert beneath[beneath.index("Nombre d'articles : 2") + 1].strip() == "Number of articles"
    behind = lines_of(replace(sale, language="en"), **{"receipt.second_language": "block"})
    assert behind.index("Nombre d'articles : 2") < behind.index("Number of articles : 2")
    for how in ("beneath", "block", "off"):
        own = lines_of(replace(sale, language="fr"), **{"receipt.second_language": how})
        assert own == lines_of(sale)
