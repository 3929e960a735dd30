"""The rows of archives and of their copies."""

from __future__ import annotations

from typing import Any

import peewee

from terminal.core.events import ArchiveCopied, ArchiveMade
from terminal.journal.records import Record
from terminal.store.tables import ArchiveCopyRow, ArchiveRow

Archived = ArchiveMade | ArchiveCopied
_MADE = ("file", "sha256", "first_day", "last_day", "first_seq", "last_seq", "records")
_COPIED = ("file", "sha256", "medium", "serial")


def archive_row(event: Archived, record: Record) -> tuple[type[peewee.Model], dict[str, Any]]:
    """Return the table and the row of an archive that was made, or of a copy of one."""
    if isinstance(event, ArchiveMade):
        row = {name: getattr(event, name) for name in _MADE}
        return ArchiveRow, row | {"seq": record.seq, "made_at_ms": record.at_ms}
    row = {name: getattr(event, name) for name in _COPIED}
    external = {"external": int(event.external), "copied_at_ms": record.at_ms}
    return ArchiveCopyRow, row | external | {"seq": record.seq}
