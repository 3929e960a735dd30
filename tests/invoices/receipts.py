"""Receipts to make invoices of: those of the seed, and any that Hypothesis can think of."""

from __future__ import annotations

from hypothesis import strategies as st

from terminal.core import commands as c
from terminal.core.buyer import Party
from terminal.core.events import InvoiceIssued
from terminal.core.items import Article, Unit
from terminal.core.policy import Policy
from terminal.invoices.invoice import Invoice, invoice_of
from terminal.words import Words
from tests.store.story import BUYER, SELLER, Story

PARIS = "Europe/Paris"
RATES = (2000, 1000, 550, 210, 1900, 0)
SHOPPER = Party("Marie Durand", ("3 rue des Lilas",), "1000", "Bruxelles", "BE")
DETAILS = {
    "legal_form": "SARL au capital de 10 000 €, RCS Paris 404 833 048",
    "phone": "01 42 00 00 00",
    "email": "bonjour@librairie.example",
    "operation": "goods",
}


def article(price: int, rate_bp: int = 2000, label: str = "Article", code: str = "A1") -> Article:
    return Article(code, label, "", "", price, rate_bp)


def till(rounding: int = 1) -> Story:
    """Return a till at which somebody has signed on."""
    story = Story(Policy(cash_rounding_minor=rounding, deposit_vat_rate_bp=2000))
    story.sign_on("9", "supervisor")
    return story


def take_back(price: int, rate_bp: int = 2000, quantity: int = 1) -> c.AddItem:
    sold = article(price, rate_bp, "Repris", "R1")
    return c.AddItem("R1", sold, quantity, is_return=True, reason="défaut")


def weighed(price: int, weight_g: int, rate_bp: int = 550) -> c.AddItem:
    return c.AddItem("4011", Article("4011", "Bananes", "", "", price, rate_bp, Unit.KILOGRAM),
                     weight_g=weight_g)  # fmt: skip


def invoiced(
    story: Story,
    *commands: c.Command,
    buyer: Party = BUYER,
    seller: Party = SELLER,
    language: str = "fr",
    corrects: tuple[str, str] = ("", ""),
    copy: int = 0,
    **details: str,
) -> Invoice:
    """Sell, take what is due in cash, and make the invoice."""
    for command in commands:
        story.do(command)
    sale = story.state.sale
    assert sale is not None
    if sale.status != "completed":
        step = story.policy.cash_rounding_minor
        story.do(c.TenderCash(_due(story, step)))
    sale = story.state.sale
    story.do(c.IssueInvoice(sale, buyer, {**DETAILS, **details, **seller.values()}, *corrects))
    (event,) = story.batches[-1][0]
    assert isinstance(event, InvoiceIssued)
    words = Words(language, currency="EUR", timezone=PARIS, strict=True)
    at_ms = story.batches[-1][1].at_ms
    return invoice_of(event, sale, at_ms, words, timezone=PARIS, copy=copy)


def _due(story: Story, step: int) -> int:
    from terminal.core.basket import totals
    from terminal.core.tenders import cash_due

    assert story.state.sale is not None
    due = totals(story.state.sale).due_minor
    return cash_due(due, step) if due else 0


PRICES = st.integers(0, 60_000)
LINES = st.one_of(
    st.builds(
        lambda price, rate, quantity: c.AddItem("A1", article(price, rate), quantity),
        PRICES, st.sampled_from(RATES), st.integers(1, 240),
    ),
    st.builds(take_back, st.integers(1, 9_000), st.sampled_from(RATES), st.integers(1, 30)),
    st.builds(weighed, st.integers(1, 5_000), st.integers(1, 9_999), st.sampled_from(RATES)),
    st.builds(lambda minor: c.AddDeposit("CMD-7", minor), st.integers(1, 50_000)),
)  # fmt: skip
SHARES = st.tuples(st.integers(0, 8), st.integers(1, 10_000), st.booleans())


@st.composite
def invoices(draw) -> Invoice:
    """Any receipt: rates mixed, returns, weights, deposits, discounts, rounding to coins."""
    story = till(draw(st.sampled_from((1, 5))))
    lines = draw(st.lists(LINES, min_size=1, max_size=7))
    for command in lines:
        story.do(command)
    for where, size, is_percent in draw(st.lists(SHARES, max_size=4)):
        line = where if 1 <= where <= len(lines) else None
        percent, amount = (size, None) if is_percent else (None, size)
        _try(story, c.GrantDiscount(line, percent, amount, f"Remise {where}"))
    if draw(st.booleans()):
        _try(story, c.VoidLine(len(lines)))
    assert story.state.sale is not None
    if all(line.void for line in story.state.sale.lines):
        story.do(lines[0])
    return invoiced(story)


def _try(story: Story, command: c.Command) -> None:
    """Carry a command out where it is allowed."""
    from terminal.core.decide import decide
    from terminal.core.errors import Refused

    decision = decide(story.state, command, story.policy, story.moment())
    if not isinstance(decision, Refused):
        story.record(decision)


def seed(total: int) -> Invoice:
    """Return the invoice of a receipt of the seed, by its total."""
    story = till()
    match total:
        case 45_089:
            lines = [(15_999, 1), (12_990, 2), (3_110, 1)]
            return invoiced(story, *(c.AddItem("A1", article(p), n) for p, n in lines))
        case 23_900:
            story.do(c.AddItem("A1", article(10_900)))
            story.do(c.AddItem("A2", article(14_000)))
            return invoiced(story, c.GrantDiscount(2, None, 1000, "Fin de saison"))
        case 15_000:
            return invoiced(story, c.AddDeposit("CMD-2021-0914", 15_000))
        case _:
            story.do(c.AddItem("A1", article(1500, label="Tablier radis")))
            story.do(c.GrantDiscount(1, None, 200, "Fidélité"))
            story.do(c.AddItem("A2", article(900, label="Trousse de secours")))
            story.do(c.SetPrice(2, 0, "Fidélité"))
            coupon = c.GrantDiscount(None, None, 500, "Fidélité", "330000000000027272")
            return invoiced(story, coupon)
