"""Moving the write-ahead log into the database file, when nobody waits for it.

A checkpoint costs several syncs, so that SQLite's automatic one is off: the store makes one between
sales.  After it the log is written over from its beginning, which costs a card less than making it
longer.  The cap keeps the log bounded should there never be a moment, or a reader hold it for long.
"""

from __future__ import annotations

import logging
from pathlib import Path

import peewee

from terminal.journal.database import BUSY_TIMEOUT_S, execute
from terminal.journal.errors import JournalError, storage_errors

log = logging.getLogger(__name__)

COMMITS_BETWEEN = 256
"""About two megabytes of log: a page that each of some sales changes is copied once for all."""
WAL_CAP_BYTES = 4 * 1024 * 1024
"""Above it the log is emptied before the next append, even within a sale."""


class Checkpointer:
    """The write-ahead log of one open database."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        self._database = database
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._cap = WAL_CAP_BYTES
        self._commits = 0

    def committed(self) -> None:
        """Count a commit."""
        self._commits += 1

    def tidy(self) -> None:
        """Empty the log when it holds COMMITS_BETWEEN; to be called when nobody waits.

        A disk that refuses is only logged: everything acknowledged stands in the log, and the next
        append will say what is wrong.
        """
        if self._commits < COMMITS_BETWEEN:
            return
        self._commits = 0
        try:
            self.checkpoint()
        except JournalError as error:
            log.warning("the write-ahead log stays as it is: %s", error)

    def wal_bytes(self) -> int:
        """Return the size of the log on the disk, 0 when there is none."""
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    def keep_bounded(self) -> None:
        """Empty the log when it has passed the cap; a reader may put that off, not forbid it."""
        size = self.wal_bytes()
        if size <= self._cap:
            return
        emptied = self.checkpoint(truncate=True)
        self._cap = WAL_CAP_BYTES if emptied else size + WAL_CAP_BYTES

    def checkpoint(self, *, truncate: bool = False) -> bool:
        """Copy the log into the database file; True when all of it could be.

        With ``truncate`` the log is also cut to nothing, unless a reader still uses it: no reader
        is waited for.

        Raises:
            JournalError: the disk refused; what was acknowledged stands in the log.
        """
        with storage_errors(self._path):
            mode = "TRUNCATE" if truncate else "PASSIVE"
            execute(self._database, "PRAGMA busy_timeout=0").fetchall()
            try:
                busy, pages, copied = execute(
                    self._database, f"PRAGMA wal_checkpoint({mode})"
                ).fetchone()
            finally:
                execute(self._database, f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}").fetchall()
        return not busy and bool(pages == copied)
