"""What a scanner that poses as a keyboard sends, sans-IO: the kernel's input events.

Keys are positions; ``layouts`` makes characters of them.  CapsLock and NumLock change nothing: what
a scanner types does not depend on the lamps of a keyboard.  Characters may also come by number, Alt
held and digits typed; Ctrl with the bracket that closes is GS (0x1D).  Time is the events' own.

What may not be guessed is dropped as a whole, and said: events that the kernel lost (SYN_DROPPED),
and keys that make no character in the layout.
"""

from __future__ import annotations

from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, MAX_SCAN_CHARS, Scan
from drivers.scanner.input_events import (
    EV_KEY,
    EV_SYN,
    PRESSED,
    RELEASED,
    SYN_DROPPED,
    EventReader,
    InputEvent,
)
from drivers.scanner.layouts import ALTGR, LAYOUTS, PLAIN, SHIFT, Stroke, calibrated
from drivers.scanner.symbol import AIM_CHARS, scan_of_text

DEVICE = "keyboard-scanner"
AUTO = "auto"
GAP_US = 100_000
"""Longest pause within a symbol: scanners type faster, people do not."""
MIN_CHARS = 3
"""Less is a bump against a key, or a key ring on the counter."""
MAX_STROKES = 2 * (MAX_SCAN_CHARS + AIM_CHARS + 1)
"""A dead key and its space make one character."""
MAX_ALT_DIGITS = 5

_SHIFTS, _CTRLS, _ALT, _ALTGR, _METAS = {42, 54}, {29, 97}, 56, 100, {125, 126}
_MODIFIERS = _SHIFTS | _CTRLS | {_ALT, _ALTGR} | _METAS
_LOCKS = {58, 69, 70}
_TERMINATORS = {28, 96, 15}
"""Enter, the keypad's Enter, and Tab."""
_TERMINATING = "\r\n\t"
_KEYPAD_DIGITS = dict(zip((82, 79, 80, 81, 75, 76, 77, 71, 72, 73), "0123456789", strict=True))
_KEYPAD = {**_KEYPAD_DIGITS, 83: ".", 55: "*", 74: "-", 78: "+", 98: "/"}
_DIGITS = {**dict(zip((11, *range(2, 11)), "0123456789", strict=True)), **_KEYPAD_DIGITS}
"""Keys that type a digit of a character's number while Alt is held."""


class KeyboardDecoder:
    """Finds scans in input events.

    ``layout`` is a name of LAYOUTS, or ``auto``: then a calibration code changes it, and
    ``learned`` is what an earlier one showed.
    """

    def __init__(self, layout: str = AUTO, learned: str = "us") -> None:
        self._auto = layout == AUTO
        self.layout = learned if self._auto else layout
        self.dropped = 0
        self._records = EventReader()
        self._reset()

    def _reset(self) -> None:
        self._records.clear()
        self._held: set[int] = set()
        self._number = ""
        self._last_us = 0
        self._terminates = False
        """This scanner ends its symbols by a key: one that just stops is half of one."""
        self._forget()

    def _forget(self) -> None:
        self._strokes: list[Stroke] = []
        self._too_long = self._lost = False

    def receive(self, data: bytes) -> list[Scan]:
        """Take bytes in; return the scans that are complete now."""
        scans: list[Scan] = []
        for event in self._records.receive(data):
            if event.type == EV_KEY:
                self._key(event, scans)
            elif event.type == EV_SYN and event.code == SYN_DROPPED:
                self._lose()
                self._last_us = event.at_us
        return scans

    @property
    def unfinished(self) -> bool:
        """A symbol has begun and has not ended."""
        return bool(self._strokes) or self._lost

    def pause(self) -> list[Scan]:
        """No key came for longer than scanners pause: the symbol ended, one way or the other."""
        scans: list[Scan] = []
        self._end(scans, by_key=False)
        self._held.clear()
        return scans

    def drop(self) -> None:
        """Forget an unfinished symbol, and keys that were held when the plug was pulled."""
        self.dropped += self.unfinished
        self._reset()

    def _lose(self) -> None:
        """Events are missing, keys that were let go perhaps among them."""
        self._strokes.clear()
        self._held.clear()
        self._number = ""
        self._lost = True

    def _key(self, event: InputEvent, scans: list[Scan]) -> None:
        if event.at_us - self._last_us > GAP_US:
            self._end(scans, by_key=False)
        self._last_us = event.at_us
        if event.value == RELEASED:
            self._released(event.code, scans)
        elif event.value == PRESSED:
            self._pressed(event.code, scans)

    def _released(self, key: int, scans: list[Scan]) -> None:
        self._held.discard(key)
        if key == _ALT and self._number:
            number, self._number = self._number, ""
            self._character(_numbered(number), scans)

    def _pressed(self, key: int, scans: list[Scan]) -> None:
        if key in _MODIFIERS:
            self._held.add(key)
            self._number = ""
        elif key in _TERMINATORS:
            self._end(scans, by_key=True)
        elif key in _LOCKS:
            return
        elif _ALT in self._held and not self._held & _CTRLS:
            self._alt_digit(key)
        elif self._held & _METAS:
            self._lost = True
        elif key in _KEYPAD:
            self._character(_KEYPAD[key], scans)
        else:
            self._stroke(key, scans)

    def _alt_digit(self, key: int) -> None:
        if key in _DIGITS and len(self._number) < MAX_ALT_DIGITS:
            self._number += _DIGITS[key]
        else:
            self._lost = True

    def _stroke(self, key: int, scans: list[Scan]) -> None:
        """Keep a key; with AltGr, which some scanners send as Ctrl and Alt."""
        ctrl = bool(self._held & _CTRLS)
        altgr = _ALTGR in self._held or (ctrl and _ALT in self._held)
        level = ALTGR if altgr else SHIFT if self._held & _SHIFTS else PLAIN
        stroke = Stroke(key, level, ctrl and not altgr)
        if stroke.ctrl and LAYOUTS[self.layout].character(stroke) in tuple(_TERMINATING):
            self._end(scans, by_key=True)
        else:
            self._keep(stroke)

    def _character(self, character: str, scans: list[Scan]) -> None:
        if not character:
            self._lost = True
        elif character in _TERMINATING:
            self._end(scans, by_key=True)
        else:
            self._keep(Stroke(0, literal=character))

    def _keep(self, stroke: Stroke) -> None:
        if len(self._strokes) < MAX_STROKES:
            self._strokes.append(stroke)
        else:
            self._too_long = True

    def _end(self, scans: list[Scan], *, by_key: bool) -> None:
        scan = self._spelt(by_key=by_key)
        if by_key and self._strokes:
            self._terminates = True
        self._forget()
        if scan is None:
            return
        if len(scans) >= MAX_QUEUED_SCANS:
            self.dropped += 1
            return
        self.dropped += scan.dropped
        scans.append(scan)

    def _spelt(self, *, by_key: bool) -> Scan | None:
        """Return the symbol that has come in; LOST when it is not whole, None when it is none."""
        if self._lost:
            return LOST
        if len(self._strokes) < MIN_CHARS:
            return None
        found = calibrated(self._strokes, self.layout)
        if found and self._auto:
            self.layout = found
        text = LAYOUTS[found or self.layout].text(self._strokes)
        if text is None or (self._terminates and not by_key):
            return LOST
        scan = scan_of_text(text, "", text.encode("utf-8", "replace"), DEVICE)
        too_long = scan.too_long or self._too_long
        return Scan(scan.text, scan.aim, too_long, layout=found, raw=scan.raw, device=DEVICE)


def _numbered(number: str) -> str:
    """Return the character that Windows makes of Alt and a number; empty when there is none.

    A zero in front means code page 1252, else it is the older 850; both are ASCII below 128.
    """
    value = int(number)
    if value < 128:
        return chr(value)
    try:
        return bytes((value,)).decode("cp1252" if number.startswith("0") else "cp850")
    except ValueError:
        return ""
