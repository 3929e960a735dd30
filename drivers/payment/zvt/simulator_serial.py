"""The simulated ZVT terminal at the end of a serial line: blocks, ACK and NAK (PA00P016, 1)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from drivers.payment.zvt.simulator import Personality, ZvtPoiSimulator
from drivers.payment.zvt.simulator_wire import Piece, block, take_block, take_message

T2_S = 5.0
MAX_REPEATS = 2
ACK, NAK = b"\x06", b"\x15"


class ZvtSerialPoiSimulator(ZvtPoiSimulator):
    """Sends one block at a time, and again when it was not acknowledged: twice at most."""

    def __init__(
        self,
        memory: Path | None = None,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        personality: Personality = Personality(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(memory, seed, monotonic, personality=personality)
        self._line = bytearray()
        self._blocks: deque[bytes] = deque()
        self._repeats = 0
        self._repeat_at: float | None = None

    def _hang_up(self) -> None:
        super()._hang_up()
        self._line.clear()
        self._blocks.clear()
        self._repeat_at = None

    def advance(self) -> float | None:
        """Repeat a block that nobody answered."""
        left = super().advance()
        if self._repeat_at is None:
            return left
        patience = self._repeat_at - self.monotonic()
        if patience <= 0:
            self._repeat()
            return left
        return patience if left is None else min(left, patience)

    def _read(self, data: bytes) -> None:
        self._line += data
        while (taken := take_block(self._line)) is not None:
            piece, apdu = taken
            if piece is Piece.ACK:
                self._acknowledged()
            elif piece is Piece.NAK:
                self._repeat()
            elif piece is Piece.DAMAGED:
                self._say(NAK)
            elif piece is Piece.BLOCK:
                self._say(ACK)
                self._buffer += apdu
                said = take_message(self._buffer)
                self._buffer.clear()
                if said is not None:
                    self._hear(said)

    def _send(self, apdu: bytes) -> None:
        self._blocks.append(block(apdu))
        if len(self._blocks) == 1:
            self._put(self._blocks[0])

    def _put(self, sent: bytes) -> None:
        self._repeat_at = self.monotonic() + T2_S
        self._say(sent)

    def _acknowledged(self) -> None:
        if self._blocks:
            self._blocks.popleft()
        self._repeats, self._repeat_at = 0, None
        if self._blocks:
            self._put(self._blocks[0])

    def _repeat(self) -> None:
        self._repeat_at = None
        if not self._blocks:
            return
        self._repeats += 1
        if self._repeats > MAX_REPEATS:
            self._acknowledged()  # given up: whoever waits for the reply notices by T3
        else:
            self._put(self._blocks[0])
