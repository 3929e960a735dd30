"""Tax categories: resolved when sold, and what a day says by category adds up to its receipts."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core import categories
from terminal.core import commands as c
from terminal.core.basket import vat_row
from terminal.core.books import CategoryRow
from terminal.core.events import LineAdded, PeriodClosed
from terminal.core.policy import Policy
from tests.store.story import FLOUR, RADISH, Story

POLICY = Policy(deposit_category="TPS1", department_categories=MappingProxyType({"Jardin": "TMA1"}))
BY_ITSELF = replace(FLOUR, attributes=(("category", "TPS1"),))
TOO_LONG = replace(FLOUR, attributes=(("category", "TPS1-AND-MORE"),))


def events(story: Story, kind: type) -> list:
    return [event for batch, _ in story.batches for event in batch if isinstance(event, kind)]


@pytest.fixture
def story() -> Story:
    told = Story(policy=POLICY)
    told.do(c.SignOn("9", "Dominique", "supervisor"))
    return told


@pytest.mark.parametrize(
    ("article", "category"),
    [(FLOUR, "TLB1"), (RADISH, "TMA1"), (BY_ITSELF, "TPS1"), (TOO_LONG, "TLB1")],
)
def test_a_line_keeps_the_category_of_its_article_its_department_or_the_shop(
    story, article, category
):
    story.sell(article)
    (line,) = events(story, LineAdded)
    assert line.category == story.state.sale.lines[0].category == category


def test_a_deposit_has_a_category_of_its_own(story):
    story.do(c.AddDeposit("DOC-1", 500))
    assert events(story, LineAdded)[0].category == "TPS1"


def test_a_closure_says_what_was_sold_by_category_and_what_cash_was_moved(story):
    story.do(c.MoveCash("float", 10_000, "change"))
    story.cash_sale(FLOUR, BY_ITSELF, RADISH, handed_minor=10_000)
    story.cash_sale(FLOUR, handed_minor=250)
    story.do(c.MoveCash("drop", 5_000, "safe"))
    story.do(c.MoveCash("float", 1_000, "more change"))
    story.do(c.ClosePeriod("day"))
    (day,) = events(story, PeriodClosed)
    assert day.categories == (
        ("article", "TLB1", 550, 474, 26, 500, 2),
        ("article", "TMA1", 2000, 1250, 250, 1500, 1),
        ("article", "TPS1", 550, 237, 13, 250, 1),
    )
    assert day.movements == (("drop", -5_000), ("float", 11_000))
    assert story.state.books.day.categories == story.state.books.day.movements == ()


RATES = st.sampled_from([0, 210, 550, 1000, 2000])
GROSS = st.integers(-100_000, 100_000)


@given(RATES, st.lists(GROSS, min_size=1, max_size=6))
def test_the_parts_of_a_rate_add_up_to_it(rate, parts):
    row = vat_row(rate, sum(parts))
    split = categories.split(row, parts)
    assert [part.gross_minor for part in split] == parts
    assert sum(part.net_minor for part in split) == row.net_minor
    assert sum(part.vat_minor for part in split) == row.vat_minor
    assert all(part.net_minor + part.vat_minor == part.gross_minor for part in split)


def test_the_cents_left_over_go_to_the_largest_part_the_first_of_equal_ones():
    row = vat_row(2000, 20)
    assert [part.net_minor for part in categories.split(row, [10, 10])] == [9, 8]
    assert [part.net_minor for part in categories.split(vat_row(2000, 15), [5, 10])] == [4, 9]


def test_rows_add_up_whatever_their_order():
    rows = [
        CategoryRow("article", "TLB1", 2000, 100, 20, 120, 1),
        CategoryRow("article", "TLB1", 550, 100, 6, 106, 1),
        CategoryRow("article", "TLB1", 2000, 50, 10, 60, 2),
    ]
    once = categories.added((), rows)
    assert once == categories.added(rows[2:], reversed(rows[:2]))
    assert once[1] == CategoryRow("article", "TLB1", 2000, 150, 30, 180, 3)
