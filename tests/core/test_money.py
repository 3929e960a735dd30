"""Rounding and sharing: the named vectors, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import CoreError
from terminal.core.money import UnknownCurrency, cash_round, currency, round_half_away, share

AMOUNTS = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (5, 10, 1), (-5, 10, -1), (4, 10, 0), (15, 10, 2), (-15, 10, -2), (0, 7, 0),
        (-649134 * 25, 100, -162284),  # EN 16931, BR-CO-17
        (937 * 12100, 10000, 1134),  # 9.37 net at 21 %, rounded once: odoo#6224
        (500 * 10000, 11000, 455),  # 5.00 at 10 % is 4.55 + 0.45
    ],
)  # fmt: skip
def test_halves_go_away_from_zero(numerator, denominator, rounded):
    assert round_half_away(numerator, denominator) == rounded


@given(AMOUNTS, st.integers(1, 10**6))
def test_rounding_is_nearest_and_symmetric(numerator, denominator):
    rounded = round_half_away(numerator, denominator)
    assert 2 * abs(rounded * denominator - numerator) <= denominator
    assert round_half_away(-numerator, denominator) == -rounded


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator):
    with pytest.raises(CoreError):
        round_half_away(1, denominator)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (500, (1000, 1000, 999), (167, 167, 166)),
        (1, (5, 5, 5), (1, 0, 0)),
        (-1, (5, 5, 5), (-1, 0, 0)),
        (0, (0, 0), (0, 0)),
        (0, (), ()),
        (7, (0, 3, 0), (0, 7, 0)),
        (10, (1, 2, 1), (3, 5, 2)),
    ],
)
def test_shares_by_largest_remainder_ties_in_order(amount, weights, parts):
    assert share(amount, weights) == parts


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(any))
def test_shares_add_up_and_are_fair(amount, weights):
    parts = share(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole


@pytest.mark.parametrize(("amount", "weights"), [(1, (0, 0)), (1, ()), (1, (2, -1))])
def test_what_cannot_be_shared_is_our_fault(amount, weights):
    with pytest.raises(CoreError):
        share(amount, weights)


@pytest.mark.parametrize(
    ("amount", "step", "rounded"),
    [
        (3076, 5, 3075), (3078, 5, 3080), (2290, 100, 2300), (-12933, 10, -12930),
        (1291 - 1559, 10, -270), (1234, 1, 1234), (25, 50, 50), (-25, 50, -50),
    ],
)  # fmt: skip
def test_cash_rounds_to_the_coin(amount, step, rounded):
    """Estonian vector 30.76; odoo#65043, #61466 and #218430."""
    assert cash_round(amount, step) == rounded


def test_currencies_know_their_digits():
    assert [currency(code).exponent for code in ("EUR", "JPY", "TND")] == [2, 0, 3]
    with pytest.raises(UnknownCurrency):
        currency("XXX")
