"""Moving the write-ahead log into the database file, when nobody waits for it.

A checkpoint costs several syncs, so that SQLite's automatic one is off: the session asks between
sales.  The cap keeps the log bounded should it never ask, or a reader hold it for long.
"""

from __future__ import annotations

from pathlib import Path

import peewee

from terminal.journal.database import BUSY_TIMEOUT_S, execute
from terminal.journal.errors import storage_errors

WAL_CAP_BYTES = 4 * 1024 * 1024
"""Above it the log is emptied before the next append, even within a sale."""


class Checkpointer:
    """The write-ahead log of one open database."""

    def __init__(self, database: peewee.SqliteDatabase, path: Path) -> None:
        self._database = database
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._cap = WAL_CAP_BYTES

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
