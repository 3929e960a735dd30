"""Closures: none left out, none twice, always possible, and their figures add up (CLO-01 to 03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core import closing
from terminal.core import commands as c
from terminal.core import events as e
from terminal.core.books import VatRow
from terminal.core.decide import decide
from terminal.core.errors import IllegalEvent, Refused
from terminal.core.evolve import evolve
from terminal.core.periods import SCOPES, added_vat
from terminal.core.policy import Policy
from terminal.core.state import TerminalState
from tests.store.story import FLOUR, RADISH, Story

SUPERVISOR = c.SignOn("9", "Dominique", "supervisor")


class Shop(Story):
    """A story that closes earlier days before anything else, as the session does."""

    def do(self, command) -> None:
        self.roll()
        super().do(command)

    def roll(self) -> tuple[e.PeriodClosed, ...]:
        if not closing.is_due(self.state, self.business_date):
            return ()
        events = closing.due(self.state, self.business_date)
        assert events
        self.record(events)
        return events

    def sell(self, article=RADISH, times: int = 1) -> None:
        for _ in range(times):
            self.do(c.AddItem(article.code, article))
        self.do(c.TenderCash(1_000_000))
        self.do(c.NextCustomer())

    def closures(self, scope: str) -> list[e.PeriodClosed]:
        return [
            event
            for events, _ in self.batches
            for event in events
            if isinstance(event, e.PeriodClosed) and event.scope == scope
        ]


@pytest.fixture
def shop() -> Shop:
    story = Shop(business_date="2026-11-27")
    story.do(SUPERVISOR)
    return story


def test_a_day_that_ended_closes_before_anything_of_the_next_is_recorded(shop):
    shop.sell()
    shop.business_date = "2026-11-28"
    shop.sell(FLOUR)
    (day,) = shop.closures("day")
    assert (day.period, day.number, day.count, day.total_minor) == ("2026-11-27", 1, 1, 1500)
    assert day.operator_id == ""
    assert shop.state.books.day.key == "2026-11-28"
    assert shop.state.books.day.total_minor == 250


def test_days_without_a_receipt_close_too_and_a_month_behind_its_last_day(shop):
    shop.sell()
    shop.business_date = "2026-12-02"
    shop.roll()
    days = [event.period for event in shop.closures("day")]
    assert days == ["2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"]
    (month,) = shop.closures("month")
    assert (month.period, month.total_minor, month.count) == ("2026-11", 1500, 1)
    order = [
        (x.scope, x.period) for b, _ in shop.batches for x in b if hasattr(x, "perpetual_minor")
    ]
    assert order.index(("month", "2026-11")) == order.index(("day", "2026-11-30")) + 1
    assert shop.roll() == ()


def test_a_year_closes_behind_its_last_month(shop):
    shop.business_date = "2026-12-31"
    shop.sell()
    shop.business_date = "2027-01-01"
    events = shop.roll()
    assert [(x.scope, x.period) for x in events] == [
        ("day", "2026-12-31"), ("month", "2026-12"), ("year", "2026"),
    ]  # fmt: skip


def test_a_month_is_closed_even_when_its_last_day_was_closed_by_hand(shop):
    shop.business_date = "2026-11-30"
    shop.sell()
    shop.do(c.ClosePeriod("day"))
    shop.business_date = "2026-12-01"
    assert [(x.scope, x.period) for x in shop.roll()] == [("month", "2026-11")]
    assert shop.roll() == ()


def test_a_till_that_slept_for_years_closes_a_bounded_number_of_days(shop):
    shop.sell()
    shop.business_date = "2031-06-15"
    events = shop.roll()
    assert len([x for x in events if x.scope == "day"]) <= closing.MAX_DAYS_BEHIND + 1
    assert events[0].period == "2026-11-27"
    assert shop.roll() == ()


def test_closing_by_hand_says_what_was_counted_and_the_drawer_goes_on_from_it(shop):
    shop.do(c.MoveCash("float", 10_000, "fonds de caisse"))
    shop.sell()
    shop.do(c.MoveCash("drop", 5_000, "coffre"))
    shop.do(c.ClosePeriod("day", (("cash", 6_450),)))
    (day,) = shop.closures("day")
    assert day.expected_cash_minor == 10_000 + 1_500 - 5_000
    assert day.counted == (("cash", 6_450),)
    assert day.tenders == (("cash", 1_500),)
    assert shop.state.books.drawer_minor == 6_450
    assert day.operator_id == "9"


def test_a_closure_is_made_once(shop):
    shop.sell()
    shop.do(c.ClosePeriod("day"))
    again = decide(shop.state, c.ClosePeriod("day"), shop.policy, shop.moment())
    assert again == Refused("already_closed", {"period": "2026-11-27"})
    shop.sell()
    shop.do(c.ClosePeriod("day"))
    assert [event.number for event in shop.closures("day")] == [1, 2]


def test_the_year_by_hand_closes_the_day_and_the_month_with_it(shop):
    shop.sell()
    shop.do(c.ClosePeriod("year"))
    assert [len(shop.closures(scope)) for scope in SCOPES] == [1, 1, 1]
    assert shop.closures("year")[0].total_minor == 1500


def test_what_is_open_is_a_line_of_the_closure_and_does_not_stand_in_its_way(shop):
    shop.do(c.AddItem(RADISH.code, RADISH))
    shop.do(c.TenderCard(1500, "poi"))
    reference = next(iter(shop.state.attempts.values())).reference
    shop.do(c.ClosePeriod("day"))
    (day,) = shop.closures("day")
    assert ("payment_pending", reference, 1500) in day.exceptions
    assert any(kind == "sale_open" for kind, _, _ in day.exceptions)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.ClosePeriod("week"), "bad_request"),
        (c.ClosePeriod("day", (("cash", 10**9),)), "amount_out_of_range"),
        (c.ClosePeriod("day", (("cash", 1), ("cash", 2))), "bad_request"),
        (c.MoveCash("float", 0, "x"), "amount_out_of_range"),
        (c.MoveCash("float", 100, " "), "reason_required"),
        (c.MoveCash("gift", 100, "x"), "bad_request"),
    ],
)
def test_what_makes_no_sense_is_refused(shop, command, code):
    assert decide(shop.state, command, shop.policy, shop.moment()).code == code


def test_closing_is_a_right():
    cashier = Shop()
    cashier.do(c.SignOn("1", "Camille", "cashier"))
    refused = decide(cashier.state, c.ClosePeriod("day"), Policy(), cashier.moment())
    assert refused == Refused("right_required", {"right": "close"})


def test_a_closure_whose_number_leaves_a_gap_is_refused_by_the_fold(shop):
    shop.sell()
    event = closing.closure(shop.state, "day", "2026-11-27", (), "")
    with pytest.raises(IllegalEvent):
        evolve(shop.state, replace(event, number=2), shop.moment())


DAYS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 3), st.booleans()), min_size=1, max_size=8
)


@given(DAYS)
def test_days_add_up_to_months_and_months_to_years_whatever_happens(days):
    """Each: so many days later, so many receipts, and perhaps a closure by hand."""
    shop, today = Shop(business_date="2026-10-30"), date(2026, 10, 30)
    shop.do(SUPERVISOR)
    for later, receipts, by_hand in days:
        today += timedelta(days=later)
        shop.business_date = today.isoformat()
        for _ in range(receipts):
            shop.sell()
        if by_hand and receipts:
            shop.do(c.ClosePeriod("day"))
    shop.business_date = date(today.year + 1, 1, 1).isoformat()
    shop.roll()
    total = sum(receipts for _, receipts, _ in days) * 1500
    for scope in SCOPES:
        closures = shop.closures(scope)
        assert sum(event.total_minor for event in closures) == total
        assert [event.number for event in closures] == list(range(1, len(closures) + 1))
        periods = [event.period for event in closures]
        assert periods == sorted(periods)
    if total:
        assert shop.closures("day")[-1].perpetual_minor == total
        closed_days = {event.period for event in shop.closures("day")}
        first = date.fromisoformat(min(closed_days))
        last = date(today.year, 12, 31)
        assert len(closed_days) == (last - first).days + 1


def test_figures_of_vat_are_added_as_they_stand():
    rows = (VatRow(2000, 667, 133, 800), VatRow(550, 237, 13, 250))
    assert added_vat(rows, (VatRow(2000, 1, 1, 2),)) == (
        VatRow(550, 237, 13, 250),
        VatRow(2000, 668, 134, 802),
    )


def test_nothing_is_due_on_a_terminal_that_never_sold():
    assert not closing.is_due(TerminalState(), "2026-11-27")
    assert closing.due(TerminalState(), "2026-11-27") == ()
