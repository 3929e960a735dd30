"""What simulated French terminals have in common: how their bytes trickle out, and their slips."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.payment.simulator import PoiEngine
from drivers.payment.transaction import STANDING, Transaction
from drivers.simulation import at_least

MAX_PAUSE_S = 10.0


class TricklingPoi(PoiEngine):
    """An engine whose answers may leave in pieces: knob ``split`` (``bytes``, ``pause_s``)."""

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(memory, seed, monotonic)
        self._piece_bytes = 0
        self._pause_s = 0.0
        self._pieces: deque[bytes] = deque()
        self._next_piece = 0.0

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "split": self._split}

    def _split(self, bytes: int, pause_s: float = 0.0) -> None:  # noqa: A002 - the knob's name
        """Send answers so many bytes at a time; 0 sends them whole."""
        self._piece_bytes = at_least("bytes", bytes, 0)
        self._pause_s = min(max(0.0, pause_s), MAX_PAUSE_S)

    def _say(self, data: bytes) -> None:
        if not self._piece_bytes:
            super()._say(data)
            return
        step = self._piece_bytes
        self._pieces.extend(data[at : at + step] for at in range(0, len(data), step))
        self._next_piece = self.monotonic()
        self.changed.notify_all()

    def _disconnected(self) -> None:
        self._pieces.clear()
        super()._disconnected()

    def _unheard_ref(self, ref: str) -> str:
        """Return the name under which a request is recorded: terminals count, they compare not.

        A till that sends a request twice pays twice, and the ledger shows it.
        """
        number = self._ledger.count + 1
        if not ref:
            return f"N{number:06}"
        return ref if self._ledger.find(ref) is None else f"{ref}/{number}"

    def _newest(self, amount: int, transaction: str = "") -> Transaction | None:
        """Return the newest payment of an amount that stands, or the one of a number."""
        if transaction:
            found = self._ledger.find_number(transaction)
            return found if found is not None and found.outcome in STANDING else None
        return self._ledger.newest(
            lambda said: said.outcome in STANDING and said.authorized == amount
        )

    def advance(self) -> float | None:
        """Let the next piece out, and do what else is due."""
        planned = super().advance()
        if not self._pieces:
            return planned
        left = self._next_piece - self.monotonic()
        if left <= 0:
            super()._say(self._pieces.popleft())
            self._next_piece = self.monotonic() + self._pause_s
            left = self._pause_s
        return soonest(left, planned)


def soonest(*planned: float | None) -> float | None:
    """Return the smallest of some waits, None when nothing is planned."""
    return min((wait for wait in planned if wait is not None), default=None)
