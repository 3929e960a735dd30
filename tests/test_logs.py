"""Logs: no card number and no PIN ever leaves through them."""

import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import logs


def card(body: str) -> str:
    """Return digits completed to pass the Luhn test: no real number stands in this file."""
    return next(body + str(d) for d in range(10) if logs.passes_luhn(body + str(d)))


VISA = card("4" + "0" * 14)


@pytest.mark.parametrize(
    ("given_text", "masked"),
    [
        (f"pan={VISA}", "pan=" + "*" * 12 + VISA[-4:]),
        (f"ok 12 {VISA}.", "ok 12 " + "*" * 12 + VISA[-4:] + "."),
        (
            " ".join(VISA[i : i + 4] for i in range(0, 16, 4)),
            "**** **** **** " + VISA[-4:],
        ),
        (
            "-".join(VISA[i : i + 4] for i in range(0, 16, 4)),
            "****-****-****-" + VISA[-4:],
        ),
        (f"track {VISA}=2512", "track " + "*" * 12 + VISA[-4:] + "=2512"),
        ("pin 1234", "pin ****"),
        ("PIN: 123456", "PIN: ****"),
        ('{"operator": "1", "pin": "1111"}', '{"operator": "1", "pin": "****"}'),
        ("pin=1111&x=2", "pin=****&x=2"),
        ("spinning 1234 of pins 5678", "spinning 1234 of pins 5678"),
        ("receipt 8200 of 2026-03-02", "receipt 8200 of 2026-03-02"),
        ("3 articles, 12345678901 bytes", "3 articles, 12345678901 bytes"),
    ],
)
def test_card_numbers_and_pins_are_masked_and_the_rest_is_kept(given_text, masked):
    assert logs.mask(given_text) == masked


@given(
    body=st.text("0123456789", min_size=11, max_size=18),
    before=st.text(max_size=20).filter(lambda t: not t or not (t[-1].isdecimal() or t[-1] in " -")),
    gap=st.sampled_from(["", " ", "-"]),
)
def test_no_card_number_survives_whatever_stands_around_it(body, before, gap):
    number = card(body)
    shown = gap.join(number[i : i + 4] for i in range(0, len(number), 4))
    masked = logs.mask(f"{before}{shown} end")
    assert shown not in masked
    assert masked.endswith(" end")


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text):
    assert logs.mask(logs.mask(text)) == logs.mask(text)


@pytest.fixture
def stream():
    root = logging.getLogger()
    handlers, level = tuple(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_tracebacks_are_masked_as_well(stream):
    logs.setup(stream, "info")
    try:
        int(f"bad card {VISA}")
    except ValueError:
        logging.getLogger("payment").exception("refused")
    assert VISA not in stream.getvalue()
    assert VISA[-4:] in stream.getvalue()


def test_under_journald_every_line_carries_its_priority(stream, monkeypatch):
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    logs.setup(stream, "info")
    logging.getLogger("printer").warning("paper\nnear its end")
    assert stream.getvalue() == "<4>WARNING printer: paper\n<4>near its end\n"


def test_an_unknown_level_is_said_and_means_info(stream, monkeypatch):
    monkeypatch.setenv(logs.LEVEL_VARIABLE, "loud")
    logs.setup(stream)
    logging.getLogger("x").debug("hidden")
    logging.getLogger("x").info("shown")
    assert "'loud'" in stream.getvalue()
    assert "shown" in stream.getvalue()
    assert "hidden" not in stream.getvalue()
