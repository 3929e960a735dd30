"""Sentences in the languages of the shop, from gettext catalogues with stable keys.

The catalogues are ``locales/<language>/LC_MESSAGES/reprise.po``; a compiled ``.mo`` beside one is
used when it is not older.  Keys are ``<section>.<name>``, such as ``refused.unknown_code``.

A sentence holds ``{placeholders}``.  What stands in square brackets is left out when one of its
placeholders has no value: ``This code[ ({code})] is not known.``  A value is written by the unit in
its name (``_minor`` money, ``_g`` weight, ``_bp`` rate, ``_ms`` time of day), and a value that is
itself a word of the catalogue (``right.discount`` for ``{right}``) is translated.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from terminal.formats import Formats

LOCALES = Path(__file__).parent / "locales"
DOMAINS = ("reprise", "screens", "till", "health", "provision", "commissioning")
"""Catalogue files: refusals, notices and paper; the shared screens; the till and its panel; the
machine's health; a new machine; its commissioning."""
FALLBACK = "en"

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

Value = str | int


class MissingWords(KeyError):
    """A catalogue lacks a key, or a sentence a value."""


class Words(Formats):
    """The sentences and figures of one language."""

    def __init__(
        self,
        language: str,
        *,
        currency: str = "EUR",
        timezone: str = "Europe/Paris",
        paper: bool = False,
        strict: bool = False,
    ) -> None:
        """``paper`` avoids characters that printers lack; ``strict`` refuses what is missing.

        Raises:
            KeyError: the language has no conventions; ``formats.LANGUAGES`` lists those that have.
        """
        super().__init__(language, paper=paper)
        self._currency = currency
        self._timezone = timezone
        self._strict = strict

    def text(self, key: str, **values: Value) -> str:
        """Return the sentence of a key with its placeholders filled.

        What is missing is never worth a crash at a till: an unknown key falls back to English, then
        to the key itself, and a missing value to an ellipsis.

        Raises:
            MissingWords: something is missing, and these words are ``strict``.
        """
        sentence = self._sentence(key)
        if "[" in sentence:
            sentence = _OPTIONAL.sub(lambda part: _keep_if_filled(part[1], values), sentence)
        if "{" in sentence:
            sentence = _PLACEHOLDER.sub(lambda hole: self._fill(key, hole[1], values), sentence)
        return self._finish(sentence)

    def counted(self, key: str, count: int, **values: Value) -> str:
        """Return ``<key>.one`` or ``<key>.other`` as the language counts, with ``{count}``."""
        is_one = abs(count) == 1 or (count == 0 and self.language == "fr")
        form = f"{key}.one" if is_one else f"{key}.other"
        return self.text(form, count=self.format_quantity(count), **values)

    def has(self, key: str) -> bool:
        """Tell whether this language itself has words for a key."""
        return _catalogue(self.language).gettext(key) != key

    def _sentence(self, key: str) -> str:
        found = _catalogue(self.language).gettext(key)
        if found != key:
            return found
        if self._strict:
            raise MissingWords(f"{self.language}: {key}")
        return _catalogue(FALLBACK).gettext(key)

    def _fill(self, key: str, name: str, values: Mapping[str, Value]) -> str:
        value = values.get(name)
        if value is None:
            if self._strict:
                raise MissingWords(f"{self.language}: {key} wants {name}")
            return "…"
        if isinstance(value, int):
            return self._figure(name, value, str(values.get("currency", self._currency)))
        word = f"{name}.{value}"
        translated = _catalogue(self.language).gettext(word)
        return value if translated == word else translated

    def _figure(self, name: str, value: int, currency: str) -> str:
        match name.rpartition("_")[2]:
            case "minor":
                return self.format_money(value, currency)
            case "g":
                return self.format_weight(value)
            case "bp":
                return self.format_rate(value)
            case "ms":
                return self.format_time(value, self._timezone)
        return self.format_quantity(value)


def _keep_if_filled(part: str, values: Mapping[str, Value]) -> str:
    wanted = _PLACEHOLDER.findall(part)
    return part if all(values.get(name) not in (None, "") for name in wanted) else ""


@lru_cache(maxsize=16)
def _catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of the terminal, with that of the screens behind it."""
    first, *others = [_load(language, domain) for domain in DOMAINS]
    for other in others:
        first.add_fallback(other)
    return first


def _load(language: str, domain: str) -> gettext.NullTranslations:
    folder = LOCALES / language / "LC_MESSAGES"
    source, compiled = folder / f"{domain}.po", folder / f"{domain}.mo"
    if compiled.is_file() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    if not source.is_file():
        return gettext.NullTranslations()
    return _compile(source)


def _compile(source: Path) -> gettext.GNUTranslations:
    # Babel takes a tenth of a second to import: only where nobody has compiled the catalogues.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)
