"""The catalogue in force: a newer one is taken between two sales, never within one."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from terminal.core.items import Article
from terminal.journal.errors import JournalError
from terminal.store.catalogue import DIRECTORY, POINTER, Catalogue

log = logging.getLogger(__name__)


class Shelf:
    """Answers from the newest catalogue that was complete when the last sale ended."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._pointer = data_dir / DIRECTORY / POINTER
        self._mark = self._marked()
        self._catalogue = Catalogue.open(data_dir)
        self.departments = self._departments()
        """Names of the departments, in order."""

    @property
    def version(self) -> str:
        """The version in force."""
        return self._catalogue.version

    def find_first(self, candidates: Iterable[str]) -> Article | None:
        """Return the article of the first key that exists."""
        return self._catalogue.find_first(candidates)

    def search(self, text: str, limit: int) -> tuple[Article, ...]:
        """Return articles that hold every word of a text."""
        return self._catalogue.search(text, limit)

    def take_newest(self) -> bool:
        """Switch to a catalogue that was imported meanwhile; True when there was one.

        One that cannot be opened changes nothing: the shop goes on with the prices it has.
        """
        mark = self._marked()
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            newer = Catalogue.open(self._data_dir)
        except JournalError as error:
            log.error("the new catalogue is left alone: %s", error)  # noqa: TRY400 - words say it
            return False
        self._catalogue.close()
        self._catalogue = newer
        self.departments = self._departments()
        log.info("catalogue %s is in force", newer.version)
        return True

    def close(self) -> None:
        """Close the catalogue."""
        self._catalogue.close()

    def _departments(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._catalogue.departments())

    def _marked(self) -> tuple[int, int]:
        """Return what changes with every import: the pointer is replaced, never rewritten."""
        try:
            found = self._pointer.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns
