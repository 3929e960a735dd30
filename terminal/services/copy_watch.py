"""Says so when the second copy of the journal is older than the shop wants it.

The copy is made by another process; all that is known of it here is the small state file that it
leaves in its runtime folder, and what the journal's newest record is.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from terminal.appliance.copy_state import CopyState, load
from terminal.appliance.places import SECOND_COPY
from terminal.clock import Clock
from terminal.journal.errors import JournalError
from terminal.services.session import Session
from terminal.services.standing import Standing
from terminal.storage_settings import Storage

LOOK_S = 60.0
KIND = "second_copy_old"
MINUTE_MS = 60_000


class CopyWatch:
    """Compares the second copy with the journal; ``run`` is a supervised task."""

    def __init__(
        self, session: Session, settings: Storage, clock: Clock, path: Path = SECOND_COPY
    ) -> None:
        self.state = CopyState()
        """Newest word of the process that copies."""
        self.missing = 0
        """Records that it did not have when it was last looked at."""
        self._session = session
        self._settings = settings
        self._clock = clock
        self._path = path
        self._standing = Standing(session)
        self._behind_since_s: float | None = None

    async def run(self) -> None:
        """Look every LOOK_S seconds, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    @property
    def wanted(self) -> bool:
        """Tell whether the settings want a second copy."""
        return self._settings.second_copy

    async def look(self) -> None:
        """Read the state file; a copy that was not whole for too long is told."""
        loop = asyncio.get_running_loop()
        self.state = await loop.run_in_executor(None, load, self._path)
        try:
            head = await self._session.newest()
        except JournalError:
            return  # the disk has a screen of its own
        self.missing = max(0, head.seq - self.state.seq)
        wanted = self._settings.second_copy
        await self._standing.keep(KIND, self._age(head.seq) if wanted else None)

    def _age(self, newest: int) -> dict[str, str | int] | None:
        """Return what to say; the time counts from when the copy was last seen to be whole."""
        now_s = self._clock.monotonic_s()
        if self.state.alive and not self.state.problem and self.state.seq >= newest - SLACK:
            self._behind_since_s = None
            return None
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        minutes = int(now_s - self._behind_since_s) // 60
        if minutes < self._settings.second_copy_max_age_min:
            return None
        return {"minutes": minutes, "missing": max(0, newest - self.state.seq)}


SLACK = 200
"""Records that a copy may lag behind while the till sells: what it copies in one go."""
