"""Figures as each language writes them: money, quantities, weights, rates, dates.

Integers in, text out, no float and no locale database: a receipt must read the same for ever and
the program must start at once.  Conventions follow CLDR 46 for fr, en-IE, nl and de.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

NO_BREAK = "\u00a0"
NARROW = "\u202f"
MINUS = "\u2212"

CURRENCY_SYMBOLS: Mapping[str, str] = {"EUR": "€", "GBP": "£", "USD": "$"}
CURRENCY_DECIMALS: Mapping[str, int] = {"JPY": 0}
"""ISO 4217 exponents other than 2."""

_TO_PAPER = str.maketrans({NO_BREAK: " ", NARROW: " ", MINUS: "-", "’": "'", "…": "..."})


@dataclass(frozen=True, slots=True)
class _Convention:
    decimal: str
    thousands: str
    money: str
    """Where sign, symbol and figure stand; a symbol of letters is always parted by a space."""
    percent: str
    date: str
    long_date: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


_CONVENTIONS: Mapping[str, _Convention] = {
    "fr": _Convention(
        ",", NARROW, f"{{sign}}{{figure}}{NO_BREAK}{{symbol}}", f"{{figure}}{NO_BREAK}%",
        "{d:02}/{m:02}/{y}", "{weekday} {d} {month} {y}",
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
         "octobre", "novembre", "décembre"),
    ),
    "en": _Convention(
        ".", ",", "{sign}{symbol}{figure}", "{figure}%",
        "{d:02}/{m:02}/{y}", "{weekday} {d} {month} {y}",
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        ("January", "February", "March", "April", "May", "June", "July", "August", "September",
         "October", "November", "December"),
    ),
    "nl": _Convention(
        ",", ".", f"{{symbol}}{NO_BREAK}{{sign}}{{figure}}", "{figure}%",
        "{d:02}-{m:02}-{y}", "{weekday} {d} {month} {y}",
        ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
         "oktober", "november", "december"),
    ),
    "de": _Convention(
        ",", ".", f"{{sign}}{{figure}}{NO_BREAK}{{symbol}}", f"{{figure}}{NO_BREAK}%",
        "{d:02}.{m:02}.{y}", "{weekday}, {d}. {month} {y}",
        ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
         "Oktober", "November", "Dezember"),
    ),
}  # fmt: skip

LANGUAGES = tuple(_CONVENTIONS)


class Formats:
    """The figures of one language, for the screen or (``paper``) for a printer's code page."""

    def __init__(self, language: str, *, paper: bool = False) -> None:
        """Raises KeyError for a language without a convention; ``LANGUAGES`` lists them."""
        self.language = language
        self.paper = paper
        self._convention = _CONVENTIONS[language]

    def format_money(self, minor: int, currency: str) -> str:
        """Return an amount with its currency: ``1 234,56 €``, ``€1,234.56``, ``CHF 8.00``."""
        symbol = CURRENCY_SYMBOLS.get(currency, currency)
        pattern = self._convention.money
        if symbol.isalpha():
            pattern = pattern.replace("{symbol}{figure}", f"{{symbol}}{NO_BREAK}{{figure}}")
        figure = self._amount(abs(minor), currency)
        sign = MINUS if minor < 0 else ""
        return self._finish(pattern.format(sign=sign, figure=figure, symbol=symbol))

    def format_amount(self, minor: int, currency: str) -> str:
        """Return an amount without its currency, for the columns of a receipt: ``-1 234,56``."""
        sign = MINUS if minor < 0 else ""
        return self._finish(sign + self._amount(abs(minor), currency))

    def format_quantity(self, pieces: int) -> str:
        """Return a number of pieces: ``1 234``."""
        sign = MINUS if pieces < 0 else ""
        return self._finish(sign + self._grouped(str(abs(pieces))))

    def format_weight(self, grams: int) -> str:
        """Return a weight in kilograms with three decimals: ``0,842 kg``."""
        sign = MINUS if grams < 0 else ""
        return self._finish(f"{sign}{self._decimal(abs(grams), 3)}{NO_BREAK}kg")

    def format_rate(self, bp: int) -> str:
        """Return hundredths of a percent as a rate, without idle zeros: ``5,5 %``, ``20 %``."""
        whole, rest = divmod(abs(bp), 100)
        decimals = f"{rest:02}".rstrip("0")
        figure = f"{whole}{self._convention.decimal}{decimals}" if decimals else str(whole)
        sign = MINUS if bp < 0 else ""
        return self._finish(sign + self._convention.percent.format(figure=figure))

    def format_table_rate(self, bp: int) -> str:
        """Return a rate with two decimals, as the columns of a receipt want it: ``20,00%``."""
        return self._finish(f"{self._decimal(bp, 2)}%")

    def format_date(self, at_ms: int, timezone: str) -> str:
        """Return the date of a moment in an IANA time zone: ``02/03/2026``."""
        at = _local(at_ms, timezone)
        return self._convention.date.format(d=at.day, m=at.month, y=at.year)

    def format_day(self, iso: str) -> str:
        """Return an ISO day as this language writes it: ``02/03/2026``. Raises ValueError."""
        year, month, day = map(int, iso.split("-"))
        return self._convention.date.format(d=day, m=month, y=year)

    def format_long_date(self, at_ms: int, timezone: str) -> str:
        """Return the date in words: ``mercredi 8 septembre 2021`` (SAL-01)."""
        at = _local(at_ms, timezone)
        return self._convention.long_date.format(
            weekday=self._convention.weekdays[at.weekday()],
            d=at.day,
            month=self._convention.months[at.month - 1],
            y=at.year,
        )

    def format_time(self, at_ms: int, timezone: str, *, seconds: bool = False) -> str:
        """Return the time of day, 24 hours: ``10:45``, or ``10:45:32`` with ``seconds``."""
        return _local(at_ms, timezone).strftime("%H:%M:%S" if seconds else "%H:%M")

    def format_stamp(self, at_ms: int, timezone: str) -> str:
        """Return a moment as digits, ``YYYYMMDDhhmmss``: for files, not for people."""
        return _local(at_ms, timezone).strftime("%Y%m%d%H%M%S")

    def _amount(self, minor: int, currency: str) -> str:
        return self._decimal(minor, CURRENCY_DECIMALS.get(currency, 2))

    def _decimal(self, value: int, decimals: int) -> str:
        whole, rest = divmod(value, 10**decimals)
        grouped = self._grouped(str(whole))
        return f"{grouped}{self._convention.decimal}{rest:0{decimals}}" if decimals else grouped

    def _grouped(self, digits: str) -> str:
        first = len(digits) % 3 or 3
        groups = [digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))]
        return self._convention.thousands.join(groups)

    def _finish(self, text: str) -> str:
        """On paper only characters that every code page has: plain spaces and hyphens."""
        return text.translate(_TO_PAPER) if self.paper else text


def _local(at_ms: int, timezone: str) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, ZoneInfo(timezone))
