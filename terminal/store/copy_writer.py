"""Writing a second copy: appended, made durable, read back from the medium, then counted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from terminal.store.copy_format import (
    FIRST_SUM,
    SEGMENT_BYTES,
    SUFFIX,
    Body,
    Copied,
    Owner,
    Place,
    SegmentHead,
    encoded,
    lines,
    number_of,
    segments,
)
from terminal.whole_files import sync_directory


class MediumLies(OSError):
    """The medium gives back something else than was written there."""


class CopyWriter:
    """One copy, gone on with where its last segment ends.  Every method may raise OSError.

    After an error nothing is known of the medium: make a new writer.
    """

    def __init__(self, folder: Path, owner: Owner) -> None:
        self.folder = folder
        self.at = Place()
        """Newest record that is certainly on the medium."""
        self._owner = owner
        self._path: Path | None = None
        self._sum = FIRST_SUM
        self._size = 0
        self._numbers = 0
        self._find_end()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was ever copied here."""
        return self._numbers == 0

    def begin(self, at: Place) -> None:
        """Let an empty copy begin behind a record: that of the journal's base."""
        self.at = at

    def add(self, bodies: Sequence[Body]) -> None:
        """Append, make durable, and read back."""
        if not bodies:
            return
        new = self._path is None or self._size >= SEGMENT_BYTES
        if new:
            self._numbers += 1
            self._path = self.folder / f"segment-{self._numbers:06d}{SUFFIX}"
            self._sum, self._size = FIRST_SUM, 0
        path = self._path
        if path is None:
            raise AssertionError("a segment was begun")
        chosen: list[Body] = [SegmentHead(self._owner, self.at), *bodies] if new else [*bodies]
        total, data = self._sum, bytearray()
        for body in chosen:
            total, line = encoded(total, body)
            data += line
        self._write(path, bytes(data), new=new)
        self._sum, self._size = total, self._size + len(data)
        for body in bodies:
            if isinstance(body, Copied):
                self.at = Place(body.record.seq, body.record.hash)

    def _write(self, path: Path, data: bytes, *, new: bool) -> None:
        with path.open("xb" if new else "ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if new:
            sync_directory(self.folder)
        with path.open("rb") as file:
            file.seek(self._size)
            if file.read() != data:
                raise MediumLies(f"{path} is not what was written there: use another stick")

    def _find_end(self) -> None:
        found = segments(self.folder)
        if not found:
            return
        self._numbers = number_of(found[-1])
        for number, path in enumerate(reversed(found)):
            end, place = 0, None
            with path.open("rb") as file:
                for line in lines(file):
                    if isinstance(line.body, SegmentHead):
                        place = line.body.follows
                    elif isinstance(line.body, Copied):
                        place = Place(line.body.record.seq, line.body.record.hash)
                    end, self._sum = line.end, line.sum
            if place is None:
                continue  # nothing of it survived: the one before says where the copy ends
            self.at = place
            if number == 0 and end == path.stat().st_size:
                self._path, self._size = path, end
            return
