"""A new catalogue built aside, verified, and switched to by one rename.

A crash at any moment leaves the old version in use: the pointer is replaced last, by a rename, and
everything it names was synced before.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peewee

from terminal.core.items import Article
from terminal.journal.database import execute, scalar
from terminal.journal.errors import JournalError, StorageCorrupt, StoreInUse, storage_errors
from terminal.store.catalogue import (
    APPLICATION_ID,
    DIRECTORY,
    FORMAT,
    LABEL_START,
    POINTER,
    SCHEMA,
    attributes_text,
    words,
)
from terminal.store.catalogue_rows import COLUMNS, BadRow, Reason, Refusal, article_of, read_rows
from terminal.whole_files import sync_directory

MAX_REFUSALS = 200
"""Refused rows named in a report; all are counted."""
PROGRESS_EVERY = 5000
"""Rows between two calls of ``progress``."""
BUILDING = "building"
LOCK_NAME = "import.lock"
_CACHE_KIB = 64 * 1024
_INSERT_ARTICLE = "INSERT INTO articles VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (code) DO NOTHING"
_INSERT_WORDS = "INSERT INTO words (rowid, text) VALUES (?, ?)"

Progress = Callable[[int, float], None]


class CatalogueRefused(JournalError):
    """The file as a whole is no catalogue; the version in use stays."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file."""

    version: str
    rows: int
    imported: int
    refused: int
    refusals: tuple[Refusal, ...]
    """The first MAX_REFUSALS of them."""


class _Source(io.RawIOBase):
    """The file as bytes, hashed and counted as they are read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._size = max(1, path.stat().st_size)
        self._done = 0
        self._hash = hashlib.sha256(f"{FORMAT}\n".encode())

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self._hash.update(memoryview(buffer)[:count])
        self._done += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    @property
    def fraction(self) -> float:
        return min(1.0, self._done / self._size)

    @property
    def version(self) -> str:
        return self._hash.hexdigest()[:16]


def _quiet(_rows: int, _fraction: float) -> None:
    """Report progress to nobody."""


def import_catalogue(data_dir: Path, source: Path, progress: Progress = _quiet) -> ImportReport:
    """Import a CSV file of articles and make it the version in use.

    Memory is bounded whatever the size of the file.  ``progress(rows, fraction)`` is called every
    PROGRESS_EVERY rows, and once at the end, with the part of the file read so far (0 to 1).

    Raises:
        CatalogueRefused: the header is wrong, or no row is an article.
        StoreInUse: another import is running.
        JournalError: the disk failed; the version in use stays.
    """
    directory = data_dir / DIRECTORY
    with storage_errors(directory):
        directory.mkdir(exist_ok=True)
        sync_directory(data_dir)
        with _one_import(directory):
            building = directory / BUILDING
            try:
                report = _build(building, source, progress)
                _switch(directory, building, f"{report.version}.db")
            finally:
                building.unlink(missing_ok=True)
            _sweep(directory)
    return report


@contextmanager
def _one_import(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreInUse(f"another import into {directory} is running") from error
        yield
    finally:
        os.close(descriptor)


def _build(path: Path, source: Path, progress: Progress) -> ImportReport:
    path.unlink(missing_ok=True)
    database = peewee.SqliteDatabase(str(path), autoconnect=False)
    database.connect()
    try:
        # The file counts for nothing until it is complete, verified and synced.
        execute(database, "PRAGMA journal_mode=OFF").fetchall()
        execute(database, "PRAGMA synchronous=OFF")
        execute(database, f"PRAGMA cache_size=-{_CACHE_KIB}")
        execute(database, f"PRAGMA application_id={APPLICATION_ID}")
        execute(database, f"PRAGMA user_version={FORMAT}")
        for statement in SCHEMA:
            execute(database, statement)
        database.begin()
        report = _fill(database, source, progress)
        _finish(database, report)
        database.commit()
        _verify(database, path, report)
    finally:
        database.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return report


def _fill(database: peewee.SqliteDatabase, source: Path, progress: Progress) -> ImportReport:
    rows = imported = refused = 0
    refusals: list[Refusal] = []
    raw = _Source(source)
    with io.TextIOWrapper(
        io.BufferedReader(raw, 1 << 18), "utf-8", errors="surrogateescape", newline=""
    ) as file:
        lines = read_rows(file)
        header = next(lines, (0, []))[1]
        if isinstance(header, Reason) or tuple(name.strip() for name in header) != COLUMNS:
            raise CatalogueRefused(f"{source}: the first line must be {','.join(COLUMNS)}")
        for line, row in lines:
            rows += 1
            reason = row if isinstance(row, Reason) else _insert(database, imported + 1, row)
            if reason is None:
                imported += 1
            else:
                refused += 1
                if len(refusals) < MAX_REFUSALS:
                    refusals.append(Refusal(line, reason))
            if rows % PROGRESS_EVERY == 0:
                progress(rows, raw.fraction)
        if imported == 0:
            raise CatalogueRefused(f"{source}: none of {rows} rows is an article")
        progress(rows, 1.0)
        return ImportReport(raw.version, rows, imported, refused, tuple(refusals))


def _insert(database: peewee.SqliteDatabase, row_id: int, row: list[str]) -> Reason | None:
    """Insert the article of a row; return why not, if not."""
    try:
        article = article_of(row)
    except BadRow as error:
        return error.reason
    attributes = attributes_text(article.attributes)
    values = (
        row_id,
        article.code,
        article.label,
        article.brand,
        article.department,
        article.price_minor,
        article.vat_rate_bp,
        article.unit.value,
        attributes,
        article.minimum_age,
    )
    if execute(database, _INSERT_ARTICLE, values).rowcount == 0:
        return Reason.DUPLICATE_CODE
    execute(database, _INSERT_WORDS, (row_id, _searchable(article)))
    return None


def _searchable(article: Article) -> str:
    values = " ".join(value for _, value in article.attributes)
    label = words(article.label)
    start = f"{LABEL_START}{label[0]} " if label else ""
    rest = words(f"{article.brand} {article.department} {values} {article.code}")
    return start + " ".join((*label, *rest))


def _finish(database: peewee.SqliteDatabase, report: ImportReport) -> None:
    execute(database, "INSERT INTO words (words) VALUES ('optimize')")
    execute(
        database,
        "INSERT INTO departments SELECT department, count(*) FROM articles GROUP BY department",
    )
    execute(database, "INSERT INTO about VALUES (?, ?)", (report.version, report.imported))


def _verify(database: peewee.SqliteDatabase, path: Path, report: ImportReport) -> None:
    verdict = scalar(database, "PRAGMA integrity_check(1)")
    if verdict != "ok":
        raise StorageCorrupt(f"{path}: {verdict}")
    execute(database, "INSERT INTO words (words) VALUES ('integrity-check')")
    if scalar(database, "SELECT count(*) FROM articles") != report.imported:
        raise StorageCorrupt(f"{path}: the number of articles is wrong")


def _switch(directory: Path, building: Path, name: str) -> None:
    """Put the finished file in place and name it: the last rename is the switch."""
    building.replace(directory / name)
    sync_directory(directory)
    pointer = directory / f"{POINTER}.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(f"{name}\n")
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(directory / POINTER)
    sync_directory(directory)


def _sweep(directory: Path) -> None:
    """Remove older versions; a terminal that still has one open keeps it until it closes."""
    current = (directory / POINTER).read_text("utf-8").strip()
    for path in directory.glob("*.db"):
        if path.name != current:
            with suppress(FileNotFoundError):
                path.unlink()
