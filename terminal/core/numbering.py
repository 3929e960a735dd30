"""Numbers of receipts (18 digits) and coupons (17) that end in a GS1 check digit (NUM-02).

``prefix (2) + till (5) + sequence (10) + check digit (1)``, printed in groups of four. Two
neighbours differ by one in the number without its check digit.  A coupon of ours is
``prefix (2) + till (4) + sequence (10) + check digit (1)``; others issue such of 18 digits.
"""

from __future__ import annotations

from terminal.core.errors import CoreError

PREFIX_DIGITS = 2
TILL_DIGITS = 5
SEQUENCE_DIGITS = 10
RECEIPT_NUMBER_LENGTH = PREFIX_DIGITS + TILL_DIGITS + SEQUENCE_DIGITS + 1
REFERENCE_DIGITS = 10
COUPON_TILL_DIGITS = 4
COUPON_LENGTHS = (17, 18)


def is_digits(text: str) -> bool:
    """Tell whether a text is one or more ASCII digits; ``str.isdigit`` admits other scripts."""
    return text.isascii() and text.isdigit()


def check_digit(payload: str) -> int:
    """Return the modulo-10 check digit of a payload of digits.

    Weights 3 and 1 alternate from the right (GS1 General Specifications, section 7.9).
    """
    if not is_digits(payload):
        raise CoreError("a check digit needs digits")
    odd = sum(map(int, payload[-1::-2]))
    even = sum(map(int, payload[-2::-2]))
    return -(3 * odd + even) % 10


def check(number: str) -> bool:
    """Tell whether the last digit of a number is the check digit of the others."""
    return len(number) > 1 and is_digits(number) and int(number[-1]) == check_digit(number[:-1])


def is_receipt_number(number: str) -> bool:
    """Tell whether a number, without its spaces, has the form of a receipt's."""
    return len(number) == RECEIPT_NUMBER_LENGTH and check(number)


def is_of_till(number: str, till_number: str) -> bool:
    """Tell whether a receipt number (``is_receipt_number``) is one of a till's."""
    till = number[PREFIX_DIGITS : PREFIX_DIGITS + TILL_DIGITS]
    return till == till_number.zfill(TILL_DIGITS)


def sequence_of(number: str) -> int:
    """Return the sequence within a receipt number (``is_receipt_number``)."""
    return int(number[PREFIX_DIGITS + TILL_DIGITS : -1])


def receipt_number(prefix: str, till_number: str, sequence: int) -> str:
    """Return the number of a till's receipt; spaces in printed numbers are not part of it.

    Raises:
        CoreError: a part does not fit its digits.
    """
    return _numbered("receipt", prefix, till_number, TILL_DIGITS, sequence)


def coupon_number(prefix: str, till_number: str, sequence: int) -> str:
    """Return the number of a coupon that a till issues.

    Raises:
        CoreError: a part does not fit its digits.
    """
    return _numbered("coupon", prefix, till_number, COUPON_TILL_DIGITS, sequence)


def _numbered(what: str, prefix: str, till_number: str, till_digits: int, sequence: int) -> str:
    if not (is_digits(prefix) and len(prefix) == PREFIX_DIGITS):
        raise CoreError(f"{what} prefix {prefix!r} is not {PREFIX_DIGITS} digits")
    if not (is_digits(till_number) and len(till_number) <= till_digits):
        raise CoreError(f"till number {till_number!r} is not at most {till_digits} digits")
    if not 1 <= sequence < 10**SEQUENCE_DIGITS:
        raise CoreError(f"{what} sequence {sequence} is out of range")
    payload = f"{prefix}{till_number.zfill(till_digits)}{sequence:0{SEQUENCE_DIGITS}d}"
    return f"{payload}{check_digit(payload)}"


def is_numbered_coupon(text: str) -> bool:
    """Tell whether a text, without its spaces, is meant as the number of a coupon."""
    return len(text) in COUPON_LENGTHS and is_digits(text)


def is_coupon_number(text: str) -> bool:
    """Tell whether a text is the number of a coupon, check digit included."""
    return is_numbered_coupon(text) and check(text)


def grouped(number: str) -> str:
    """Return a number in groups of four from the left, as receipts print it."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
