"""What a changed file changes, and what may no longer be changed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from typing import Any

from terminal import config as configuration
from terminal.appliance.provisioning_file import MASK, Problem, is_secret
from terminal.appliance.provisioning_settings import FIXED_BY_SALES, OPERATORS
from terminal.config import Config
from terminal.core.events import SaleCompleted
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError, StorageAbsent
from terminal.settings import Said
from terminal.store.store import Store

MAX_SHOWN = 80
_NOTHING = object()


@dataclass(frozen=True)
class _Nothing:
    """A section that the terminal has no settings in."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One key that is not what it was."""

    key: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.key}: {_shown(self.key, self.old)} → {_shown(self.key, self.new)}"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FileChange]:
    """Return what differs between two files' tables, in the order of the new one."""
    before, after = _flat(old), _flat(new)
    return [
        FileChange(key, before.get(key, _NOTHING), after.get(key, _NOTHING))
        for key in (*after, *(key for key in before if key not in after))
        if before.get(key, _NOTHING) != after.get(key, _NOTHING)
    ]


def fixed(found: list[FileChange], source: str, folder: DataFolder) -> tuple[Problem, ...]:
    """Return what may not be changed any more."""
    wanted = [one for one in found if one.key in FIXED_BY_SALES]
    if not wanted or not has_sold(folder):
        return ()
    now = configuration.load(folder.settings)
    problems = []
    for one in wanted:
        section, _, name = one.key.partition(".")
        kept = getattr(getattr(now, section), name)
        if one.new != kept:
            said = Said("config.fixed_by_sales", {"kept": str(kept)})
            problems.append(Problem(said, one.key, configuration.line_of(source, one.key)))
    return tuple(problems)


def has_sold(folder: DataFolder) -> bool:
    """Tell whether a sale was ever completed here; books that cannot be read may hold one."""
    try:
        with closing(Store.open_read_only(folder.path, evolve=evolve)) as store:
            # Archived sales were taken out of the journal: its beginning says that there were some.
            return bool(store.journal.base.seq or store.journal.newest(SaleCompleted.__name__))
    except StorageAbsent:
        return False
    except JournalError:
        return True


def changed_config(folder: DataFolder, found: list[FileChange]) -> Config:
    """Return the terminal's settings with the changes, and everything else as it is now.

    What was adopted on the terminal itself, its devices above all, is not undone by a file that
    says nothing of it.

    Raises:
        ConfigError: the result cannot be used.
    """
    tables: dict[str, Any] = tomllib.loads(configuration.read_source(folder.settings))
    for one in found:
        section, _, name = one.key.partition(".")
        if section == "barcodes":
            _put(tables, "barcodes", one.new)
        elif name in {part.name for part in fields(configuration.TABLES.get(section, _Nothing))}:
            _put(tables.setdefault(section, {}), name, one.new)
    return configuration.build(tables)


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    if value is _NOTHING:
        table.pop(name, None)
    else:
        table[name] = value


def _flat(tables: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, table in tables.items():
        if section == OPERATORS:
            flat |= {f"{OPERATORS}.{row['number']}": row for row in table}
        elif isinstance(table, Mapping):
            flat |= {f"{section}.{name}": value for name, value in table.items()}
        else:
            flat[section] = table
    return flat


def _shown(key: str, value: Any) -> str:
    if value is _NOTHING:
        return "–"
    if is_secret(key):
        return MASK
    if isinstance(value, Mapping):
        value = ", ".join(str(part) for name, part in value.items() if name != "pin")
    return str(value)[:MAX_SHOWN]
