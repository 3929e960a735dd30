"""What a scan means: codes to look up in the catalogue, and what the symbol says besides.

Order of parsing: bounds and characters; GS1 data, but only where the symbol announces it; eight,
twelve, thirteen or fourteen digits as a GTIN with its check digit, and by the shop's own table as
an in-store code that carries a price, a weight or a quantity; anything else as the code of an
article, exactly as read.

A code with a wrong check digit is still looked up: a shop's own codes need not be GTINs. It is
refused as such only when nothing is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from terminal.core import gs1
from terminal.core.errors import Refused
from terminal.core.limits import MAX_CODE_LENGTH
from terminal.core.numbering import check, check_digit, is_digits
from terminal.core.wording import is_clean

_GTIN_LENGTHS = (13, 8, 12, 14)
"""In the order in which catalogues most likely write a GTIN."""
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GRAM_DECIMALS = 3
_SUPPLEMENTED, _SUPPLEMENTED_AT, _SUPPLEMENTED_LENGTHS = "]E3", 13, (15, 18)
"""EAN-13 of the press and of books, with the number of the issue or the price in two or five digits
after it: an article of its own where the catalogue has it so, else that of the thirteen digits."""


class Measure(StrEnum):
    """What the value digits of an in-store code say."""

    PRICE = "price"
    WEIGHT = "weight"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class VariableScheme:
    """One row of a shop's table of in-store codes (restricted circulation numbers, 02 and 20-29).

    Their meaning is the retailer's own decision (GS1 General Specifications, section 2.1.11), so
    it is data. ``item`` and ``value`` are (start, end) positions; ``decimals`` are those of the
    price in major units or of the weight in kilograms.
    """

    prefix: str
    item: tuple[int, int]
    value: tuple[int, int]
    kind: Measure
    decimals: int = 0
    length: int = 13

    def __post_init__(self) -> None:
        bounds = (*self.item, *self.value)
        if not is_digits(self.prefix) or not all(0 <= i < self.length for i in bounds):
            raise ValueError(f"in-store scheme {self.prefix!r} does not fit {self.length} digits")
        if self.item[0] >= self.item[1] or self.value[0] >= self.value[1]:
            raise ValueError(f"in-store scheme {self.prefix!r} has an empty part")

    def matches(self, digits: str) -> bool:
        """Tell whether a code with a good check digit is of this scheme."""
        return len(digits) == self.length and digits.startswith(self.prefix)

    def items(self, digits: str) -> tuple[str, ...]:
        """Return the codes under which catalogues file the article of such a code.

        The code with its value set to zero, the item digits, and these without leading zeros (a
        PLU).
        """
        start, end = self.value
        payload = f"{digits[:start]}{'0' * (end - start)}{digits[end:-1]}"
        item = digits[slice(*self.item)]
        return (f"{payload}{check_digit(payload)}", item, item.lstrip("0") or item)


COMMON_SCHEMES = (
    VariableScheme("02", (2, 7), (7, 12), Measure.PRICE, 2),
    VariableScheme("21", (2, 7), (7, 12), Measure.WEIGHT, 3),
    VariableScheme("22", (2, 7), (7, 12), Measure.PRICE, 2),
)
"""A usual table, to start from: every retailer allots these prefixes himself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A scan, understood. Look ``candidates`` up in order and take the first that is found."""

    text: str
    candidates: tuple[str, ...]
    refusal: str = "unknown_code"
    """Why to refuse when nothing is found."""
    weight_g: int | None = None
    price_minor: int | None = None
    """What the label asks for the pack, in minor units."""
    count: int | None = None
    expires: str = ""
    """Last day of sale (AI 17), ISO date; empty when the symbol does not say."""
    bad_check_digit: bool = False
    fixed: tuple[str, ...] = ()
    """Candidates whose article is sold as it is: the value digits are part of its own code."""

    def measured_as(self, code: str) -> Reading:
        """Return the reading for the candidate that was found, without what is not meant for it."""
        if code not in self.fixed:
            return self
        return Reading(
            self.text,
            self.candidates,
            self.refusal,
            expires=self.expires,
            bad_check_digit=self.bad_check_digit,
        )


def read(
    text: str, aim: str, schemes: tuple[VariableScheme, ...], exponent: int = 2
) -> Reading | Refused:
    """Say what a scan or a typed code means.

    Any text at all is answered, in bounded time.

    Args:
        text: what the scanner sent, without its line end.
        aim: AIM symbology identifier such as ``]C1``; empty when the scanner does not send it.
        schemes: the shop's in-store codes; the first that matches is taken.
        exponent: digits of the currency's minor unit.
    """
    if len(text) > MAX_CODE_LENGTH:
        return Refused("code_too_long", {"limit": MAX_CODE_LENGTH})
    text = text.strip(" ")
    if not aim and _AIM.match(text):
        aim, text = text[:3], text[3:]
    if not text or not is_clean(text.replace(gs1.GROUP_SEPARATOR, "")):
        return Refused("code_not_readable")
    if gs1.is_context(text, aim):
        elements = gs1.parse(text)
        if elements is not None:
            return _read_elements(text, elements, exponent)
        if not gs1.is_uri(text) and gs1.GROUP_SEPARATOR not in text:
            return Reading(text, (text,), "code_not_readable")
    if gs1.GROUP_SEPARATOR in text:
        return Refused("code_not_readable")
    if aim == _SUPPLEMENTED and is_digits(text) and len(text) in _SUPPLEMENTED_LENGTHS:
        article = _read_digits(text[:_SUPPLEMENTED_AT], schemes, exponent)
        return replace(article, text=text, candidates=_distinct(text, *article.candidates))
    if is_digits(text) and (len(text) in _GTIN_LENGTHS or _scheme(text, schemes)):
        return _read_digits(text, schemes, exponent)
    return Reading(text, (text,))


def same_gtin(digits: str) -> tuple[str, ...]:
    """Return all the ways to write a GTIN: zeros in front do not change it (section 3.2)."""
    significant = digits.lstrip("0")
    return tuple(
        significant.zfill(length) for length in _GTIN_LENGTHS if len(significant) <= length
    )


def _distinct(*codes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))


def _scheme(digits: str, schemes: tuple[VariableScheme, ...]) -> VariableScheme | None:
    return next((scheme for scheme in schemes if scheme.matches(digits)), None)


def _read_digits(digits: str, schemes: tuple[VariableScheme, ...], exponent: int) -> Reading:
    if not check(digits):
        return Reading(digits, (digits,), "bad_check_digit", bad_check_digit=True)
    fixed = _distinct(digits, *same_gtin(digits))
    scheme = _scheme(digits, schemes)
    if scheme is None:
        return Reading(digits, fixed)
    figure = int(digits[slice(*scheme.value)])
    weight = price = count = None
    if figure == 0:
        pass  # A label template: the measure is asked for.
    elif scheme.kind is Measure.WEIGHT:
        weight = gs1.rescale(figure, scheme.decimals, _GRAM_DECIMALS)
    elif scheme.kind is Measure.PRICE:
        price = gs1.rescale(figure, scheme.decimals, exponent)
    else:
        count = figure
    return Reading(
        text=digits,
        candidates=_distinct(*fixed, *scheme.items(digits)),
        weight_g=weight,
        price_minor=price,
        count=count,
        fixed=fixed,
    )


def _read_elements(text: str, elements: gs1.Elements, exponent: int) -> Reading | Refused:
    exact = () if gs1.GROUP_SEPARATOR in text else (text,)
    gtin = elements.value("01")
    if not gtin:
        return Reading(text, exact, "code_without_article")
    expires: str | None = ""
    if elements.value("17"):
        expires = gs1.expiry(elements.value("17"))
    if expires is None:
        return Refused("code_not_readable")
    good = check(gtin)
    count = elements.value("30")
    return Reading(
        text=text,
        candidates=_distinct(*exact, gtin, *(same_gtin(gtin) if good else ())),
        refusal="unknown_code" if good else "bad_check_digit",
        weight_g=elements.scaled("310", _GRAM_DECIMALS),
        price_minor=elements.scaled("392", exponent),
        count=int(count) if count else None,
        expires=expires,
        bad_check_digit=not good,
    )
