"""The technician's file after its secrets were taken off it: same words, no PIN, no key.

The new text goes over the old one in the same place of the card, so that no block keeps what was
there; a card's own controller may, which docs/provisioning.md says.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from terminal import config as configuration
from terminal.appliance.provisioning_file import without_secrets
from terminal.appliance.provisioning_settings import OPERATOR_SECRET, OPERATORS, SECRETS
from terminal.settings import spell


def redacted(source: str, day: str) -> str:
    """Return TOML text without its secrets, a comment in the place of each; ``day`` says when.

    What cannot be taken out line by line with certainty is written anew, without its comments; what
    holds none stays as it is.
    """
    tables = tomllib.loads(source)
    if not _values(tables):
        return source
    wanted = without_secrets(tables)
    places = list(_places(tables))
    lines = source.splitlines()
    for key in places:
        number = configuration.line_of(source, key)
        if number:
            name = key.rpartition(".")[2]
            lines[number - 1] = f"# {name}: taken off this card on {day}"
    changed = "\n".join(lines) + "\n"
    if _means(changed) == wanted and not _told_in_comments(changed, _values(tables)):
        return changed
    return f"# Secrets were taken off this card on {day}.\n{plain_toml(wanted)}"


def plain_toml(tables: Mapping[str, Any]) -> str:
    """Return plain tables as TOML."""
    parts = []
    for name, table in tables.items():
        if isinstance(table, list):
            parts.append(_rows(name, table) or f"{name} = []\n")
            continue
        lists = {k: v for k, v in table.items() if _is_records(v)}
        flat = {k: v for k, v in table.items() if k not in lists}
        parts.append(f"[{name}]\n{_lines(flat)}")
        parts.extend(_rows(f"{name}.{key}", rows) for key, rows in lists.items())
    parts.sort(key=lambda part: part.startswith("["))  # keys of no table come first
    return "\n".join(parts)


def overwrite(path: Path, text: str) -> None:
    """Write text over a file in its place, so that nothing of the old one is left. Raises OSError.

    Lines end as Windows wants them: whoever opens the card does so on any computer.
    """
    data = text.replace("\n", "\r\n").encode()
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        file.write(data + b"\n" * (size - len(data)))
        file.flush()
        os.fsync(file.fileno())


def write_plain(path: Path, text: str) -> None:
    """Write a text for whoever opens the card. Raises OSError.

    Nothing depends on it, so it is written in its place: a FAT partition has no other way.
    """
    data = text.replace("\n", "\r\n").encode("utf-8-sig")
    if path.is_file() and path.read_bytes() == data:
        return
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _means(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _places(tables: Mapping[str, Any]) -> Iterator[str]:
    for key in SECRETS:
        section, _, name = key.partition(".")
        if name in tables.get(section, {}):
            yield key
    for n, row in enumerate(tables.get(OPERATORS, [])):
        if OPERATOR_SECRET in row:
            yield f"{OPERATORS}[{n}].{OPERATOR_SECRET}"


def _values(tables: Mapping[str, Any]) -> set[str]:
    held = {tables.get(s, {}).get(n, "") for s, _, n in (key.partition(".") for key in SECRETS)}
    held |= {row.get(OPERATOR_SECRET, "") for row in tables.get(OPERATORS, [])}
    return {str(value) for value in held if value}


def _told_in_comments(text: str, secrets: set[str]) -> bool:
    comments = "\n".join(line.partition("#")[2] for line in text.splitlines())
    return any(re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", comments) for secret in secrets)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _rows(name: str, rows: list[Any]) -> str:
    return "\n".join(f"[[{name}]]\n{_lines(row)}" for row in rows)


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(
        f"{key} = {spell(tuple(value) if isinstance(value, list) else value)}\n"
        for key, value in table.items()
    )
