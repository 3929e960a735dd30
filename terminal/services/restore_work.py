"""A restoration that the setup screen asked for, from the outside: it never just fails.

Whatever happens is a state for the screen (``appliance/restore_state.py``), with a code that every
language has words for.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from terminal.appliance.restore_state import DONE, FAILED, WORKING, RestoreState
from terminal.core.errors import CoreError
from terminal.core.events import UnknownEvent
from terminal.journal.errors import (
    JournalError,
    StorageAbsent,
    StorageCorrupt,
    StorageFull,
    StorageNewer,
)
from terminal.services import restoring
from terminal.services.copy_offer import described
from terminal.services.restoring import MediumFailed, Order
from terminal.settings import ConfigError
from terminal.store.catalogue_import import CatalogueRefused

log = logging.getLogger(__name__)

TELL_S = 0.5
"""Between two tellings: the screen looks as often."""
SHARES = {restoring.READING: (0, 300), restoring.TABLES: (300, 300), restoring.PROOF: (650, 340)}
"""Phase -> (where it begins, how much of the whole it is), per mille; articles lie in between."""
ARTICLES_AT = 600
Save = Callable[[RestoreState], None]


@dataclass(slots=True)
class Progress:
    """Tells how far it is, not more often than anybody looks."""

    save: Save
    total: int
    """Records of the copy, as far as its end tells."""
    now: Callable[[], float] = time.monotonic
    _told_at: float = field(default=float("-inf"))
    _state: RestoreState = field(default_factory=lambda: RestoreState(WORKING))

    def told(self, phase: str, done: int) -> None:
        """Hear of one record more; every phase reads all of them once."""
        at = self.now()
        if phase == self._state.phase and at - self._told_at < TELL_S:
            return
        begins, share = SHARES.get(phase, (ARTICLES_AT, 0))
        permille = begins + share * min(done, self.total) // max(1, self.total)
        self._told_at = at
        self._state = RestoreState(WORKING, phase, permille, seq=self.total)
        self.save(self._state)


def work(order: Order, save: Save) -> RestoreState:
    """Restore into an appliance's data folder that was never used; returns what became of it."""
    save(RestoreState(WORKING, restoring.READING))
    try:
        offer = described(order.copy)
        if offer.problem:
            return RestoreState(FAILED, code=offer.problem)
        restoring.take_away_unused(order.target)
        done = restoring.restore(order, Progress(save, offer.seq).told)
    except (JournalError, ConfigError, CoreError, OSError) as error:
        log.exception("not restored")
        return RestoreState(FAILED, code=code_of(error, order.copy), detail=str(error))
    return RestoreState(
        DONE,
        permille=1000,
        seq=done.seq,
        at_ms=done.at_ms,
        skipped=done.skipped,
        timezone=done.timezone,
    )


def code_of(error: Exception, copy: Path) -> str:
    """Return why it failed: the last part of a key ``restore.problem``."""
    if isinstance(error, ConfigError):
        codes = {"fiscal.key": "sealed_key", "keys": "sealed_key", "pin": "pin", "data": "books"}
        return codes.get(error.key, "settings")
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or isinstance(error, StorageFull):
        return "full"
    if isinstance(error, MediumFailed) or not copy.is_dir():
        return "gone"
    if isinstance(error, StorageNewer) or isinstance(error.__cause__, UnknownEvent):
        return "newer"
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (CatalogueRefused, "articles_wrong"),
        (StorageAbsent, "empty"),
        (StorageCorrupt, "broken"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "disk")
