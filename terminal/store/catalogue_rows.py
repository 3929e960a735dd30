"""Rows of an article file, checked one by one: an article, or the reason why not."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from terminal.core.items import Article, Unit

COLUMNS = (
    "code",
    "label",
    "brand",
    "department",
    "price_minor",
    "vat_rate",
    "unit",
    "attributes",
    "minimum_age",
)
MAX_LINE_CHARS = 16 * 1024
MAX_CODE = 48
MAX_TEXT = 200
"""Characters of a label, brand or department: more fits no receipt and no screen."""
MAX_ATTRIBUTES = 1000
MAX_PRICE_MINOR = 99_999_999
MAX_RATE_BP = 10_000
MAX_AGE = 99


class Reason(StrEnum):
    """Why a row was refused."""

    NOT_CSV = "not_csv"
    NOT_UTF8 = "not_utf8"
    LINE_TOO_LONG = "line_too_long"
    WRONG_COLUMNS = "wrong_columns"
    CONTROL_CHARACTERS = "control_characters"
    TOO_LONG = "too_long"
    CODE_MISSING = "code_missing"
    CODE_BAD = "code_bad"
    LABEL_MISSING = "label_missing"
    PRICE_BAD = "price_bad"
    RATE_BAD = "rate_bad"
    UNIT_UNKNOWN = "unit_unknown"
    ATTRIBUTES_BAD = "attributes_bad"
    AGE_BAD = "age_bad"
    DUPLICATE_CODE = "duplicate_code"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out; ``line`` counts the lines of the file from 1."""

    line: int
    reason: Reason


class BadRow(Exception):
    """A row is refused."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


_OVERLONG = "\0overlong\n"
"""Stands in for a line longer than MAX_LINE_CHARS."""
_RATE = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?")
_DIGITS = re.compile(r"[0-9]{1,9}")
_CODE = re.compile(r"[!-~]+")
_BAD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNITS = {unit.value: unit for unit in Unit}
_BOM = "\ufeff"


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file in bounded pieces, whatever it holds."""
    while line := file.readline(MAX_LINE_CHARS):
        if len(line) < MAX_LINE_CHARS or line.endswith("\n"):
            yield line
            continue
        while line and not line.endswith("\n"):
            line = file.readline(MAX_LINE_CHARS)
        yield _OVERLONG


def read_rows(file: TextIO) -> Iterator[tuple[int, list[str] | Reason]]:
    """Yield (line, fields) or (line, reason) for every row that is not empty, the header first.

    ``file`` is opened with ``newline=""`` and ``errors="surrogateescape"``.
    """
    reader = csv.reader(_lines(file), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            yield line, Reason.NOT_CSV
            continue
        if row is None:
            return
        if row:
            if line == 1:
                row[0] = row[0].removeprefix(_BOM)
            yield line, row


def _clean(field: str) -> str:
    """Return a field without outer spaces, composed; refuse what no screen or printer may get."""
    if field.isascii():
        if field.isprintable():
            return field.strip()
    elif not any(unicodedata.category(c) in _BAD_CATEGORIES for c in field):
        return unicodedata.normalize("NFC", field.strip())
    if field == _OVERLONG.rstrip("\n"):
        raise BadRow(Reason.LINE_TOO_LONG)
    undecoded = any("\udc80" <= c <= "\udcff" for c in field)
    raise BadRow(Reason.NOT_UTF8 if undecoded else Reason.CONTROL_CHARACTERS)


def _text(field: str, limit: int = MAX_TEXT) -> str:
    if len(field) > limit:
        raise BadRow(Reason.TOO_LONG)
    return field


def _number(field: str, highest: int, reason: Reason) -> int:
    if not _DIGITS.fullmatch(field) or int(field) > highest:
        raise BadRow(reason)
    return int(field)


def _code(field: str) -> str:
    if not field:
        raise BadRow(Reason.CODE_MISSING)
    if not _CODE.fullmatch(_text(field, MAX_CODE)):
        raise BadRow(Reason.CODE_BAD)
    return field


def _rate_bp(field: str) -> int:
    """Return a percentage with at most two decimals in hundredths of a percent."""
    match = _RATE.fullmatch(field)
    if not match:
        raise BadRow(Reason.RATE_BAD)
    rate = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if rate > MAX_RATE_BP:
        raise BadRow(Reason.RATE_BAD)
    return rate


def _attributes(field: str) -> tuple[tuple[str, str], ...]:
    if not field:
        return ()
    pairs = []
    for part in _text(field, MAX_ATTRIBUTES).split(";"):
        key, equals, value = part.partition("=")
        if not key or not equals:
            raise BadRow(Reason.ATTRIBUTES_BAD)
        pairs.append((key, value))
    return tuple(pairs)


def article_of(row: list[str]) -> Article:
    """Return the article of a row whose fields are in the order of COLUMNS.

    Raises:
        BadRow: with the reason.
    """
    cleaned = [_clean(field) for field in row]
    if len(row) != len(COLUMNS):
        raise BadRow(Reason.WRONG_COLUMNS)
    code, label, brand, department, price, rate, unit, attributes, age = cleaned
    if not label:
        raise BadRow(Reason.LABEL_MISSING if code else Reason.CODE_MISSING)
    if unit not in _UNITS:
        raise BadRow(Reason.UNIT_UNKNOWN)
    return Article(
        code=_code(code),
        label=_text(label),
        brand=_text(brand),
        department=_text(department),
        price_minor=_number(price, MAX_PRICE_MINOR, Reason.PRICE_BAD),
        vat_rate_bp=_rate_bp(rate),
        unit=_UNITS[unit],
        attributes=_attributes(attributes),
        minimum_age=_number(age, MAX_AGE, Reason.AGE_BAD) if age else 0,
    )
