"""What may be written before a new version has proven itself: only what the old one can read.

An update runs on trial until it is confirmed; if it fails, the machine starts from the old slot, on
the same books.  So whatever a version writes on trial must be readable by the one before it.  The
*format* of a journal says which events may stand in it.  A version names the format that each of
its new events (or new versions of events) needs; the journal takes them only once its format was
raised, and it is raised at the first start after the confirmation.  From then on an older version
refuses the books in words, instead of finding records that it does not know.

The format is kept in the header of the database (``user_version``): ``format * 100`` plus the form
of the tables, and the bare form of the tables while it is 1, as the first versions wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.core.events import Event

FORMAT = 1
"""The newest format that this version writes; it reads this one and all before."""
SINCE: Mapping[tuple[str, int], int] = MappingProxyType({})
"""(type, version) of events -> the format that first has them; what is not named is as old as 1."""
_TABLES = 100
"""What separates the format from the form of the tables in ``user_version``."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a version writes, and whether it may yet."""

    format: int = FORMAT
    since: Mapping[tuple[str, int], int] = field(default_factory=lambda: SINCE)
    confirmed: bool = True
    """False while the version runs on trial in a slot that was not taken over."""

    def takes(self, event: Event, present: int) -> bool:
        """Tell whether a journal of the present format may hold an event."""
        return self.since.get((type(event).__name__, event.VERSION), 1) <= present

    def raises(self, present: int) -> bool:
        """Tell whether a journal of the present format is to be raised now."""
        return self.confirmed and present < self.format


TODAY = Gate()
"""This version, where there is no trial: a developer's machine, a test, a confirmed slot."""


def header(format_: int, tables: int) -> int:
    """Return the ``user_version`` of a format and a form of the tables."""
    return tables if format_ == 1 else format_ * _TABLES + tables


def read_header(version: int) -> tuple[int, int]:
    """Return the format and the form of the tables that a ``user_version`` says."""
    format_, tables = divmod(version, _TABLES)
    return max(1, format_), tables
