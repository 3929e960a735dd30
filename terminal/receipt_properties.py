"""Property records of the receipt, added or updated in the settings file (RCP-08).

A record is known by its key, language and site: another with the same takes its place, where it
stands; a new one comes last, or behind the one named.  Comments and everything else stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from terminal.config_edit import SettingsEdit, write_beside
from terminal.core.receipt.properties import PropertyRule
from terminal.receipt_settings import MAX_PROPERTIES, scope, spelt
from terminal.settings import ConfigError, spell

TABLE = "[[receipt.properties]]"
_TABLE = re.compile(r"\s*\[\[\s*receipt\s*\.\s*properties\s*\]\]\s*(#.*)?$")
_ANY_TABLE = re.compile(r"\s*\[")


def with_record(
    rules: Sequence[PropertyRule], rule: PropertyRule, *, behind: str = ""
) -> tuple[PropertyRule, ...]:
    """Return the records with one added or updated.

    ``behind`` names the key that a new place is behind; without it a known record stays where it
    is.  Raises ConfigError when there are too many, or ``behind`` is not there.
    """
    kept = list(rules)
    places = {scope(one): place for place, one in enumerate(kept)}
    place = places.get(scope(rule))
    if place is not None and not behind:
        kept[place] = rule
        return tuple(kept)
    kept = [one for one in kept if scope(one) != scope(rule)]
    at = len(kept)
    if behind:
        found = [n for n, one in enumerate(kept) if one.key == behind]
        if not found:
            raise ConfigError(f"no record has the key {behind!r}", key="receipt.properties")
        at = found[-1] + 1
    kept.insert(at, rule)
    if len(kept) > MAX_PROPERTIES:
        raise ConfigError(f"at most {MAX_PROPERTIES} records", key="receipt.properties")
    return tuple(kept)


def without_record(rules: Sequence[PropertyRule], rule: PropertyRule) -> tuple[PropertyRule, ...]:
    """Return the records without one. Raises ConfigError when it is not there."""
    kept = tuple(one for one in rules if scope(one) != scope(rule))
    if len(kept) == len(rules):
        raise ConfigError(f"no such record: {rule.key}", key="receipt.properties")
    return kept


def prepare(path: Path, rules: Sequence[PropertyRule]) -> SettingsEdit:
    """Write the settings with these records beside the old file; see ``config_edit``."""
    return write_beside(path, "receipt.properties", lambda source: with_records(source, rules))


def with_records(source: str, rules: Sequence[PropertyRule]) -> str:
    """Return TOML text whose property records are these, where the first one stood, or last."""
    kept: list[str] = []
    inside, at = False, -1
    for line in source.splitlines(keepends=True):
        if _TABLE.match(line):
            inside, at = True, len(kept) if at < 0 else at
        elif _ANY_TABLE.match(line):
            inside = False
        if not inside or line.lstrip().startswith("#"):
            kept.append(line)
    head = "".join(kept if at < 0 else kept[:at]).rstrip("\n")
    tail = "" if at < 0 else "".join(kept[at:]).lstrip("\n")
    records = "\n".join(_record(rule) for rule in rules)
    parts = [part for part in (head and f"{head}\n", records, tail) if part]
    return "\n".join(parts)


def _record(rule: PropertyRule) -> str:
    fields = "".join(f"{name} = {spell(value)}\n" for name, value in spelt(rule).items())
    return f"{TABLE}\n{fields}"
