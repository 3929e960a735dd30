"""Figures in four languages, against the locale database that the product does not load."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel import dates, numbers
from hypothesis import given
from hypothesis import strategies as st

from terminal.formats import LANGUAGES, Formats

LOCALE = {"fr": "fr_FR", "en": "en_IE", "nl": "nl_NL", "de": "de_DE"}
PARIS = "Europe/Paris"


def plain(text: str) -> str:
    return text.replace("\u2212", "-").replace("\u200e", "")


@pytest.mark.parametrize(
    ("language", "minor", "said"),
    [
        ("fr", 123456, "1\u202f234,56\u00a0€"),
        ("fr", -5, "−0,05\u00a0€"),
        ("en", 123456789, "€1,234,567.89"),
        ("en", -2000, "−€20.00"),
        ("nl", 123456, "€\u00a01.234,56"),
        ("nl", -123456, "€\u00a0−1.234,56"),
        ("de", 100, "1,00\u00a0€"),
        ("de", 0, "0,00\u00a0€"),
    ],
)
def test_money_as_each_language_writes_it(language, minor, said):
    assert Formats(language).format_money(minor, "EUR") == said


@pytest.mark.parametrize(
    ("language", "currency", "said"),
    [
        ("en", "CHF", "CHF\u00a08.00"),
        ("fr", "CHF", "8,00\u00a0CHF"),
        ("nl", "GBP", "£\u00a08,00"),
        ("en", "JPY", "JPY\u00a0800"),
    ],
)
def test_other_currencies_keep_their_decimals_and_their_symbol(language, currency, said):
    assert Formats(language).format_money(800, currency) == said


@given(minor=st.integers(-(10**12), 10**12))
@pytest.mark.parametrize("language", LANGUAGES)
def test_money_agrees_with_the_locale_database(language, minor):
    expected = numbers.format_currency(Decimal(minor) / 100, "EUR", locale=LOCALE[language])
    assert plain(Formats(language).format_money(minor, "EUR")) == plain(expected)


@given(at_ms=st.integers(0, 4_000_000_000_000))
@pytest.mark.parametrize("language", LANGUAGES)
def test_long_dates_agree_with_the_locale_database(language, at_ms):
    moment = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(PARIS))
    expected = dates.format_date(moment, "full", locale=LOCALE[language])
    assert Formats(language).format_long_date(at_ms, PARIS) == expected


@pytest.mark.parametrize(
    ("language", "rate", "weight", "day"),
    [
        ("fr", "5,5\u00a0%", "1\u202f234,842\u00a0kg", "08/09/2021"),
        ("en", "5.5%", "1,234.842\u00a0kg", "08/09/2021"),
        ("nl", "5,5%", "1.234,842\u00a0kg", "08-09-2021"),
        ("de", "5,5\u00a0%", "1.234,842\u00a0kg", "08.09.2021"),
    ],
)
def test_rates_weights_and_dates(language, rate, weight, day):
    formats = Formats(language)
    at_ms = int(datetime(2021, 9, 8, 10, 45, 32, tzinfo=ZoneInfo(PARIS)).timestamp()) * 1000
    assert formats.format_rate(550) == rate
    assert formats.format_weight(1_234_842) == weight
    assert formats.format_date(at_ms, PARIS) == formats.format_day("2021-09-08") == day
    assert formats.format_time(at_ms, PARIS) == "10:45"
    assert formats.format_time(at_ms, PARIS, seconds=True) == "10:45:32"


@pytest.mark.parametrize(("bp", "said"), [(2000, "20%"), (210, "2.1%"), (1, "0.01%"), (0, "0%")])
def test_rates_carry_no_idle_zeros(bp, said):
    assert Formats("en").format_rate(bp) == said


def test_paper_has_plain_spaces_and_hyphens():
    formats = Formats("fr", paper=True)
    assert formats.format_money(-123456, "EUR") == "-1 234,56 €"
    assert formats.format_amount(-123456, "EUR") == "-1 234,56"
    assert formats.format_weight(842) == "0,842 kg"
    assert formats.format_quantity(-12) == "-12"


def test_a_table_of_rates_has_two_decimals_in_every_row():
    assert [Formats("fr").format_table_rate(bp) for bp in (210, 550, 2000)] == [
        "2,10%",
        "5,50%",
        "20,00%",
    ]
