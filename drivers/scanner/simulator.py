"""A barcode scanner made of software: the knob ``scan`` is its trigger.

It speaks the wire of one of three kinds of scanner, its ``personality``: a serial line, the reports
of USB HID-POS, or the kernel's input events of a scanner that types.  Its keyboard layout, its
suffix and its speed are its own: whether the terminal is set alike is the terminal's business.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from drivers.scanner import serial_protocol, typist
from drivers.scanner.hidpos_protocol import encode_reports
from drivers.scanner.layouts import LAYOUTS
from drivers.simulation import SimulatedDevice, UnknownAction, at_least

MAX_CODE_CHARS = 8000
"""Longest symbol: a QR code holds 7,089 digits."""
MAX_WAITING_BYTES = 4_000_000
"""What a host that reads nothing may let pile up: three of the longest symbols, typed."""
PERSONALITIES = ("serial", "hidpos", "keyboard")
MAX_SPEED = 10_000
STEP_S = 0.001
"""Between two characters when there is no speed: as fast as USB asks."""


class ScannerSimulator(SimulatedDevice):
    """The simulated scanner; what is scanned while nobody listens is lost, as at a real one."""

    name = "scanner"

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        changed: threading.Condition | None = None,
        *,
        personality: str = "serial",
    ) -> None:
        super().__init__(monotonic, changed)
        self._become(personality)
        self._layout = "us"
        self._speed = 0
        self._alt = self._twice = False
        self._losing = 0
        self._scans = 0
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_bytes = 0
        self._free_s = 0.0
        """When the last key of the symbol before is up."""

    def advance(self) -> float | None:
        """Send what is due and the host has room for."""
        now = self.monotonic()
        while self._waiting and self._wire is not None:
            due, piece = self._waiting[0]
            if due > now:
                return due - now
            if self._wire.room < len(piece):
                return None  # whoever reads makes room, and comes by here
            self._waiting.popleft()
            self._waiting_bytes -= len(piece)
            self._say(piece)
        return None

    def _knobs(self) -> Mapping[str, Callable[..., Mapping[str, Any] | None]]:
        return {
            **super()._knobs(),
            "scan": self._scan,
            "personality": self._become,
            "layout": self._set_layout,
            "suffix": self._set_suffix,
            "speed": self._set_speed,
            "alt": self._set_alt,
            "double_read": self._set_twice,
            "lose": self._lose,
        }

    def _become(self, name: str) -> None:
        self._personality = _one_of("personality", name, PERSONALITIES)
        self._suffix = "cr"
        self.keeps_borders = name == "hidpos"  # one read of hidraw is one report

    def _set_layout(self, name: str) -> None:
        self._layout = _one_of("layout", name, tuple(LAYOUTS))

    def _set_suffix(self, name: str) -> None:
        typed = self._personality == "keyboard"
        known = tuple(typist.ENDINGS) if typed else serial_protocol.SUFFIXES
        self._suffix = _one_of("suffix", name, known)

    def _set_speed(self, per_s: int) -> None:
        """Characters or reports a second; 0: at once."""
        self._speed = min(at_least("per_s", per_s, 0), MAX_SPEED)

    def _set_alt(self, on: bool) -> None:
        """Type every character by its number, as scanners for any country do."""
        self._alt = bool(on)

    def _set_twice(self, on: bool) -> None:
        """Read everything twice, as a scanner on the counter does."""
        self._twice = bool(on)

    def _lose(self, pieces: int) -> None:
        """Lose the first characters or reports of the next symbol; the kernel says so of keys."""
        self._losing = at_least("pieces", pieces, 1)

    def _scan(self, code: str, aim: str = "") -> None:
        if not isinstance(code, str) or not 0 < len(code) <= MAX_CODE_CHARS:
            raise UnknownAction(f"a code has 1 to {MAX_CODE_CHARS} characters")
        if not self._powered:
            return
        for _ in range(1 + self._twice):
            self._scans += 1
            self._send(f"{aim}{code}" if self._personality == "keyboard" else code, aim)
        self.advance()

    def _send(self, text: str, aim: str) -> None:
        if self._wire is None:
            return
        step_s = 1 / self._speed if self._speed else STEP_S
        began_s = max(self.monotonic(), self._free_s)
        pieces = self._pieces(text, aim, began_s, step_s)
        self._losing, losing = 0, min(self._losing, len(pieces))
        gone = (
            [typist.lost(int(began_s * 1e6))] if losing and self._personality == "keyboard" else []
        )
        for number, piece in enumerate([*gone, *pieces[losing:]]):
            if self._waiting_bytes + len(piece) > MAX_WAITING_BYTES:
                break
            due = began_s + number * step_s if self._speed else self.monotonic()
            self._waiting.append((due, piece))
            self._waiting_bytes += len(piece)
        self._free_s = began_s + len(pieces) * step_s

    def _pieces(self, text: str, aim: str, began_s: float, step_s: float) -> list[bytes]:
        """Return what goes over the wire: a character or a report each."""
        if self._personality == "hidpos":
            return encode_reports(text, aim)
        if self._personality == "serial":
            sent = serial_protocol.encode_scan(text, aim, self._suffix)
            return [sent[at : at + 1] for at in range(len(sent))] if self._speed else [sent]
        layout = LAYOUTS[self._layout]
        keys = [typist.presses(character, layout, alt=self._alt) for character in text]
        end = typist.ENDINGS[self._suffix]
        keys += [[(end,)]] if end else []
        return [
            typist.typed(made, int((began_s + number * step_s) * 1e6))
            for number, made in enumerate(keys)
        ]

    def _disconnected(self) -> None:
        self._waiting.clear()
        self._waiting_bytes = 0

    def _visible(self) -> Mapping[str, Any]:
        return {
            "listened_to": self._wire is not None,
            "scans": self._scans,
            "personality": self._personality,
            "layout": self._layout,
        }


def _one_of(what: str, name: object, known: tuple[str, ...]) -> str:
    if not isinstance(name, str) or name not in known:
        raise UnknownAction(f"{what} {name!r} is none of {', '.join(known)}")
    return name
