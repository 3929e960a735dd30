"""One setting: what it may be, how it is typed, how it is written, where it stands in the file.

``config`` names the settings of a terminal; this module knows only their kinds.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from terminal.words import Words

MAX_SHOWN = 60
"""Characters shown of a value that cannot be used."""
MAX_PORT = 65_535
"""Of TCP (RFC 9293, 3.1)."""
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the catalogues (``settings.unknown``) and its values, for any language."""

    key: str
    values: Mapping[str, str | Said] = field(default_factory=dict)
    """A value may be a sentence itself: what is allowed."""

    def told(self, words: Words) -> str:
        """Return the sentence in a language."""
        return words.text(self.key, **{name: _told(v, words) for name, v in self.values.items()})


def _told(value: str | Said, words: Words) -> str:
    return value.told(words) if isinstance(value, Said) else value


class ConfigError(Exception):
    """A setting that cannot be used, said so that a technician can mend it."""

    def __init__(
        self,
        message: str,
        *,
        key: str = "",
        file: Path | None = None,
        line: int = 0,
        said: Said | None = None,
    ) -> None:
        self.message = message
        self.said = said or Said("config.other", {"message": message})
        """The same in every language, where there are words for it."""
        self.key = key
        self.file = file
        self.line = line
        """Line of the file, from 1; 0 when the setting does not come from a file."""
        super().__init__(message)

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line else ""
        if not place and self.file is not None:
            place = f"{self.file}: "
        return f"{place}{self.key}: {self.message}" if self.key else f"{place}{self.message}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting may be.

    ``allowed`` completes the sentence "it must be ..."; ``accept`` returns the value to keep, or
    None when it does not fit; ``read`` turns what was typed on a command line into a plain value.
    """

    allowed: str
    accept: Callable[[Any], Any | None]
    read: Callable[[str], Any]
    said: Said = Said("")
    """``allowed`` in every language; of a form of its own: the words of that English text."""

    def __post_init__(self) -> None:
        if not self.said.key:
            object.__setattr__(self, "said", _said(self.allowed))


def _said(allowed: str) -> Said:
    """Return the words for a form that is described in English."""
    if example := re.fullmatch(r'like ("[^"]*")', allowed):
        return Said("allowed.like", {"example": example[1]})
    return Said("allowed." + re.sub(r"[^a-z0-9]+", "_", allowed.lower()).strip("_"))


def text(
    longest: int = 200,
    pattern: str = "",
    says: str = "",
    fits: Callable[[str], bool] | None = None,
) -> Kind:
    """Return a kind for one line of text, optionally of a given form (``says`` describes it).

    ``fits`` tells of a text of that form, and not empty, what no pattern can.
    """
    form = re.compile(pattern) if pattern else None

    def accept(value: Any) -> Any | None:
        if not isinstance(value, str) or len(value) > longest or not _is_printable(value):
            return None
        if form is not None and form.fullmatch(value) is None:
            return None
        return value if not value or fits is None or fits(value) else None

    said = Said("") if says else Said("allowed.text", {"longest": str(longest)})
    return Kind(says or f"a text of at most {longest} characters", accept, str, said)


def leads_somewhere(address: str) -> bool:
    """Tell whether an address of the web has a host, and a port that there is (RFC 3986, 3.2)."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def listens_somewhere(address: str) -> bool:
    """Tell whether ``0.0.0.0:8080`` has an IPv4 address and a port; 0: whichever is free."""
    host, _, port = address.rpartition(":")
    try:
        return bool(ipaddress.IPv4Address(host)) and 0 <= int(port) <= MAX_PORT
    except ValueError:
        return False


def whole(lowest: int, highest: int, unit: str = "") -> Kind:
    """Return a kind for a whole number between two bounds, both allowed."""
    says = f"a whole number from {lowest} to {highest}" + (f" ({unit})" if unit else "")

    def accept(value: Any) -> Any | None:
        fits = type(value) is int and lowest <= value <= highest
        return value if fits else None

    said = Said(
        "allowed.whole",
        {"lowest": str(lowest), "highest": str(highest), "settings_unit": unit.replace(" ", "_")},
    )
    return Kind(
        says, accept, lambda typed: int(typed) if re.fullmatch(r"-?\d+", typed) else typed, said
    )


def flag() -> Kind:
    """Return a kind for true or false."""
    spellings = {"true": True, "yes": True, "false": False, "no": False}
    return Kind(
        "true or false",
        lambda value: value if type(value) is bool else None,
        lambda typed: spellings.get(typed.lower(), typed),
        Said("allowed.flag"),
    )


def choice(*choices: str) -> Kind:
    """Return a kind for one of some words."""
    listed = ", ".join(f'"{word}"' for word in choices)
    return Kind(
        f"one of {listed}",
        lambda value: value if isinstance(value, str) and value in choices else None,
        str,
        Said("allowed.choice", {"choices": listed}),
    )


def one_of(*numbers: int) -> Kind:
    """Return a kind for one of some whole numbers."""
    listed = ", ".join(str(number) for number in numbers)
    return Kind(
        f"one of {listed}",
        lambda value: value if type(value) is int and value in numbers else None,
        lambda typed: int(typed) if re.fullmatch(r"-?\d+", typed) else typed,
        Said("allowed.choice", {"choices": listed}),
    )


def texts(longest_list: int, item: Kind, separator: str = ";") -> Kind:
    """Return a kind for a list; on a command line the items are parted by ``separator``."""

    def accept(value: Any) -> Any | None:
        if not isinstance(value, list | tuple) or len(value) > longest_list:
            return None
        kept = tuple(item.accept(one) for one in value)
        return None if None in kept or len(set(kept)) != len(kept) else kept

    def read(typed: str) -> Any:
        return [part.strip() for part in typed.split(separator)] if typed.strip() else []

    says = f"a list of at most {longest_list} different items, each {item.allowed}"
    said = Said("allowed.texts", {"count": str(longest_list), "item": item.said})
    return Kind(says, accept, read, said)


def setting(default: Any, comment: str, kind: Kind) -> Any:
    """Return a dataclass field that carries its kind and the comment written into the file."""
    return field(default=default, metadata={"comment": comment, "kind": kind})


def check(kind: Kind, value: Any, key: str) -> Any:
    """Return the value to keep. Raises ConfigError saying what is allowed."""
    kept = kind.accept(value)
    if kept is None:
        shown = repr(value)
        raise ConfigError(
            f"{shown} cannot be used; it must be {kind.allowed}",
            key=key,
            said=Said("config.value", {"shown": shown[:MAX_SHOWN], "allowed": kind.said}),
        )
    return kept


def unknown(key: str, known: Iterable[str]) -> ConfigError:
    """Return the error for a key that does not exist, naming the nearest ones that do."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known here: {', '.join(names)}"
    said = (
        Said("config.unknown.near", {"near": ", ".join(near)})
        if near
        else Said("config.unknown", {"known": ", ".join(names)})
    )
    return ConfigError(f"there is no such setting; {hint}", key=key, said=said)


def spell(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(spell(item) for item in value) + "]"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def line_of(source: str, section: str, key: str = "", occurrence: int = 0) -> int:
    """Return the line, from 1, where ``section.key`` stands in TOML text; 0 when it is not there.

    ``occurrence`` counts the tables of an array (``[[section]]``) from 0.  Without ``key``, or when
    the key itself cannot be found, the line of the section's header is returned.
    """
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*(=|\.)""") if key else None
    inside, seen, header = section == "", -1, 0
    for number, line in enumerate(source.splitlines(), start=1):
        found = _HEADER.match(line)
        if found:
            seen += found[2] == section
            inside = found[2] == section and (found[1] == "[" or seen == occurrence)
            header = number if inside else header
        elif inside and wanted is not None and wanted.match(line):
            return number
    return header


def _is_printable(value: str) -> bool:
    return all(character.isprintable() for character in value)
