"""A receipt printer made of software that speaks ESC/POS: bytes in, paper and status out.

A process id is reported when everything before it is printed; questions in real time are answered
wherever they stand, even inside a picture, whose data they are as well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from drivers.printer.base import Confirmation
from drivers.printer.escpos_grammar import ESCPOS
from drivers.printer.escpos_head import EscposHead
from drivers.printer.mechanism import RECEIVE_BUFFER, DrawerPort, PrinterMechanism
from drivers.printer.profiles import DEFAULT, Language, Profile, profile_of
from drivers.printer.tokens import Token, Tokenizer
from drivers.simulation import UnknownAction

__all__ = ["RECEIVE_BUFFER", "PrinterSimulator", "printer_simulator"]

SERIAL = b"SIM0001"
_REAL_TIME_SIZES = {0x04: 3, 0x05: 3}
_DC4_SIZES = {1: 5, 2: 5, 8: 10}
_CONSTANTS = {1: 0x20, 49: 0x20, 2: 0x02, 50: 0x02, 3: 0x01, 51: 0x01}
"""GS I 1 to 3: model id, type (has a cutter), version."""


class PrinterSimulator(PrinterMechanism):
    """The simulated ESC/POS printer; see PrinterMechanism for its parameters."""

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
            profile or profile_of(DEFAULT),
            EscposHead,
            Tokenizer(ESCPOS),
            drawer=drawer,
            speed_mm_s=speed_mm_s,
            monotonic=monotonic,
            changed=changed,
        )
        self._begun = b""
        """The beginning of what may become a real-time command."""
        self._auto = 0
        self._told = b""
        self._tells_offline = False
        self._pulse_by_real_time = True

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {**super()._knobs(), "confirmation": self._set_confirmation}

    def _set_confirmation(self, kind: str) -> None:
        """As a model that confirms by ``process_id``, by ``fence``, or by ``none`` (write-only)."""
        if kind not in tuple(Confirmation):
            raise UnknownAction(f"confirmation is one of {', '.join(Confirmation)}, not {kind!r}")
        self._confirmation = Confirmation(kind)

    # --- wire and power ---

    def _stopped(self) -> None:
        super()._stopped()
        self._begun = b""
        self._auto = 0
        self._tells_offline = False
        self._pulse_by_real_time = True

    def _accept(self, data: bytes) -> None:
        """Take bytes in, and answer a question in real time as soon as its last byte is there.

        Inside a command its bytes are data as well; between two commands they are nothing else.
        """
        while data:
            begun = bytes(self._begun)
            place, size = self._real_time(begun + data)
            whole = size and place + size <= len(begun + data)
            piece = data[: place + size - len(begun)] if whole else data
            self._begun = b"" if whole or not size else (begun + data)[place:]
            self._take_in(piece)
            if whole:
                self._answer_at_once((begun + data)[place : place + size])
            data = data[len(piece) :]

    def _queue_up(self, token: Token) -> None:
        if not token.name.startswith("DLE"):
            super()._queue_up(token)
        elif self.watch is not None:
            self.watch(token)  # carried out already

    @staticmethod
    def _real_time(held: bytes) -> tuple[int, int]:
        """Return where the first real-time command begins and its size; size 0 when none does.

        What may still become one has the size that it would have.
        """
        place = held.find(0x10)
        while place >= 0:
            following = held[place + 1 : place + 3]
            if not following:
                return place, 2
            if following[0] == 0x14:
                size = _DC4_SIZES.get(following[1], 0) if len(following) > 1 else 3
            else:
                size = _REAL_TIME_SIZES.get(following[0], 0)
            if size:
                return place, size
            place = held.find(0x10, place + 1)
        return len(held), 0

    def _answer_at_once(self, command: bytes) -> None:
        match command[1], command[2]:
            case 0x04, n:
                self._tell(bytes((self._real_time_byte(n),)))
            case 0x05, 2:
                if self._jammed:
                    self._lose_buffer()
            case 0x14, 8 if self.profile.can_clear:
                self._lose_buffer()
                self._tell(b"\x37\x25\x00")
            case 0x14, 1 if self._pulse_by_real_time:
                self._pulse(2 if command[3] == 0 else 5)

    def _tell(self, answer: bytes) -> None:
        """Queue an answer; a write-only printer has no way to send it."""
        if self._confirmation is not Confirmation.NONE:
            self._answers.append(answer)

    # --- commands ---

    def _carry_out(self, token: Token) -> None:
        super()._carry_out(token)
        data = token.data
        match token.name:
            case "ESC @":
                self._pulse_by_real_time = True
            case "ESC p":
                self._pulse(2 if data[2] in (0, 48) else 5)
            case "GS a":
                self._auto = data[2]
                self._told = self._auto_status()
                if self._auto:
                    self._tell(self._told)
            case "GS r":
                self._tell(bytes((self._queued_byte(data[2]),)))
            case "GS I":
                self._tell(self._identity(data[2]))
            case "GS ( H":
                self._responses(data)
            case "GS ( D":
                self._guard(data)

    def _identity(self, n: int) -> bytes:
        if n in _CONSTANTS:
            return bytes((_CONSTANTS[n],))
        maker, model = self.profile.maker.encode("ascii"), self.profile.model.encode("ascii")
        return b"_" + {65: b"1.00", 66: maker, 67: model, 68: SERIAL}.get(n, b"") + b"\x00"

    def _responses(self, data: bytes) -> None:
        """GS ( H: process id (48) and the off-line response (49)."""
        if self._confirmation is not Confirmation.PROCESS_ID:
            return
        if len(data) == 11 and data[5:7] == b"00":
            self._tell(b"\x37\x22" + data[7:11] + b"\x00")
        elif len(data) == 8 and data[5:7] == b"10":
            self._tells_offline = data[7] in (1, 49)
            self._told = self._auto_status()

    def _guard(self, data: bytes) -> None:
        """GS ( D 20: pairs of a real-time function and whether it is allowed."""
        if data[5:6] == b"\x14" and self.profile.guards_pulse:
            for function, allowed in zip(data[6::2], data[7::2], strict=False):
                if function == 1:
                    self._pulse_by_real_time = bool(allowed & 1)

    # --- status ---

    def _status_changed(self) -> None:
        now = self._auto_status()
        if self._powered and now != self._told:
            went_off = now[0] & 0x08 and self._told and not self._told[0] & 0x08
            if self._auto:
                self._tell(now)
            if went_off and self._tells_offline:
                causes = 0x40 | self._cover_open | self._paper_out << 1 | self._jammed << 2
                self._tell(bytes((0x37, 0x23, causes, 0)))
            self._told = now
        super()._status_changed()

    def _auto_status(self) -> bytes:
        offline = not self._online()
        first = 0x10 | self._drawer_high() << 2 | offline << 3 | self._cover_open << 5
        near = self._near_end or self._paper_out
        return bytes((first, self._jammed << 3, 0x03 * near | 0x0C * self._paper_out, 0x0F))

    def _real_time_byte(self, n: int) -> int:
        near = self._near_end or self._paper_out
        return 0x12 | {
            1: self._drawer_high() << 2 | (not self._online()) << 3,
            2: self._cover_open << 2 | self._paper_out << 5 | self._jammed << 6,
            3: self._jammed << 3,
            4: 0x0C * near | 0x60 * self._paper_out,
        }.get(n, 0)

    def _queued_byte(self, n: int) -> int:
        if n in (2, 50):
            return int(self._drawer_high())
        return 0x03 * self._near_end


def printer_simulator(
    memory: Path | None = None, *, profile: Profile | None = None, **options: Any
) -> PrinterMechanism:
    """Return the simulated printer of a profile, in the language that it speaks."""
    if profile is not None and profile.language is Language.STAR_LINE:
        from drivers.printer.star_simulator import StarSimulator  # noqa: PLC0415 - knows this one

        return StarSimulator(memory, profile=profile, **options)
    return PrinterSimulator(memory, profile=profile, **options)
