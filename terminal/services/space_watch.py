"""Watches the room on the disk: sales go on as long as they can be made durable, then stop.

    free space      level   what stops
    above low       WELL    nothing
    below low       LOW     nothing; a notice
    below spare     SPARE   what is no sale: archives, invoices as files, training, the diary
    below full, or  FULL    a new sale; the one in progress is finished or parked, days are closed
    ballast spent

A commit that meets a full disk spends the ballast at once and is made again.  When there is room
for the ballast and twice ``full``, the ballast is made again and the sales go on by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

from terminal.appliance.ballast import MIB, Ballast, free_bytes
from terminal.core.errors import Refused
from terminal.core.events import Event, SaleOpened
from terminal.services.session import Session
from terminal.services.standing import Standing

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_S = 10.0
FIRST_LOOK_S = 5.0
"""A start does not wait for the ballast."""
LOW_NOTICE = "storage_low"
FULL = "disk_full"
SPARED = "disk_low"


class Level(IntEnum):
    """How much room there is; each stops more than the one before."""

    WELL = 0
    LOW = 1
    SPARE = 2
    FULL = 3


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bytes free, besides the ballast."""

    low: int = 512 * MIB
    """Weeks of sales, or one catalogue being built aside: time for a technician to come."""
    spare: int = 256 * MIB
    full: int = 32 * MIB
    """Above a log at its cap (4 MiB) copied into the database, many times over."""
    spend: int = 8 * MIB
    """The ballast is spent before the first commit fails for want of room."""


class SpaceWatch:
    """Room on the disk of one data folder; ``run`` is a supervised task."""

    def __init__(
        self,
        session: Session,
        ballast: Ballast,
        changed: Callable[[], None],
        *,
        folder: Path,
        thresholds: Thresholds = Thresholds(),
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.level = Level.WELL
        self.free_mb: int | None = None
        """Whole megabytes free at the last look; None before the first."""
        self._session = session
        self._standing = Standing(session)
        self._ballast = ballast
        self._changed = changed
        self._folder = folder
        self._at = thresholds
        self._free = free

    @property
    def full(self) -> bool:
        """True while no sale may begin."""
        return self.level is Level.FULL

    @property
    def spares(self) -> bool:
        """True while nothing is written that is no sale."""
        return self.level >= Level.SPARE

    def refusal(self, events: tuple[Event, ...]) -> Refused | None:
        """Say why events are not recorded: on a full disk no sale begins."""
        if self.full and any(isinstance(event, SaleOpened) for event in events):
            return Refused(FULL)
        return None

    async def spend(self) -> bool:
        """Give the ballast back because a commit found no room; False when there was none."""
        try:
            spent = await _beside(self._ballast.release)
        except OSError as error:
            log.warning("the ballast could not be given back: %s", error)
            return False
        if spent:
            log.warning("the disk is full: the ballast is spent")
            self._set(Level.FULL)
        return spent

    async def run(self) -> None:
        """Look every LOOK_S seconds, for ever."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Compare the free space with the thresholds."""
        try:
            free = await _beside(self._free, self._folder)
            await self._settle(free)
        except OSError as error:
            log.warning("%s cannot be asked for its free space: %s", self._folder, error)
            return
        details: dict[str, str | int] = {"free_mb": self.free_mb or 0}
        low = Level.LOW <= self.level < Level.FULL
        await self._standing.keep(LOW_NOTICE, details if low else None)

    async def _settle(self, free: int) -> None:
        holds = await _beside(lambda: self._ballast.is_there)
        if holds and free < self._at.spend:
            await self.spend()
            holds, free = False, await _beside(self._free, self._folder)
        if not holds and self._ballast.size and free >= self._ballast.size + 2 * self._at.full:
            try:
                await _beside(self._ballast.make)
            except OSError as error:
                log.warning("the ballast was not made: %s", error)
            else:
                holds, free = True, await _beside(self._free, self._folder)
        self.free_mb = free // MIB
        self._set(self._level(free, holds=holds or not self._ballast.size))

    def _level(self, free: int, *, holds: bool) -> Level:
        at = self._at
        # Full once, it takes twice the room to go on: a disk at the edge does not flicker.
        full = 2 * at.full if self.full else at.full
        if not holds or free < full:
            return Level.FULL
        if free < at.spare:
            return Level.SPARE
        return Level.LOW if free < at.low else Level.WELL

    def _set(self, level: Level) -> None:
        if level is not self.level:
            log.log(logging.WARNING if level > self.level else logging.INFO, "disk: %s", level.name)
            self.level = level
            self._changed()


async def _beside(work: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work, *arguments)
