"""No card number leaves a driver (PCI DSS 3.4.1)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_numbers import holds_card_number, luhn_valid, scrub


def _with_check_digit(digits: str) -> str:
    return next(digits + str(d) for d in range(10) if luhn_valid(digits + str(d)))


NUMBERS = st.from_regex(r"[1-9][0-9]{10,17}", fullmatch=True).map(_with_check_digit)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4242" * 4, "************4242"),
        (f"PAN {' '.join(['4242'] * 4)} OK", "PAN **** **** **** 4242 OK"),
        ("-".join(["4242"] * 4), "****-****-****-4242"),
        ("5555" * 3 + "4444", "************4444"),
        ("3782" + "822463" + "10005", "***********0005"),
        ("123456789012", "123456789012"),
        ("************4242", "************4242"),
        ("AID A0000000421010", "AID A0000000421010"),
        ("AUTO 123456 TRACE 000042", "AUTO 123456 TRACE 000042"),
        ("22/11/2026 09:32", "22/11/2026 09:32"),
        ("", ""),
    ],
)
def test_card_numbers_are_masked_and_the_rest_stays(text, shown):
    assert scrub(text) == shown


@given(
    NUMBERS,
    st.text(st.characters(exclude_categories=["Nd"]), max_size=20),
    st.text(st.characters(exclude_categories=["Nd"]), max_size=20),
    st.sampled_from(["", " ", "-"]),
    st.integers(1, 6),
)
def test_every_possible_number_is_masked_down_to_four_digits(number, before, after, mark, group):
    parts = [number[at : at + group] for at in range(0, len(number), group)]
    shown = scrub(f"{before}{mark.join(parts)}{after}")
    digits = re.sub(r"\D", "", shown)
    assert number[:-4] not in digits
    assert len(digits) <= len(number) - 8


@given(st.text(st.sampled_from("0123456789 -A*"), max_size=60))
def test_scrubbing_once_is_enough(text):
    shown = scrub(text)
    assert scrub(shown) == shown
    assert not holds_card_number(shown)
    assert len(shown) == len(text)
