"""The simulated terminal's end of the line: one message at a time, each to be acknowledged."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.payment.poi_plan import WHOLE
from drivers.payment.simulator import PoiEngine
from drivers.payment.zvt.simulator.wire import Said, message, take_message
from drivers.payment.zvt.tables import OK, Command
from drivers.simulation import UnknownAction

T3_S = 5.0
UNDOES, HOLDS = "undoes", "holds"
DECLINED, PREVIOUS = "declined", "previous"


@dataclass(frozen=True, slots=True)
class Personality:
    """Where makers differ.

    ``unacknowledged``: an approval that was not acknowledged is undone at once (``undoes``), or
    held until the next transaction tells in 1F1F what is known of it (``holds``, chapter 4).
    ``undone_shows``: what 06 20 tells then, the transaction as declined or the one before it.
    ``repeats``: 06 20 tells something at all.  ``stoppable``: 06 B0 works.
    """

    unacknowledged: str = UNDOES
    undone_shows: str = DECLINED
    repeats: bool = True
    stoppable: bool = True


class ZvtLine(PoiEngine):
    """Sends, waits for the answer no longer than T3, and passes on what the other side says."""

    offers = WHOLE

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        personality: Personality = Personality(),
    ) -> None:
        self._personality = personality
        super().__init__(memory, seed, monotonic)
        self._commit_by_ack = True
        self._buffer = bytearray()
        self._registered = False
        self._outbox: deque[tuple[bytes, Callable[[bool], object]]] = deque()
        self._owed: Callable[[bool], object] | None = None
        self._give_up_at: float | None = None

    def _command(self, said: Said) -> None:
        """Carry out a command; for the terminal itself to say."""

    # --- knobs ---

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "personality": self._become}

    def _become(
        self,
        unacknowledged: str = UNDOES,
        undone_shows: str = DECLINED,
        repeats: bool = True,
        stoppable: bool = True,
    ) -> None:
        if unacknowledged not in (UNDOES, HOLDS) or undone_shows not in (DECLINED, PREVIOUS):
            raise UnknownAction("unacknowledged undoes or holds; undone_shows declined or previous")
        self._personality = Personality(unacknowledged, undone_shows, repeats, stoppable)

    # --- wire, power and time ---

    def _connected(self) -> None:
        self._hang_up()
        super()._connected()

    def _disconnected(self) -> None:
        self._hang_up()
        super()._disconnected()

    def _stopped(self) -> None:
        super()._stopped()
        self._registered = False

    def _hang_up(self) -> None:
        self._buffer.clear()
        self._outbox.clear()
        self._owed = self._give_up_at = None

    def _give_up_unacked(self) -> None:
        if self._personality.unacknowledged == UNDOES:
            super()._give_up_unacked()

    def advance(self) -> float | None:
        """Do what is due: a late answer, or giving up a cash register that does not answer."""
        left = super().advance()
        if self._give_up_at is None:
            return left
        patience = self._give_up_at - self.monotonic()
        if patience <= 0:
            self._hang_up()
            self._give_up_unacked()
            return left
        return patience if left is None else min(left, patience)

    def _read(self, data: bytes) -> None:
        self._buffer += data
        while (said := take_message(self._buffer)) is not None:
            self._hear(said)

    def _send(self, apdu: bytes) -> None:
        """Put an APDU on the wire; over a serial line it goes in a block."""
        self._say(apdu)

    def _answer(self, code: int = OK) -> None:
        self._send(message(Command.NEGATIVE | code if code else Command.POSITIVE))

    def _tell(self, apdu: bytes, then: Callable[[bool], object] = bool) -> None:
        """Send when its turn comes; ``then`` hears whether it was acknowledged positively."""
        self._outbox.append((apdu, then))
        self._pump()

    def _pump(self) -> None:
        if self._owed is None and self._outbox:
            apdu, self._owed = self._outbox.popleft()
            self._give_up_at = self.monotonic() + T3_S
            self._send(apdu)

    def _hear_reply(self, *, positive: bool) -> None:
        owed, self._owed, self._give_up_at = self._owed, None, None
        if owed is not None:
            owed(positive)
        self._pump()

    def _hear(self, said: Said) -> None:
        if said.control == Command.POSITIVE or said.control >> 8 == Command.NEGATIVE >> 8:
            self._hear_reply(positive=said.control in (Command.POSITIVE, Command.NEGATIVE))
        else:
            self._command(said)
