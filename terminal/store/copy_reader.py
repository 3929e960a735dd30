"""Reading a second copy: every record proved by the one before it, no gap accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from terminal.journal.errors import StorageCorrupt
from terminal.journal.journal import Base
from terminal.journal.records import Record, is_sealed
from terminal.store.copy_format import (
    MAX_LINE_BYTES,
    CopiedFile,
    Owner,
    Place,
    SegmentHead,
    lines,
    record_number,
    segments,
)


@dataclass(slots=True)
class CopyReader:
    """One copy, read from its beginning to its end; what it found stands here afterwards."""

    folder: Path
    until: int = 0
    """Stop behind this record; 0: read to the end."""
    owner: Owner | None = None
    base: Base = field(default_factory=Base)
    at: Place = field(default_factory=Place)
    """Newest record that was proved."""
    at_ms: int = 0
    """Its time."""
    files: dict[str, str] = field(default_factory=dict)
    """Newest text of each file."""
    left_over: int = 0
    """Bytes behind the end that do not follow: what a stick pulled out leaves."""
    _records: int = 0

    def records(self) -> Iterator[Record]:
        """Yield the records in order.

        ``base`` is set before the first of them is yielded.

        Raises:
            StorageCorrupt: a record is missing or damaged; names it, and the file.
            OSError: the medium cannot be read.
        """
        torn = ""
        for path in segments(self.folder):
            end = 0
            with path.open("rb") as file:
                for line in lines(file):
                    if end == 0:
                        self._begin(path, line.body, torn)
                    elif isinstance(line.body, Record):
                        if line.body.seq > self.at.seq:
                            yield self._next(path, line.body)
                    elif isinstance(line.body, CopiedFile):
                        self.files[line.body.name] = line.body.text
                    elif isinstance(line.body, Base):
                        self._take_base(path, line.body)
                    end = line.end
                    if self.until and self.at.seq >= self.until:
                        return
            self.left_over = path.stat().st_size - end
            if self.left_over:
                torn = path.name
                self._look_behind(path, end)

    def _begin(self, path: Path, head: object, torn: str) -> None:
        if not isinstance(head, SegmentHead):
            raise StorageCorrupt(f"{path.name} does not begin as a segment does")
        if self.owner is None:
            self.owner, self.at = head.owner, head.follows
        elif head.follows.seq > self.at.seq:
            missing = self.at.seq + 1
            where = f": {torn} is damaged behind record {self.at.seq}" if torn else ""
            raise StorageCorrupt(
                f"record {missing} is missing{where}; {path.name} goes on behind"
                f" {head.follows.seq}",
                seq=missing,
            )
        elif head.follows.seq == self.at.seq and head.follows.hash != self.at.hash:
            raise StorageCorrupt(
                f"{path.name} follows another record {self.at.seq}", seq=self.at.seq
            )

    def _take_base(self, path: Path, base: Base) -> None:
        if (base.seq, base.hash) != (self.at.seq, self.at.hash) or self.base.seq:
            raise StorageCorrupt(f"{path.name} holds the base of another journal")
        self.base = base

    def _next(self, path: Path, record: Record) -> Record:
        expected = self.at.seq + 1
        if self._records == 0 and self.at.seq != self.base.seq:
            raise StorageCorrupt(
                f"record 1 is missing: {path.name} begins behind record {self.at.seq}", seq=1
            )
        self._records += 1
        follows = (record.seq, record.prev_hash) == (expected, self.at.hash)
        if not follows or not is_sealed(record):
            raise StorageCorrupt(
                f"record {expected} in {path.name} does not follow the one before it", seq=expected
            )
        self.at, self.at_ms = Place(record.seq, record.hash), record.at_ms
        return record

    def _look_behind(self, path: Path, end: int) -> None:
        """Whole records behind one that is damaged are a gap, not the end of a copy.

        Unless the next segment goes on from before them: then they were never vouched for.
        """
        if path != segments(self.folder)[-1]:
            return
        with path.open("rb") as file:
            file.seek(end)
            file.readline(MAX_LINE_BYTES)  # the damaged one
            while raw := file.readline(MAX_LINE_BYTES):
                if record_number(raw) > self.at.seq + 1:
                    missing = self.at.seq + 1
                    raise StorageCorrupt(
                        f"record {missing} is damaged at byte {end} of {path.name}, and others"
                        f" follow it; the records up to {self.at.seq} are sound",
                        seq=missing,
                    )
