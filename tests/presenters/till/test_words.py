"""The till's words: the same keys in every language, and every world in all of them."""

import re

import pytest
from babel.messages.pofile import read_po

from terminal.words import LOCALES

LANGUAGES = ("fr", "en", "nl", "de")
HOLE = re.compile(r"\{([a-z_]+)\}")


def catalogue(language: str) -> dict[str, str]:
    with (LOCALES / language / "LC_MESSAGES" / "till.po").open("rb") as file:
        return {m.id: m.string for m in read_po(file, abort_invalid=True) if m.id}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_keys_and_the_same_holes(language):
    french, other = catalogue("fr"), catalogue(language)
    assert list(other) == list(french)
    assert [
        k for k in french if sorted(HOLE.findall(french[k])) != sorted(HOLE.findall(other[k]))
    ] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_empty(language):
    assert [key for key, text in catalogue(language).items() if not text.strip()] == []
