"""Everything that can go wrong with the disk, as one tree, in words a technician can act on.

    JournalError
      StoreInUse        another process writes this data directory
      StorageAbsent     there is no store here yet
      StorageFull       no space left: free some, then start again
      StorageReadOnly   the disk or the file cannot be written
      StorageCorrupt    what is on the disk is not what was written
      StorageBusy       another process holds the database for too long
      StorageFailed     the disk refused an operation, or may have
      StorageNewer      newer software wrote here; this one must not go on
      NotYetConfirmed   only a confirmed update may write this; nothing was written

Codes follow SQLite's result codes (sqlite.org, "Result and Error Codes"), errno those of Linux.
"""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class JournalError(Exception):
    """Base of all errors of the journal and the store."""


class StoreInUse(JournalError):
    """Another process writes this data directory."""


class StorageAbsent(JournalError):
    """There is no store in the data directory."""


class StorageFull(JournalError):
    """The disk has no space left; nothing of the failed step counts."""


class StorageReadOnly(JournalError):
    """The disk, the directory or the file cannot be written."""


class StorageCorrupt(JournalError):
    """What was read is not what was written, or contradicts itself."""

    def __init__(self, message: str, *, seq: int = 0) -> None:
        super().__init__(message)
        self.seq = seq
        """Number of the first bad record; 0 when the damage lies elsewhere."""


class StorageBusy(JournalError):
    """Another process held the database longer than the busy timeout."""


class StorageFailed(JournalError):
    """The disk refused an operation: reopen and read again before trusting anything."""


class StorageNewer(StorageFailed):
    """Newer software wrote this; reading it with this one would miss something."""


class NotYetConfirmed(JournalError):
    """An update on trial would write what the version before it cannot read."""


_BY_CODE: dict[int, tuple[type[JournalError], str]] = {
    sqlite3.SQLITE_PERM: (StorageReadOnly, "may not be read or written by this user"),
    sqlite3.SQLITE_BUSY: (StorageBusy, "is held by another process"),
    sqlite3.SQLITE_LOCKED: (StorageBusy, "is held by another connection"),
    sqlite3.SQLITE_READONLY: (StorageReadOnly, "cannot be written (read-only)"),
    sqlite3.SQLITE_IOERR: (StorageFailed, "could not be read or written: check the card"),
    sqlite3.SQLITE_CORRUPT: (StorageCorrupt, "is damaged: keep it and restore a copy"),
    sqlite3.SQLITE_FULL: (StorageFull, "cannot grow, the disk is full: free space"),
    sqlite3.SQLITE_CANTOPEN: (StorageFailed, "cannot be opened: check path and rights"),
    sqlite3.SQLITE_CONSTRAINT: (StorageCorrupt, "contradicts itself: run verify, then rebuild"),
    sqlite3.SQLITE_NOTADB: (StorageCorrupt, "is not a database: keep it and restore a copy"),
}
_BY_ERRNO: dict[int | None, int] = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
}
_PRIMARY = 0xFF
"""The low byte of an extended result code is the primary code."""


def _result_code(error: BaseException) -> int | None:
    """Return SQLite's result code of an error of sqlite3, peewee, apsw or the system, or None."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, OSError):
        return _BY_ERRNO.get(original.errno, sqlite3.SQLITE_IOERR)
    code = getattr(original, "sqlite_errorcode", None)
    if code is None:
        code = getattr(original, "result", None)  # apsw.Error
    if isinstance(code, int):
        return code & _PRIMARY
    return sqlite3.SQLITE_ERROR if _of_a_database(error) else None


def _of_a_database(error: BaseException) -> bool:
    """Tell sqlite3's and peewee's errors; who opens no store has not loaded peewee."""
    if isinstance(error, sqlite3.Error):
        return True
    peewee = sys.modules.get("peewee")
    return peewee is not None and isinstance(error, peewee.PeeweeException)


def storage_error(error: BaseException, path: Path) -> JournalError | None:
    """Translate a database or system error; None when it is a fault of another kind."""
    code = _result_code(error)
    if code is None:
        return None
    cls, words = _BY_CODE.get(code, (StorageFailed, "refused an operation"))
    return cls(f"{path} {words} ({error})")


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Raise the errors of this module in place of those of sqlite3, peewee, apsw and the system."""
    try:
        yield
    except JournalError:
        raise
    except Exception as error:
        translated = storage_error(error, path)
        if translated is None:
            raise
        raise translated from error
