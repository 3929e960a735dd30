"""Everything that is watched about what the books lie on, as the terminal starts and stops it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from terminal.appliance.ballast import MIB, Ballast
from terminal.clock import Clock
from terminal.folder import DataFolder
from terminal.services.bus import Changed
from terminal.services.copy_watch import CopyWatch
from terminal.services.service_page import StoragePage
from terminal.services.session import Session
from terminal.services.space_watch import SpaceWatch
from terminal.services.wear_watch import WearWatch
from terminal.services.writer import Writer
from terminal.storage_settings import Storage


class StorageWatch:
    """Room, wear and second copy of one terminal; in training only the room is watched."""

    def __init__(
        self,
        session: Session,
        writer: Writer,
        folder: DataFolder,
        settings: Storage,
        *,
        clock: Clock,
        changed: Callable[[], None],
        root: Path = Path("/"),
    ) -> None:
        ballast = Ballast(folder.home, settings.ballast_mb * MIB)
        self.space = SpaceWatch(session, ballast, changed, folder=folder.home)
        self.wear = WearWatch(
            session,
            writer.commit_times,
            folder=folder.path,
            settings=settings,
            clock=clock,
            root=root,
        )
        self.wear.may_write = lambda: not self.space.spares
        self.copy = CopyWatch(session, settings, clock)
        self._practises = folder.shop is not None
        session.refusal = self.space.refusal
        session.reserve = self.space.spend

    @property
    def tasks(self) -> tuple[tuple[str, Callable[[], Coroutine[Any, Any, None]]], ...]:
        """Return what runs beside the sales, by name."""
        room = ("disk", self.space.run)
        if self._practises:
            return (room,)
        return (room, ("wear", self.wear.run), ("second copy", self.copy.run))

    def page(self) -> StoragePage | None:
        """Return what a service screen shows of it; None in training."""
        if self._practises:
            return None
        copy = self.copy
        return StoragePage(self.wear.figures(), copy.state, copy.missing, copy.wanted)

    def hear(self, change: Changed) -> None:
        """Hear of what was written."""
        self.wear.hear(change)

    async def close(self) -> None:
        """Leave the card's diary for the next start."""
        if not self._practises:
            await self.wear.close()
