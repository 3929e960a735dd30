"""Cash: change, rounding, and never nothing for something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.tenders import Settlement, cash_due, settle_in_cash


@pytest.mark.parametrize(
    ("due", "handed", "step", "settlement"),
    [
        (800, 1000, 1, Settlement(0, 200)),
        (800, 800, 1, Settlement(0, 0)),
        (800, 799, 1, None),
        (3076, 3075, 5, Settlement(-1, 0)),
        (3076, 4000, 5, Settlement(-1, 925)),
        (2290, 2300, 100, Settlement(10, 0)),
        (3078, 3078, 5, None),
        (2, 5, 5, Settlement(3, 0)),
        (-12933, -12930, 10, Settlement(3, 0)),
        (-12933, -12933, 10, None),
        (-500, -600, 1, None),
        (-500, -500, 1, Settlement(0, 0)),
    ],
)
def test_how_cash_settles(due, handed, step, settlement):
    assert settle_in_cash(due, handed, step) == settlement


@given(st.integers(-(10**8), 10**8), st.integers(0, 10**8), st.sampled_from([1, 5, 10, 50, 100]))
def test_a_settlement_balances(due, more, step):
    handed = cash_due(due, step) + (more if due > 0 else 0)
    settlement = settle_in_cash(due, handed, step)
    assert settlement is not None
    assert due + settlement.rounding_minor == handed - settlement.change_minor
    assert abs(settlement.rounding_minor) < step
    assert settlement.change_minor >= 0


@given(st.integers(1, 10**6), st.sampled_from([5, 10, 100]))
def test_something_due_is_never_rounded_to_nothing(due, step):
    assert cash_due(due, step) >= step
    assert cash_due(-due, step) == -cash_due(due, step)
