"""What the customer reads on two rows of twenty characters, state by state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.display.code_pages import cells
from terminal.core.state import Operator, SaleStatus, Tender, TenderStatus, TerminalState
from terminal.presenters.customer_display import WIDTH, out_of_service, pair, rows
from terminal.presenters.surroundings import DeviceStatus
from terminal.ui.samples.world import ARTICLES, basket_sale, line, sale, shop
from terminal.words import Words

FRENCH = Words("fr", paper=True, strict=True)
PIERRE = Operator("1", "Pierre", "cashier")
TILL, KIOSK = shop(role="till"), shop(role="kiosk")
NO_POI = replace(KIOSK, devices={"poi": DeviceStatus("absent")})
TENDERING, DONE = SaleStatus.TENDERING, SaleStatus.COMPLETED
CASH = Tender(1, "cash", 1000, TenderStatus.BOOKED)
CARD = Tender(1, "card", 2066, TenderStatus.PENDING)


def at(sale_=None, **changes):
    return replace(TerminalState(operator=PIERRE, sale=sale_), **changes)


def paid(*tenders, **changes):
    return replace(basket_sale(DONE, *tenders), total_minor=2066, **changes)


TWO = sale(line(1, ARTICLES[1], 2))
VOID = sale(line(1, ARTICLES[1], 2), line(2, ARTICLES[0], void=True))
BACK = sale(line(1, ARTICLES[1], -1))
TABLE = [
    ("till, nobody signed on", TerminalState(), TILL, "   Maison Reprise", "   Caisse fermée"),
    ("till, ready", at(), TILL, "   Maison Reprise", "     Bienvenue"),
    ("kiosk, ready", TerminalState(), KIOSK, "   Maison Reprise", "     Bienvenue"),
    ("kiosk without a terminal", TerminalState(), NO_POI, "   Maison Reprise", "    Hors service"),
    ("full disk", at(), replace(TILL, storage_problem="storage_full"), "   Maison Reprise",
     "    Hors service"),
    ("power cut", at(power_failed_at_ms=5), TILL, " Coupure de courant", "Paiement impossible"),
    ("a line", at(basket_sale()), TILL, None, "Total        20,66 €"),
    ("two pieces", at(TWO), TILL, None, None),
    ("to pay", at(basket_sale(TENDERING)), TILL, "Total        20,66 €", ""),
    ("a part is paid", at(basket_sale(TENDERING, CASH)), TILL,
     "Espèces        10,00", "Reste        10,66 €"),
    ("the card is asked for", at(basket_sale(TENDERING, CARD)), TILL,
     "Reste        20,66 €", " Suivez le terminal"),
    ("nobody knows yet", at(basket_sale(TENDERING, replace(CARD, status=TenderStatus.UNKNOWN))),
     TILL, "Reste        20,66 €", "Paiement à vérifier"),
    ("change", at(paid(replace(CASH, amount_minor=5000), change_minor=2934)), TILL,
     "Espèces        50,00", "Rendu        29,34 €"),
    ("paid exactly", at(paid(replace(CARD, status=TenderStatus.BOOKED))), TILL,
     "Total        20,66 €", "  Merci, à bientôt"),
    ("paid, and the power goes", at(paid(CASH), power_failed_at_ms=9), TILL,
     "Total        20,66 €", "  Merci, à bientôt"),
    ("cancelled", at(basket_sale(SaleStatus.CANCELLED)), TILL, "   Maison Reprise",
     "     Bienvenue"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "state", "around", "upper", "lower"), TABLE,
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_what_the_customer_reads(name, state, around, upper, lower):
    found = rows(state, around, FRENCH)
    assert upper is None or found[0] == upper
    assert lower is None or found[1] == lower


def test_the_newest_line_names_article_pieces_and_price():
    upper, lower = rows(at(TWO), TILL, FRENCH)
    assert upper.startswith("2x " + ARTICLES[1].label[:8])
    assert upper.endswith(FRENCH.format_amount(2 * ARTICLES[1].price_minor, "EUR"))
    assert lower.endswith(FRENCH.format_money(2 * ARTICLES[1].price_minor, "EUR"))


def test_a_void_line_says_so_and_shows_no_price():
    upper, _ = rows(at(VOID), TILL, FRENCH)
    assert upper == f"Annulé {ARTICLES[0].label}"[:WIDTH].rstrip()


def test_a_return_counts_backwards():
    upper, _ = rows(at(BACK), TILL, FRENCH)
    assert upper.startswith("-1x ")
    assert upper.endswith(f" -{FRENCH.format_amount(ARTICLES[1].price_minor, 'EUR')}")


@pytest.mark.parametrize(
    ("left", "right", "row"),
    [
        ("Pain", "1,20", "Pain            1,20"),
        ("Confiture d’abricots", "12,00", "Confiture d’ab 12,00"),
        ("Lait demi écrémé bio", "1 234,56", "Lait demi é 1 234,56"),
        ("", "5,00", "                5,00"),
        ("Un article sans prix affiché", "", "Un article sans prix"),
        ("x", "y" * 25, "y" * 20),
    ],
)
def test_the_label_gives_way_to_the_amount(left, right, row):
    assert pair(left, right) == row
    assert len(row) <= WIDTH


@given(st.text(max_size=40), st.text("0123456789,. -€", max_size=14))
def test_a_row_never_passes_the_glass_and_keeps_its_amount(left, right):
    row = pair(left, right)
    assert len(row) <= WIDTH
    assert not right or row.endswith(right[-WIDTH:])


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_every_language_fits_and_every_display_can_write_it(language, row):
    words = Words(language, paper=True, strict=True)
    for text in (*rows(row[1], row[2], words), *out_of_service(row[2], words)):
        assert len(text) <= WIDTH
        for page in ("cp858", "cp1252"):
            assert b"?" not in cells(text, page)
