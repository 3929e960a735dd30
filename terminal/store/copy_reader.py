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
    Copied,
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
    end: Place = field(default_factory=Place)
    """Newest record that was yielded: with it a transaction of the journal ended."""
    at_ms: int = 0
    """Its time."""
    files: dict[str, str] = field(default_factory=dict)
    """Newest text of each file."""
    left_over: int = 0
    """Bytes behind the end that do not follow: what a stick pulled out leaves."""
    _records: int = 0
    _open: list[Record] = field(default_factory=list)
    """Records of a transaction of which the end was not read yet."""

    def records(self) -> Iterator[Record]:
        """Yield the records in order, whole transactions alone.

        ``base`` is set before the first of them is yielded.

        Raises:
            StorageCorrupt: a record is missing or damaged; names it, and the file.
            OSError: the medium cannot be read.
        """
        torn = ""
        for path in segments(self.folder):
            if self._is_far_enough:
                return
            end = 0
            with path.open("rb") as file:
                for line in lines(file):
                    if end == 0:
                        self._begin(path, line.body, torn)
                    elif isinstance(line.body, Copied):
                        if self.until and line.body.record.seq > self.until:
                            return
                        yield from self._next(path, line.body)
                    elif isinstance(line.body, CopiedFile):
                        self.files[line.body.name] = line.body.text
                    elif isinstance(line.body, Base):
                        self._take_base(path, line.body)
                    end = line.end
            if self._is_far_enough:
                return
            self.left_over = path.stat().st_size - end
            if self.left_over:
                torn = path.name
                self._look_behind(path, end)

    @property
    def _is_far_enough(self) -> bool:
        return 0 < self.until <= self.at.seq

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

    def _next(self, path: Path, copied: Copied) -> Iterator[Record]:
        """Yield what is whole with this record."""
        record = copied.record
        if record.seq <= self.at.seq and self._records:
            return  # a segment went on from before the end of the one before it
        expected = self.at.seq + 1
        if self._records == 0 and self.at.seq != self.base.seq:
            raise StorageCorrupt(
                f"record 1 is missing: {path.name} begins behind record {self.at.seq}", seq=1
            )
        follows = (record.seq, record.prev_hash) == (expected, self.at.hash)
        if not follows or not is_sealed(record):
            raise StorageCorrupt(
                f"record {expected} in {path.name} does not follow the one before it", seq=expected
            )
        self._records += 1
        self.at = Place(record.seq, record.hash)
        self._open.append(record)
        if copied.whole:
            ended, self._open = self._open, []
            self.end, self.at_ms = self.at, record.at_ms
            yield from ended

    def _look_behind(self, path: Path, end: int) -> None:
        """Whole records behind one that is damaged are a gap, not the end of a copy.

        What is behind the end of an earlier segment is the next one's to tell.
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
                        f" follow it; the records up to {self.end.seq} are sound",
                        seq=missing,
                    )
