"""Keep card numbers out: no text of a terminal leaves a driver without passing here.

PCI DSS 4.0.1, 3.4.1: of a card number we keep the last four digits, one truncation everywhere.
"""

from __future__ import annotations

import re

PAN_MIN_DIGITS = 12
PAN_MAX_DIGITS = 19
KEPT_DIGITS = 4
MASK = "*"
_RUN = re.compile(r"\d(?:[ \u00a0-]?\d){11,}")
_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn_valid(digits: str) -> bool:
    """Tell whether a string of digits passes the check of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        total += _LUHN_DOUBLED[value] if place % 2 else value
    return total % 10 == 0


def scrub(text: str) -> str:
    """Return ``text`` with all but the last four digits of every possible card number masked.

    Possible are 12 to 19 digits that pass the Luhn check, whatever stands around them, also when
    single spaces or dashes divide them.  A harmless number that looks so is masked as well.
    """
    return _RUN.sub(lambda run: _mask(run.group()), text)


def holds_card_number(text: str) -> bool:
    """Tell whether ``scrub`` would change ``text``."""
    return scrub(text) != text


def _mask(run: str) -> str:
    places = [place for place, character in enumerate(run) if character.isdigit()]
    digits = "".join(run[place] for place in places)
    hidden: set[int] = set()
    for start in range(len(digits) - PAN_MIN_DIGITS + 1):
        for end in range(start + PAN_MIN_DIGITS, min(start + PAN_MAX_DIGITS, len(digits)) + 1):
            if luhn_valid(digits[start:end]):
                hidden.update(places[start : end - KEPT_DIGITS])
    return "".join(
        MASK if place in hidden else character for place, character in enumerate(run)
    )
