"""NUM-03: the short code beside the receipt number proves where a receipt comes from."""

from dataclasses import replace

import pytest

from terminal.core.events import SaleCompleted
from terminal.core.policy import Moment
from terminal.fiscal.plain import ALPHABET, PROOF_LENGTH, TOKEN_LENGTH, PlainRegime

KEY = bytes(range(32))
WHEN = Moment(1_795_341_600_000, "2026-11-22")
SALE = SaleCompleted(
    "3001-000001", 1, "820300100000000015", "", 800, 0, 0, ((2000, 667, 133, 800),)
)


def test_the_code_is_the_same_for_the_same_receipt_and_short():
    token = PlainRegime(KEY).token(SALE, WHEN)
    assert token == PlainRegime(KEY).token(SALE, WHEN)
    assert len(token) == TOKEN_LENGTH
    assert set(token) <= set(ALPHABET)


@pytest.mark.parametrize(
    "forged",
    [
        replace(SALE, receipt_number="820300100000000022"),
        replace(SALE, total_minor=801),
        replace(SALE, vat=((550, 758, 42, 800),)),
    ],
)
def test_a_receipt_that_was_changed_has_another_code(forged):
    regime = PlainRegime(KEY)
    assert regime.token(forged, WHEN) != regime.token(SALE, WHEN)


def test_another_day_or_another_terminal_gives_another_code():
    token = PlainRegime(KEY).token(SALE, WHEN)
    assert PlainRegime(KEY).token(SALE, Moment(WHEN.at_ms, "2026-11-23")) != token
    assert PlainRegime(bytes(32)).token(SALE, WHEN) != token


def test_a_proof_is_longer_than_a_code_and_its_beginning_is_the_code():
    assert len(PlainRegime(KEY).proof("text")) == PROOF_LENGTH > TOKEN_LENGTH
