"""One setting: what it may be, how it is typed, how it is written, where it stands in the file.

``config`` names the settings of a terminal; this module knows only their kinds.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")


class ConfigError(Exception):
    """A setting that cannot be used, said so that a technician can mend it."""

    def __init__(
        self, message: str, *, key: str = "", file: Path | None = None, line: int = 0
    ) -> None:
        self.message = message
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


class Secret(str):
    """A text that never shows itself in a log or a traceback; ``reveal`` gives it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')" if self else "Secret('')"

    def __str__(self) -> str:
        return "***" if self else ""

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def reveal(self) -> str:
        """Return the secret itself."""
        return "".join(self)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting may be.

    ``allowed`` completes the sentence "it must be ..."; ``accept`` returns the value to keep, or
    None when it does not fit; ``read`` turns what was typed on a command line into a plain value.
    """

    allowed: str
    accept: Callable[[Any], Any | None]
    read: Callable[[str], Any]
    secret: bool = False
    """Its value is never shown, not even when it is wrong."""


def text(longest: int = 200, pattern: str = "", says: str = "", *, secret: bool = False) -> Kind:
    """Return a kind for one line of text, optionally of a given form (``says`` describes it)."""
    form = re.compile(pattern) if pattern else None

    def accept(value: Any) -> Any | None:
        if not isinstance(value, str) or len(value) > longest or not _is_printable(value):
            return None
        if form is not None and form.fullmatch(value) is None:
            return None
        return Secret(value) if secret else value

    return Kind(says or f"a text of at most {longest} characters", accept, str, secret)


def whole(lowest: int, highest: int, unit: str = "") -> Kind:
    """Return a kind for a whole number between two bounds, both allowed."""
    says = f"a whole number from {lowest} to {highest}" + (f" ({unit})" if unit else "")

    def accept(value: Any) -> Any | None:
        fits = type(value) is int and lowest <= value <= highest
        return value if fits else None

    return Kind(says, accept, lambda typed: int(typed) if re.fullmatch(r"-?\d+", typed) else typed)


def flag() -> Kind:
    """Return a kind for true or false."""
    spellings = {"true": True, "yes": True, "false": False, "no": False}
    return Kind(
        "true or false",
        lambda value: value if type(value) is bool else None,
        lambda typed: spellings.get(typed.lower(), typed),
    )


def choice(*choices: str) -> Kind:
    """Return a kind for one of some words."""
    listed = ", ".join(f'"{word}"' for word in choices)
    return Kind(
        f"one of {listed}",
        lambda value: value if isinstance(value, str) and value in choices else None,
        str,
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
    return Kind(says, accept, read)


def setting(default: Any, comment: str, kind: Kind) -> Any:
    """Return a dataclass field that carries its kind and the comment written into the file."""
    return field(default=default, metadata={"comment": comment, "kind": kind})


def check(kind: Kind, value: Any, key: str) -> Any:
    """Return the value to keep. Raises ConfigError saying what is allowed."""
    kept = kind.accept(value)
    if kept is None:
        shown = "this value" if kind.secret else repr(value)
        raise ConfigError(f"{shown} cannot be used; it must be {kind.allowed}", key=key)
    return kept


def unknown(key: str, known: Iterable[str]) -> ConfigError:
    """Return the error for a key that does not exist, naming the nearest ones that do."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known here: {', '.join(names)}"
    return ConfigError(f"there is no such setting; {hint}", key=key)


def spell(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(spell(item) for item in value) + "]"
    plain = value.reveal() if isinstance(value, Secret) else value
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
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
