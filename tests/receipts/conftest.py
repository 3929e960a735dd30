"""Finished sales to print."""

import pytest

from terminal.core.commands import GrantDiscount, SetPrice, TenderCash
from tests.core.conftest import Terminal


@pytest.fixture
def till_of_8() -> Terminal:
    """The sample receipt of 8.00: line discount, gift, foot discount with its coupon."""
    till = Terminal()
    till.sign_on()
    till.sell(1500, label="Tablier radis", attributes=(("ref", "M0035"),))
    till.do(GrantDiscount(1, None, 200, "Fidélité"))
    till.sell(900, label="Trousse de secours", attributes=(("ref", "M0039"),))
    till.do(SetPrice(2, 0, "Fidélité"))
    till.do(GrantDiscount(None, None, 500, "Fidélité", "330000000000027272"))
    till.do(TenderCash(800))
    return till
