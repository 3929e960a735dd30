"""Articles and prices: a replaceable file of its own, one per version, read-only once built.

``<data>/catalogue/current`` holds the name of the file in use; ``catalogue_import`` builds the next
one aside and switches the name.  Words are folded here, without case or accents, for the index and
for the question alike, so that nothing a user types reaches the query syntax of FTS5.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from terminal.core.items import Article, Unit
from terminal.journal.errors import StorageAbsent, StorageCorrupt, storage_errors

DIRECTORY = "catalogue"
POINTER = "current"
APPLICATION_ID = 0x52504354
"""``RPCT`` in the header of the file."""
FORMAT = 2
MAX_RESULTS = 50
MAX_SEARCH_CHARS = 200
MAX_SEARCH_WORDS = 8
LABEL_START = "zq"
"""Put before a label's first word it makes a word of its own in the index: labels that begin so."""
MAX_CANDIDATES = 16
"""Keys tried for one scanned code, at most."""
INDEXED_PREFIX = 10
"""Beginnings of words up to this length have their own index: one list to read, however common."""

SCHEMA = (
    """CREATE TABLE articles (
        id INTEGER PRIMARY KEY,
        code TEXT NOT NULL UNIQUE,
        label TEXT NOT NULL,
        brand TEXT NOT NULL,
        department TEXT NOT NULL,
        price_minor INTEGER NOT NULL,
        vat_rate_bp INTEGER NOT NULL,
        unit TEXT NOT NULL,
        attributes TEXT NOT NULL,
        minimum_age INTEGER NOT NULL
    ) STRICT""",
    "CREATE TABLE departments (name TEXT PRIMARY KEY, articles INTEGER NOT NULL) STRICT",
    "CREATE TABLE about (version TEXT NOT NULL, articles INTEGER NOT NULL) STRICT",
    f"""CREATE VIRTUAL TABLE words USING fts5(
        text, content='', detail=none, columnsize=0, tokenize='ascii',
        prefix='{" ".join(str(n) for n in range(1, INDEXED_PREFIX + 1))}')""",
)
_SELECT = """SELECT code, label, brand, department, price_minor, vat_rate_bp, unit, attributes,
    minimum_age FROM articles """
_FIND = _SELECT + "WHERE code = ?"
_FETCH = _SELECT + "WHERE id = ?"
_SEARCH = "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?"

_FILE_NAME = re.compile(r"[0-9a-f]{16}\.db")
_WORD = re.compile(r"[^\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})


def words(text: str) -> list[str]:
    """Return the words of a text without case, accents and ligatures."""
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LIGATURES)
    return _WORD.findall("".join(c for c in folded if not unicodedata.combining(c)))


def attributes_text(attributes: Iterable[tuple[str, str]]) -> str:
    """Return attributes in the form the file keeps: ``key=value;key=value``."""
    return ";".join(f"{key}={value}" for key, value in attributes)


def _attributes(text: str) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    pairs = (part.partition("=") for part in text.split(";"))
    return tuple((key, value) for key, _, value in pairs)


def _article(row: tuple[Any, ...]) -> Article:
    code, label, brand, department, price, rate, unit, attributes, age = row
    return Article(
        code, label, brand, department, price, rate, Unit(unit), _attributes(attributes), age
    )


class Catalogue:
    """One version of the catalogue, open for reading.

    Look-up and search have a connection each, so that a search in another thread never keeps a
    scan waiting; each connection may be used by one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with storage_errors(path):
            # Plain sqlite3, not peewee: the look-up is the hot path of a scan. The file never
            # changes once it is in place, so that SQLite needs no locks on it.
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            self._finder = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._searcher = sqlite3.connect(uri, uri=True, check_same_thread=False)
            owner = self._finder.execute("PRAGMA application_id").fetchone()
            form = self._finder.execute("PRAGMA user_version").fetchone()
            if owner != (APPLICATION_ID,) or form != (FORMAT,):
                raise StorageCorrupt(f"{path} is not a catalogue this software reads")
            row = self._finder.execute("SELECT version, articles FROM about").fetchone()
            if row is None:
                raise StorageCorrupt(f"{path} was not finished: import the catalogue again")
            self.version: str = row[0]
            self.count: int = row[1]

    @classmethod
    def open(cls, data_dir: Path) -> Catalogue:
        """Open the version in use.

        Raises:
            StorageAbsent: nothing was imported yet.
            StorageCorrupt: the file is missing or damaged: import again.
        """
        directory = data_dir / DIRECTORY
        pointer = directory / POINTER
        with storage_errors(pointer):
            if not pointer.exists():
                raise StorageAbsent(f"{directory} holds no catalogue: import one")
            name = pointer.read_text("utf-8", errors="replace").strip()
        path = directory / name
        if not _FILE_NAME.fullmatch(name) or not path.is_file():
            raise StorageCorrupt(f"{pointer} names {name!r}, which is missing: import again")
        return cls(path)

    def close(self) -> None:
        """Close both connections."""
        self._finder.close()
        self._searcher.close()

    def find(self, code: str) -> Article | None:
        """Return the article of a catalogue key, or None."""
        with storage_errors(self._path):
            row = self._finder.execute(_FIND, (code,)).fetchone()
        return _article(row) if row else None

    def find_first(self, candidates: Iterable[str]) -> Article | None:
        """Return the article of the first key that exists, trying MAX_CANDIDATES at most."""
        for _, code in zip(range(MAX_CANDIDATES), candidates, strict=False):
            article = self.find(code)
            if article is not None:
                return article
        return None

    def search(self, text: str, limit: int = MAX_RESULTS) -> tuple[Article, ...]:
        """Return articles that hold every word of a text.

        Words of the label, brand, department, attributes and code count, by their beginnings and
        without case and accents.  Labels that begin with the first word come first, then articles
        that hold the very words, each in the order of the imported file.  Any text is safe.

        Args:
            text: MAX_SEARCH_WORDS of its first MAX_SEARCH_CHARS characters are used.
            limit: 1 to MAX_RESULTS; more is cut.
        """
        wanted = words(text[:MAX_SEARCH_CHARS])[:MAX_SEARCH_WORDS]
        limit = max(0, min(limit, MAX_RESULTS))
        if not wanted or not limit:
            return ()
        with storage_errors(self._path):
            begun = " ".join(f'"{word}"*' for word in wanted)
            ids = dict.fromkeys(self._ids(f'"{LABEL_START}{wanted[0]}"* {begun}', limit))
            for match in (" ".join(f'"{word}"' for word in wanted), begun):
                if len(ids) < limit:
                    ids |= dict.fromkeys(self._ids(match, limit))
            rows = [
                self._searcher.execute(_FETCH, (row_id,)).fetchone() for row_id in list(ids)[:limit]
            ]
        return tuple(_article(row) for row in rows if row)

    def _ids(self, match: str, limit: int) -> list[int]:
        return [row[0] for row in self._searcher.execute(_SEARCH, (match, limit))]

    def departments(self) -> tuple[tuple[str, int], ...]:
        """Return the departments with their numbers of articles, by name."""
        with storage_errors(self._path):
            rows = self._searcher.execute(
                "SELECT name, articles FROM departments ORDER BY name"
            ).fetchall()
        return tuple((name, count) for name, count in rows)
