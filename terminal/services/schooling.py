"""From the shop into training and back: two journals, one of them open at a time (NUM-06).

Each step survives a cut.  Training begins in the books, then a marker stands in the data folder,
then the program starts anew and finds it.  To leave, the marker goes and the program starts anew;
the shop's terminal sees training without its end, and writes the end down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from terminal.core.errors import Refused
from terminal.core.events import TrainingEnded
from terminal.core.evolve import evolve
from terminal.core.law_commands import BeginTraining
from terminal.core.policy import Moment
from terminal.core.state import Operator, TerminalState
from terminal.core.training import between_sales
from terminal.fiscal.france import TRAINING
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError, StorageAbsent
from terminal.services.session import Decision, Session
from terminal.store.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")


class Schooling:
    """The door between shop and training."""

    def __init__(
        self,
        session: Session,
        folder: DataFolder,
        *,
        training: bool,
        allowed: bool,
        restart: Callable[[], None],
    ) -> None:
        """``folder`` is the shop's; ``restart`` starts the program anew, on the other side."""
        self._session = session
        self._folder = folder
        self.training = training
        self._allowed = allowed
        self._restart = restart

    async def begin(self, command: BeginTraining, by: Operator | None) -> Decision:
        """Begin training, and start anew as a terminal in training."""
        if self.training:
            return Refused("in_training")
        if not self._allowed:
            return Refused("training_not_allowed")
        decided = await self._session.carry_out(command, by)
        if isinstance(decided, Refused):
            return decided
        try:
            await self._off_the_loop(self._folder.begin_training)
        except OSError:
            log.exception("training cannot be marked in %s", self._folder.path)
            await self._session.record(_ended(0, ""))
            return Refused("storage_failed")
        self._restart()
        return decided

    async def leave(self) -> Decision:
        """Leave training between two practice sales, and start anew as the shop's terminal."""
        if not self.training:
            return Refused("bad_request")
        refused = between_sales(self._session.state)
        if refused is not None:
            return refused
        try:
            await self._off_the_loop(self._folder.end_training)
        except OSError:
            log.exception("training cannot be ended in %s", self._folder.path)
            return Refused("storage_failed")
        self._restart()
        return ()

    async def settle(self) -> None:
        """At the shop's start: write down that training has ended."""
        if self.training or not self._session.state.training:
            return
        receipts, last = await self._off_the_loop(self._practised)
        await self._session.record(_ended(receipts, last))

    def _practised(self) -> tuple[int, str]:
        """Return how many practice receipts there are, and their newest signature."""
        try:
            store = Store.open_read_only(self._folder.training.path, evolve=evolve)
        except StorageAbsent:
            return 0, ""
        except JournalError as error:
            log.warning("the journal of training cannot be read: %s", error)
            return 0, ""
        try:
            state = store.load()
        except JournalError as error:
            log.warning("the journal of training cannot be read: %s", error)
            return 0, ""
        finally:
            store.close()
        head = state.chains.get(TRAINING)
        return state.last_receipt_sequence, head.signature if head else ""

    @staticmethod
    async def _off_the_loop(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(None, work)


def _ended(receipts: int, last: str) -> Callable[[TerminalState, Moment], Decision]:
    return lambda _state, _moment: (TrainingEnded(receipts, last),)
