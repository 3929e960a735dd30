"""A receipt printer made of software that speaks Star line mode.

Its automatic status has nine bytes: header, version, cover and drawer, errors, cutter, paper, two
reserved, and a counter of the ETB fences that were reached (Star Line Mode command specification,
"automatic status").
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from drivers.printer.mechanism import DrawerPort, PrinterMechanism
from drivers.printer.profiles import Profile, profile_of
from drivers.printer.star_grammar import StarGrammar
from drivers.printer.star_head import StarHead
from drivers.printer.star_status import FENCES, status_bytes
from drivers.printer.tokens import Token, Tokenizer

ASK = b"\x1b\x06\x01"
"""ESC ACK SOH: the status, in real time."""
_BELL_PINS = {0x07: 2, 0x1C: 2, 0x19: 5, 0x1A: 5}


class StarSimulator(PrinterMechanism):
    """The simulated Star printer; see PrinterMechanism for its parameters."""

    def __init__(
        self,
        memory: Path | None = None,
        *,
        profile: Profile | None = None,
        drawer: DrawerPort | None = None,
        speed_mm_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
    ) -> None:
        super().__init__(
            memory,
            profile or profile_of("star-line"),
            StarHead,
            Tokenizer(StarGrammar()),
            drawer=drawer,
            speed_mm_s=speed_mm_s,
            monotonic=monotonic,
            changed=changed,
        )
        self._held = bytearray()
        self._auto = False
        self._fences = 0
        self._told = b""

    def _stopped(self) -> None:
        super()._stopped()
        self._held.clear()
        self._auto = False
        self._fences = 0

    def _accept(self, data: bytes) -> None:
        """Answer the question in real time before anything waits."""
        self._held += data
        while self._held:
            place = self._held.find(ASK)
            if place == 0:
                del self._held[: len(ASK)]
                self._answers.append(self._status())
                continue
            size = place if place > 0 else len(self._held) - self._beginning_of_question()
            if size == 0:
                break
            piece = bytes(self._held[:size])
            del self._held[:size]
            self._take_in(piece)

    def _unfinished(self) -> int:
        return super()._unfinished() + len(self._held)

    def _beginning_of_question(self) -> int:
        """Return how many of the last bytes may be the beginning of a question."""
        return next((n for n in (2, 1) if self._held.endswith(ASK[:n])), 0)

    def _carry_out(self, token: Token) -> None:
        super()._carry_out(token)
        data = token.data
        match token.name:
            case "control" if data == b"\x17":
                self._fences = (self._fences + 1) % FENCES
                self._status_changed()
            case "control" if data[0] in _BELL_PINS:
                self._pulse(_BELL_PINS[data[0]])
            case "ESC 29 7":
                self._pulse(5 if data[3] in (2, 50) else 2)
            case "ESC 30 a":
                self._auto = data[3] not in (0, 48)
                self._told = self._status()
                if self._auto:
                    self._answers.append(self._told)

    def _status_changed(self) -> None:
        now = self._status()
        if self._powered and self._auto and now != self._told:
            self._told = now
            self._answers.append(now)
        super()._status_changed()

    def _status(self) -> bytes:
        return status_bytes(
            cover_open=self._cover_open,
            offline=not self._online(),
            drawer_high=self._drawer_high(),
            cutter_error=self._jammed,
            paper_out=self._paper_out,
            near_end=self._near_end or self._paper_out,
            fences=self._fences,
        )
