"""What staff is told of an update: that a version is in service, or why it was not taken.

Said once for each outcome, over restarts and slots: which one was told last is kept beside the
books, for the notice itself is gone once somebody has read it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from terminal.appliance import places, update_record
from terminal.appliance.update_record import CONFIRMED, PASSING, REFUSED, UpdateRecord
from terminal.core.events import NoticeRaised
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.services.session import Decision, Session
from terminal.whole_files import write_whole

log = logging.getLogger(__name__)

TOLD = "update-told"
MAX_BYTES = 200


class UpdateNews:
    """Tells each outcome of an update once."""

    def __init__(self, session: Session, folder: Path, shown: Path = places.UPDATE_STATE) -> None:
        """``folder`` is the terminal's own; ``shown`` what the updater shows of itself."""
        self._session, self._told, self._shown = session, folder / TOLD, shown
        self._seen_ns = 0

    async def look(self) -> None:
        """Raise the notice of an outcome that nobody was told of."""
        try:
            changed_ns = self._shown.stat().st_mtime_ns
        except OSError:
            return
        if changed_ns == self._seen_ns:
            return
        self._seen_ns = changed_ns
        record = update_record.shown_at(self._shown)
        kind = _kind(record)
        mark = f"{record.step} {record.code} {record.version} {record.at_ms}\n".encode()
        if not kind or self._was_told(mark):
            return
        details = {"version": record.version}
        if record.code:
            details["update"] = record.code

        def decided(state: TerminalState, _: Moment) -> Decision:
            return (NoticeRaised(state.last_notice + 1, kind, details),)

        await self._session.record(decided)
        try:
            write_whole(self._told, mark)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._told, error)

    def _was_told(self, mark: bytes) -> bool:
        try:
            return self._told.read_bytes()[:MAX_BYTES] == mark
        except OSError:
            return False


def _kind(record: UpdateRecord) -> str:
    if record.step == CONFIRMED:
        return "update_confirmed"
    return "update_refused" if record.step == REFUSED and record.code not in PASSING else ""
