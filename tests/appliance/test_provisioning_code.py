"""Settings as codes: in any order, of any country's scanner, and what is refused in words."""

from __future__ import annotations

import hashlib

import pytest

from terminal.appliance.card_text import plain_toml
from terminal.appliance.provisioning_code import (
    MAX_CODES,
    TooLong,
    as_meant,
    decoded,
    encoded,
    missing,
)
from terminal.appliance.provisioning_file import FileRefused, parse
from tests.appliance.cards import WHOLE


def noise(n: int) -> str:
    """Return what no compression makes shorter, the same every time."""
    return hashlib.sha256(str(n).encode()).hexdigest()


LONG = "".join(f"# {noise(n)[:40]}\n" for n in range(60)) + WHOLE


def test_many_codes_are_scanned_in_any_order_and_twice():
    codes = encoded(LONG)
    assert 2 < len(codes) <= MAX_CODES
    assert decoded([codes[-1], *codes, codes[0]]) == LONG
    assert missing(codes[1:]) == (len(codes) - 1, len(codes))


@pytest.mark.parametrize("layout", [("QAWZM", "AQZW;"), ("YZ", "ZY"), ("", "")])
def test_a_scanner_of_another_country_is_understood(layout):
    (code,) = encoded(plain_toml(parse(WHOLE)))
    typed = code.translate(str.maketrans(*layout)).lower()
    assert as_meant(typed) == code


def altered(code: str, at: int) -> str:
    return code[:at] + ("A" if code[at] != "A" else "B") + code[at + 1 :]


def bomb() -> list[str]:
    return encoded("#" * 60_000)[:1]


HOSTILE = {
    "foreign": (lambda codes: ["3270190128724"], "config.code.foreign"),
    "a web page": (lambda codes: ["https://example.com/" + "x" * 3000], "config.code.foreign"),
    "damaged": (lambda codes: [altered(codes[0], 40), *codes[1:]], "config.code.damaged"),
    "cut off": (lambda codes: [codes[0][:50], *codes[1:]], "config.code.damaged"),
    "not all": (lambda codes: codes[:-1], "config.code.incomplete"),
    "none": (lambda codes: [], "config.code.incomplete"),
    "of two sheets": (lambda codes: [codes[0], *encoded(LONG + "#")[1:]], "config.code.mixed"),
    "far too long": (lambda codes: [codes[0] * 10], "config.code.damaged"),
}


@pytest.mark.parametrize(("make", "word"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_code_is_refused_in_words(make, word):
    with pytest.raises(FileRefused) as refused:
        decoded(make(encoded(LONG)))
    assert refused.value.problems[0].said.key == word


def test_a_text_that_blows_up_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("terminal.appliance.provisioning_code.MAX_CARD_BYTES", 1_000_000)
    codes = encoded("#" * 500_000)
    monkeypatch.undo()
    with pytest.raises(FileRefused) as refused:
        decoded(codes)
    assert refused.value.problems[0].said.key == "config.large"


def test_what_fits_into_no_code_is_said():
    with pytest.raises(TooLong):
        encoded("".join(noise(n) for n in range(500)))
