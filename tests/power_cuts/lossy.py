"""A disk that forgets in a power cut what it was not told to flush, by a seed.

Writes wait in the disk's own memory, by 512-byte sector; a flush drains them to the medium.  A cut
keeps a seeded choice of what waited.  A lying disk says that it flushed, and did not.  What a real
card's firmware does beyond that (neighbouring blocks damaged by an erase) is not modelled.
"""

from __future__ import annotations

import enum
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SECTOR = 512
MAX_WAITING = 262_144
"""Sectors that wait at most (128 MiB); then the oldest reach the medium, as a full cache drains."""


class Keep(enum.Enum):
    """What of the unflushed sectors a cut leaves on the medium."""

    HALF = "half"
    """Each sector by a coin: a write may be torn anywhere, and later ones survive earlier ones."""
    PREFIX = "prefix"
    """The first so many, in the order in which they were written."""
    SUFFIX = "suffix"
    """The last so many: the cache drained the newest first."""
    NONE = "none"
    ALL = "all"


class DiskError(Exception):
    """The disk refuses a request: an I/O error, or a place that it does not have."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a cut did."""

    keep: Keep
    waiting: int
    """Sectors that were not flushed."""
    kept: int
    writes: int
    flushes: int


class LossyDisk:
    """One disk of one power-on; its medium is a file, whose length is the disk's."""

    def __init__(
        self,
        medium: Path,
        seed: int = 0,
        *,
        keep: Keep | None = None,
        lies: bool = False,
        honest: bool = False,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        """``keep`` None lets the seed choose; ``honest`` loses nothing; ``pause`` slows writes."""
        self._file = os.open(medium, os.O_RDWR)
        self.size = os.fstat(self._file).st_size
        self._dice = random.Random(f"loss {seed}")
        self._keep = keep
        self._lies = lies
        self._honest = honest
        self._pause = pause
        self._waiting: dict[int, bytes] = {}
        self._lock = threading.RLock()
        self._fuse: int | None = None
        self._fused = range(self.size)
        self._at_fuse: Callable[[], None] = lambda: None
        self.failing = False
        """Answer every write and flush with an I/O error."""
        self.dead = False
        self.reads = 0
        """Of more than a sector: the emulator itself looks at the first one."""
        self.writes = 0
        self.flushes = 0

    # --- what the machine asks --------------------------------------------------------------------

    def read(self, offset: int, length: int) -> bytes:
        """Return what the machine wrote last. Raises DiskError."""
        with self._lock:
            self._check(offset, length)
            self.reads += length > SECTOR
            found = bytearray(os.pread(self._file, length, offset))
            for sector in range(offset // SECTOR, -(-(offset + length) // SECTOR)):
                if (content := self._waiting.get(sector)) is not None:
                    start = sector * SECTOR - offset
                    found[start : start + SECTOR] = content
            return bytes(found)

    def write(self, offset: int, content: bytes, *, through: bool = False) -> None:
        """Take whole sectors; ``through`` (FUA) is not answered before they are on the medium.

        Raises DiskError.
        """
        with self._lock:
            self._check(offset, len(content))
            if self.failing:
                raise DiskError("input/output error")
            self._pause()
            self.writes += 1
            for start in range(0, len(content), SECTOR):
                sector = (offset + start) // SECTOR
                self._waiting.pop(sector, None)
                self._waiting[sector] = content[start : start + SECTOR]
            if self._honest or (through and not self._lies):
                self._drain(offset // SECTOR, len(content) // SECTOR)
            self._evict()
            self._burn(offset)

    def flush(self) -> None:
        """Put everything that waits on the medium; a lying disk only says so. Raises DiskError."""
        with self._lock:
            if self.failing:
                raise DiskError("input/output error")
            self.flushes += 1
            if not self._lies:
                for sector, content in self._waiting.items():
                    self._put(sector, content)
                self._waiting.clear()

    # --- the cut ----------------------------------------------------------------------------------

    def arm(
        self, writes: int, at: Callable[[], None], *, first: int = 0, end: int | None = None
    ) -> None:
        """Let the power go when the K-th write from now is taken, before it is answered.

        ``first`` and ``end`` (bytes): only writes that begin there are counted.
        """
        with self._lock:
            self._fuse, self._at_fuse = writes, at
            self._fused = range(first, self.size if end is None else end)

    def cut(self) -> Loss:
        """Lose the power: keep a choice of what waits, and answer nothing any more."""
        with self._lock:
            self.dead = True
            keep = self._keep or self._dice.choice(list(Keep))
            order = list(self._waiting)
            kept = self._chosen(order, keep)
            for sector in kept:
                self._put(sector, self._waiting[sector])
            self._waiting.clear()
            self.close()
            return Loss(keep, len(order), len(kept), self.writes, self.flushes)

    def close(self) -> None:
        """Let go of the medium."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _chosen(self, order: list[int], keep: Keep) -> list[int]:
        match keep:
            case Keep.HALF:
                return [sector for sector in order if self._dice.random() < 0.5]
            case Keep.PREFIX:
                return order[: self._dice.randint(0, len(order))]
            case Keep.SUFFIX:
                return order[self._dice.randint(0, len(order)) :]
            case Keep.NONE:
                return []
            case Keep.ALL:
                return order

    def _burn(self, offset: int) -> None:
        if self._fuse is None or offset not in self._fused:
            return
        self._fuse -= 1
        if self._fuse <= 0:
            self._fuse = None
            self.dead = True
            self._at_fuse()

    # --- the medium -------------------------------------------------------------------------------

    def _check(self, offset: int, length: int) -> None:
        if self.dead:
            raise DiskError("the power is off")
        if offset % SECTOR or length % SECTOR or not 0 <= offset <= self.size - length:
            raise DiskError(f"{length} bytes at {offset} are not sectors of this disk")

    def _drain(self, first: int, count: int) -> None:
        for sector in range(first, first + count):
            self._put(sector, self._waiting.pop(sector))

    def _evict(self) -> None:
        while len(self._waiting) > MAX_WAITING:
            sector = next(iter(self._waiting))
            self._put(sector, self._waiting.pop(sector))

    def _put(self, sector: int, content: bytes) -> None:
        os.pwrite(self._file, content, sector * SECTOR)
