"""Receipts as laid out: the sample receipts, and that no text breaks the paper."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terminal.core import payment
from terminal.core.blocks import QR, Banner, Barcode, Row, Rule, Spacer, Table, Text, all_blocks
from terminal.core.commands import (
    AddDeposit,
    GrantDiscount,
    SetPrice,
    SetSalesperson,
    TenderCard,
    TenderCash,
    TenderCheque,
    VoidLine,
)
from terminal.core.errors import CoreError
from terminal.core.events import SaleCompleted
from terminal.core.items import Unit
from terminal.core.layout import LaidLine, as_text, cell_width, lay_out, wrap
from terminal.core.numbering import grouped
from terminal.core.policy import Policy
from terminal.core.receipt import (
    RECEIPT_WORDS,
    NotFinal,
    Receipt,
    ShopIdentity,
    interruption,
    receipt,
)
from terminal.services.receipts import PaperFigures
from terminal.words import Words

SHOP = ShopIdentity(
    "Reprise Rennes", ("318 rue des Landelles", "35510 Cesson-Sévigné"), "02 00 00 00 00",
    ("SIRET 00390516486475",), "3001", "300101",
)  # fmt: skip
FIGURES = PaperFigures(Words("fr", paper=True), "EUR", "Le 07/09/2026 à 10:49:01")
FRENCH = {key: Words("fr", paper=True).text(key) for key in RECEIPT_WORDS}


def text(terminal, columns=42, **kwargs):
    return as_text(
        lay_out(
            all_blocks(receipt(terminal.sale, SHOP, FRENCH, FIGURES, Receipt(**kwargs))), columns
        )
    )


@pytest.fixture
def eight(till):
    """The sample receipt of 8.00: line discount, gift, foot discount with its coupon."""
    till.sell(1500, label="Tablier radis", attributes=(("ref", "M0035"),))
    till.do(GrantDiscount(1, None, 200, "Fidélité"))
    till.sell(900, label="Trousse de secours", attributes=(("ref", "M0039"),))
    till.do(SetPrice(2, 0, "Fidélité"))
    till.do(GrantDiscount(None, None, 500, "Fidélité", "330000000000027272"))
    till.do(TenderCash(800))
    return till


def test_the_receipt_of_8_euros(eight):
    """RCP-05, 06, 11, 18 to 20, 23; NUM-02, NUM-05; SAL-11 to SAL-13."""
    assert text(eight, copy=1).splitlines() == [
        "              Reprise Rennes",
        "          318 rue des Landelles",
        "           35510 Cesson-Sévigné",
        "           Tél. 02 00 00 00 00",
        "           SIRET 00390516486475",
        "",
        "  *** DUPLICATA ***",
        "              Duplicata n° 1",
        "",
        "Tablier radis                       x1 (A)",
        "  M0035                    15,00     15,00",
        "  Remise (Fidélité)        -2,00     13,00",
        "Trousse de secours                  x1 (A)",
        "  M0039                             CADEAU",
        "Remise (Fidélité)                    -5,00",
        "  Coupon n° 330000000000027272",
        "------------------------------------------",
        "NET À PAYER    8,00 €",
        "------------------------------------------",
        "Espèces                 8,00 € Soit 8,00 €",
        "",
        "Détail de la TVA",
        "Code       Taux       HT      TVA      TTC",
        "A        20,00%     6,67     1,33     8,00",
        "",
        "Nombre d'articles : 2",
        "Nombre de retours : 0",
        "",
        "CAISSE : 3001 - 300101 - Elisabeth",
        f"TICKET : {grouped(eight.sale.receipt_number)}",
        "Le 07/09/2026 à 10:49:01",
        "",
        eight.sale.receipt_number,
    ]


def test_the_receipt_of_239_euros(till):
    """RCP-07, RCP-09: properties under the article, eco-participation included."""
    till.sell(9900, label="Console", attributes=(("ref", "M0026"), ("eco", "20")))
    till.sell(15000, label="Salon de jardin", attributes=(("ref", "M0001"), ("eco", "520")))
    till.do(GrantDiscount(2, 1000, None, "Opération commerciale"))
    till.sell(500, label="Tong", attributes=(("size", "29/30"), ("colour", "Vert")))
    till.sell(900, label="Trousse")
    till.do(SetPrice(4, 0, "cadeau"))
    till.do(TenderCash(25000))
    lines = text(till, 48).splitlines()
    for line in (
        "  dont éco-participation 0,20",
        "  dont éco-participation 5,20",
        "  Remise 10,00% (Opération",
        "  commerciale)                  -15,00    135,00",
        "  Vert",
        "  29/30",
        "Espèces                   250,00 € Soit 250,00 €",
        "Rendu                                    11,00 €",
    ):
        assert line in lines, line
    assert ["A", "20,00%", "199,17", "39,83", "239,00"] in [line.split() for line in lines]
    assert lines.index("  Vert") < lines.index("  29/30")


def test_original_and_duplicates_differ_by_their_marks(eight):
    original, second = text(eight), text(eight, copy=2)
    assert "DUPLICATA" not in original
    assert "*** DUPLICATA ***" in second
    assert "Duplicata n° 2" in second
    kept = [line for line in second.splitlines() if "uplicata" not in line.casefold()]
    assert [line for line in kept if line] == [line for line in original.splitlines() if line]


def test_a_training_receipt_is_marked_twice(eight):
    """NUM-06."""
    marked = text(eight, training=True)
    assert "*** TEST ***" in marked
    assert "TICKET : TEST 8203" in marked


def test_returns_weights_deposits_and_void_lines(till):
    """SAL-10, SAL-14, RCP-20."""
    till.sell(320, label="Tomates", unit=Unit.KILOGRAM, weight_g=1250, vat_rate_bp=550)
    till.sell(500, label="Rendu ceci", quantity=2, is_return=True, reason="défaut")
    till.do(AddDeposit("7288367524644618", 5000))
    till.sell(700, label="Effacé")
    till.do(VoidLine(4))
    till.sell(300, label="Négocié")
    till.do(SetPrice(5, 250, "étiquette"))
    till.do(SetSalesperson("12"))
    till.do(TenderCash(10000))
    page = text(till)
    for part in (
        "1,250 kg x 3,20", "x-2 (B)", "-10,00", "Retour (défaut)", "(A)",
        "Versement d'acompte 7288367524644618", "Prix modifié (étiquette)", "VENDEUR : 12",
        "Nombre d'articles : 2", "Nombre de retours : 2", "5,50%", "20,00%",
    ):  # fmt: skip
        assert part in page, part
    assert "Effacé" not in page


def test_tenders_as_they_were_given(till, new_terminal):
    """RCP-18, RCP-24: cheque number, card slip; declined tenders are not on paper."""
    till.sell(3000)
    till.do(TenderCheque(500, "765 432"))
    till.do(TenderCard(1000, "poi"))
    till.record(payment.end(till.state, till.attempt_id, "not_sent", "", ""))
    till.do(TenderCard(2500, "poi"))
    till.approve(till.send(), 2500)
    page = text(till)
    assert "Chèque 765 432" in page
    assert page.count("Carte") == 1
    assert "Carte bancaire CB" in page
    assert "*1234" in page
    assert page.endswith("DEBIT\n")
    rounding = new_terminal(Policy(cash_rounding_minor=5))
    rounding.sign_on()
    rounding.sell(3078)
    rounding.do(TenderCash(3080))
    assert "Arrondi" in text(rounding)
    assert "0,02 €" in text(rounding)


def test_a_refund_says_so(till):
    till.sell(1000, is_return=True, reason="défaut")
    till.do(TenderCash(-1000))
    assert "NET À REMBOURSER" in text(till)


def test_token_and_message(eight):
    """NUM-03, RCP-22."""
    last = eight.records[-3][0]
    assert isinstance(last, SaleCompleted)
    page = text(eight, message="Nous sommes contents de vous revoir.")
    assert "Nous sommes contents" in page
    assert "(#" not in page


def test_only_a_finished_sale_has_a_receipt(till):
    """RCP-26."""
    till.sell(1000)
    with pytest.raises(NotFinal):
        receipt(till.sale, SHOP, FRENCH, FIGURES)


def test_an_interrupted_sale_gives_a_slip_with_the_reference(till):
    """R6: the customer holds the amount and the reference of the payment in doubt."""
    till.sell(1000)
    till.do(TenderCash(400))
    till.do(TenderCard(600, "poi"))
    attempt_id = till.send()
    till.record(payment.unknown(till.state, attempt_id, "timeout", ""))
    attempt = till.state.attempts[attempt_id]
    slip = as_text(lay_out(interruption(till.sale, attempt, SHOP, FRENCH, FIGURES), 42))
    for part in ("INTERRUPTION", "10,00 €", "4,00 €", "6,00 €", "0000000001", "3001-000001"):
        assert part in slip
    quiet = as_text(lay_out(interruption(till.sale, None, SHOP, FRENCH, FIGURES), 42))
    assert "0000000001" not in quiet
    assert "Scannez" not in quiet


def test_a_slip_carries_its_code_and_a_copy_says_so(till):
    """The code is there for a scanner and for fingers; the original has no mark."""
    till.sell(1000)
    code = "RPR1/3001-000001/1000/0000000001/abcdefghij"
    blocks = interruption(till.sale, None, SHOP, FRENCH, FIGURES, code=code, copy=2)
    assert QR(code) in blocks
    assert Text(code) in blocks
    slip = as_text(lay_out(blocks, 42))
    assert "DUPLICATA" in slip
    assert "Duplicata n° 2" in slip
    original = as_text(lay_out(interruption(till.sale, None, SHOP, FRENCH, FIGURES, code=code), 42))
    assert "DUPLICATA" not in original


BLOCKS = st.one_of(
    st.builds(Text, st.text(max_size=90)),
    st.builds(Banner, st.text(max_size=40)),
    st.builds(Row, st.text(max_size=90), st.text(max_size=70), double=st.booleans(),
              indent=st.integers(0, 12)),
    st.builds(Table, st.lists(st.tuples(*[st.text(max_size=15)] * 5), max_size=4).map(tuple)),
    st.builds(Rule),
    st.builds(Spacer, st.integers(0, 3)),
    st.builds(Barcode, st.just("820000000000004514")),
    st.builds(QR, st.just("x")),
)  # fmt: skip


@example((Row("\u4e2d", "\u4e2d", double=True, indent=8),), 24)
@given(st.lists(BLOCKS, max_size=8).map(tuple), st.sampled_from([24, 32, 42, 48]))
def test_no_line_is_wider_than_the_paper(blocks, columns):
    for laid in lay_out(blocks, columns):
        if isinstance(laid, LaidLine):
            assert cell_width(laid.text) <= (columns // 2 if laid.double else columns)
            assert not any(ord(character) < 32 for character in laid.text)


@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapping_loses_no_word(words, columns):
    lines = wrap(words, columns)
    assert len(lines) >= 1
    wanted = "".join(wrap(words, 10_000)[0].split())
    assert "".join("".join(lines).split()) == wanted


def test_wide_and_combining_characters():
    assert (cell_width("日本"), cell_width("e\u0301"), cell_width("é")) == (4, 1, 1)
    assert wrap("日本語", 4) == ("日本", "語")


@pytest.mark.parametrize("columns", [0, 23, 121])
def test_paper_has_a_width(columns):
    with pytest.raises(CoreError):
        lay_out((), columns)
