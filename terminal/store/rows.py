"""Rows of the derived tables, written with statements that are made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import peewee

from terminal.journal.database import execute


def insert(database: peewee.SqliteDatabase, model: type[peewee.Model], **row: Any) -> None:
    """Write a row."""
    execute(database, _insert_sql(model, tuple(row)), tuple(row.values()))


def update(
    database: peewee.SqliteDatabase, field: peewee.Field, key: str | int, **changes: Any
) -> None:
    """Change the row whose ``field`` is ``key``."""
    sql = _update_sql(field.model, field.column_name, tuple(changes))
    execute(database, sql, (*changes.values(), key))


# The statements are kept: peewee takes longer to write one than SQLite to carry it out, and a sale
# that completes needs some ten of them. Their words are names of our own tables and columns.


@cache
def _insert_sql(model: type[peewee.Model], names: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(names))
    return f"INSERT INTO {_table(model)} ({', '.join(names)}) VALUES ({places})"  # noqa: S608


@cache
def _update_sql(model: type[peewee.Model], key: str, names: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {_table(model)} SET {changes} WHERE {key} = ?"  # noqa: S608


def _table(model: type[peewee.Model]) -> str:
    name: str = model._meta.table_name  # noqa: SLF001 - peewee's own way to it
    return name
