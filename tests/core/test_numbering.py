"""Receipt numbers carry a GS1 check digit (NUM-02)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import CoreError
from terminal.core.numbering import check, check_digit, grouped, receipt_number


@pytest.mark.parametrize(
    "printed",
    [
        "8200 0000 0000 0045 14", "8200 0000 0000 0045 38", "8200 0000 0000 0045 45",
        "8200 0000 0000 0044 22", "3310 0000 0000 1545 93", "3760123456784", "96385074",
    ],
)  # fmt: skip
def test_numbers_of_the_sample_receipts_check(printed):
    digits = printed.replace(" ", "")
    assert check(digits)
    wrong = str((int(digits[-1]) + 1) % 10)
    assert not check(digits[:-1] + wrong)


@pytest.mark.parametrize("text", ["", "1", "12a", "\u0663\u0664", " 12"])
def test_what_is_no_number_does_not_check(text):
    assert not check(text)


def test_a_receipt_number_has_eighteen_digits():
    number = receipt_number("82", "3001", 451)
    assert number == f"8203001{451:010d}{check_digit(f'8203001{451:010d}')}"
    assert grouped(number) == "8203 0010 0000 0045 1" + number[-1]


@given(st.integers(1, 10**10 - 2))
def test_neighbours_differ_by_one(sequence):
    one, two = (receipt_number("82", "3001", n) for n in (sequence, sequence + 1))
    assert check(one)
    assert len(one) == 18
    assert int(two[:-1]) - int(one[:-1]) == 1


@pytest.mark.parametrize(
    ("prefix", "till", "sequence"),
    [("8", "3001", 1), ("82", "300100", 1), ("82", "3001", 0), ("82", "3001", 10**10),
     ("8x", "3001", 1), ("82", "", 1)],
)  # fmt: skip
def test_parts_that_do_not_fit_are_our_fault(prefix, till, sequence):
    with pytest.raises(CoreError):
        receipt_number(prefix, till, sequence)


def test_a_check_digit_needs_digits():
    with pytest.raises(CoreError):
        check_digit("12a")
