"""Keyboard layouts: which character a key position makes, for scanners that pose as keyboards.

A keyboard scanner sends positions, not characters, and is set to one country's layout.  It follows
that country's layout of Windows, whose dead keys wait for the next key: the scanner types them with
a space after.  Positions that only Linux's own layouts use (xkeyboard-config) are known as well
where they do not contradict.

Positions are named as in ISO/IEC 9995-1 (``E01`` is the key ``1``), numbers are those of the
kernel's ``input-event-codes.h``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

SPACE = 57
PLAIN, SHIFT, ALTGR = range(3)
"""Levels."""
_KEYS = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
"""E00 to E12, D01 to D12, C01 to C11, C12, B00, B01 to B10."""
_E00, _E02, _E07, _E08, _E11, _E12, _D01, _D11, _D12 = 41, 3, 8, 9, 12, 13, 16, 26, 27
_C01, _C11, _C12, _B00, _B10 = 30, 40, 43, 86, 53
_CONTROLS = {_D11: "\x1b", _D12: "\x1d", _C12: "\x1c"}
"""With Ctrl, by position: so in every layout of Windows."""
_COMBINING = {"^": "\u0302", "`": "\u0300", "\u00b4": "\u0301", "\u00a8": "\u0308", "~": "\u0303"}


class Stroke(NamedTuple):
    """A key as it was pressed, or a character that was given by its number (Alt and digits)."""

    key: int
    level: int = PLAIN
    ctrl: bool = False
    literal: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One country's keyboard."""

    keys: Mapping[tuple[int, int], str]
    """(key, level) -> character."""
    dead: frozenset[tuple[int, int]]
    """Keys that wait for the next one, and change the letter that it makes."""
    waiting: frozenset[tuple[int, int]]
    """Keys that swallow a space after them, and are else themselves: dead on Windows only."""
    typing: Mapping[str, tuple[Stroke, ...]]
    """Character -> the keys that a scanner presses for it."""

    def character(self, stroke: Stroke) -> str:
        """Return what one stroke makes; empty when that key makes nothing here."""
        if stroke.literal:
            return stroke.literal
        if stroke.ctrl:
            return self._control(stroke)
        return self.keys.get((stroke.key, stroke.level), "")

    def text(self, strokes: Sequence[Stroke]) -> str | None:
        """Return what the strokes spell; None when one of them makes nothing in this layout."""
        spelt: list[str] = []
        held, accent = "", False
        waiting = self.dead | self.waiting
        for stroke in strokes:
            character = self.character(stroke)
            if not character:
                return None
            where = (stroke.key, stroke.level)
            dead = not (stroke.ctrl or stroke.literal) and where in waiting
            if held:
                spelt.append(_joined(held, character, accent=accent))
                held = ""
            elif dead:
                held, accent = character, where in self.dead
            else:
                spelt.append(character)
        return "".join(spelt) + held

    def _control(self, stroke: Stroke) -> str:
        if stroke.key in _CONTROLS:
            return _CONTROLS[stroke.key]
        character = self.keys.get((stroke.key, stroke.level), "").upper()
        is_control = len(character) == 1 and "@" <= character <= "_"
        return chr(ord(character) & 0x1F) if is_control else ""


def _joined(held: str, character: str, *, accent: bool) -> str:
    """Return what a dead key and the character after it make."""
    if character == " ":
        return held
    if accent and character.isalpha():
        joined = unicodedata.normalize("NFC", character + _COMBINING[held])
        if len(joined) == 1:
            return joined
    return held + character


_Where = frozenset[tuple[int, int]]
_NOWHERE: _Where = frozenset()


def _layout(
    levels: tuple[str, str],
    altgr: Mapping[str, str],
    *,
    dead: _Where = _NOWHERE,
    waiting: _Where = _NOWHERE,
    linux: _Where = _NOWHERE,
) -> Layout:
    """Return a layout from what its keys make plain and with Shift, in the order of ``_KEYS``.

    ``altgr`` maps the plain character of a key to what it makes with AltGr.  By the keys of
    ``linux`` no scanner types, as it follows Windows; read they are all the same.
    """
    keys: dict[tuple[int, int], str] = {(SPACE, PLAIN): " ", (SPACE, SHIFT): " "}
    for key, below, above in zip(_KEYS, *levels, strict=True):
        for level, character in ((PLAIN, below), (SHIFT, above), (ALTGR, altgr.get(below, ""))):
            if character:
                keys[key, level] = character
    typing: dict[str, tuple[Stroke, ...]] = {}
    for where in sorted(keys, key=lambda where: (where in linux, where in dead, where[1])):
        space = (Stroke(SPACE),) if where in dead | waiting else ()
        typing.setdefault(keys[where], (Stroke(*where), *space))
    return Layout(keys, dead, waiting, typing)


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "us": _layout(
            (
                "`1234567890-=qwertyuiop[]asdfghjkl;'\\<zxcvbnm,./",
                '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|>ZXCVBNM<>?',
            ),
            {"<": "|"},
        ),
        "uk": _layout(
            (
                "`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
                '¬!"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?',
            ),
            {"`": "|", "4": "€", "7": "{", "8": "[", "9": "]", "0": "}", "-": "\\", "q": "@",
             "\\": "|"},
        ),
        "fr": _layout(
            (
                "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmù*<wxcvbn,;:!",
                "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%µ>WXCVBN?./§",
            ),
            {"é": "~", '"': "#", "'": "{", "(": "[", "-": "|", "è": "`", "_": "\\", "ç": "^",
             "à": "@", ")": "]", "=": "}", "e": "€", "$": "¤", "q": "@", "<": "|"},
            dead=frozenset({(_D11, PLAIN), (_D11, SHIFT)}),
            waiting=frozenset({(_E02, ALTGR), (_E07, ALTGR)}),
            linux=frozenset({(_E00, SHIFT), (_C01, ALTGR), (_B00, ALTGR)}),
        ),
        "be": _layout(
            (
                "²&é\"'(§è!çà)-azertyuiop^$qsdfghjklmùµ<wxcvbn,;:=",
                "³1234567890°_AZERTYUIOP¨*QSDFGHJKLM%£>WXCVBN?./+",
            ),
            {"&": "|", "é": "@", '"': "#", "§": "^", "è": "{", "!": "[", "ç": "{", "à": "}",
             ")": "\\", "a": "@", "e": "€", "^": "[", "$": "]", "ù": "´", "µ": "`", "<": "\\",
             "=": "~"},
            dead=frozenset(
                {(_D11, PLAIN), (_D11, SHIFT), (_C11, ALTGR), (_C12, ALTGR), (_B10, ALTGR)}
            ),
            linux=frozenset({(_E07, ALTGR), (_E08, ALTGR), (_E11, ALTGR), (_D01, ALTGR)}),
        ),
        "de": _layout(
            (
                "^1234567890ß´qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
                "°!\"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
            ),
            {"2": "²", "3": "³", "7": "{", "8": "[", "9": "]", "0": "}", "ß": "\\", "q": "@",
             "e": "€", "+": "~", "<": "|", "m": "µ"},
            dead=frozenset({(_E00, PLAIN), (_E12, PLAIN), (_E12, SHIFT)}),
        ),
    }
)  # fmt: skip
"""Name (``us``, ``uk``, ``fr``, ``be``, ``de``) -> layout."""

CALIBRATION = "0123456789]AMZQW/-_#"
"""What the technician's calibration code holds: it is spelt by other keys in each of the layouts.

The mark at its end is what tells a British keyboard from an American one.
"""
SHORT_CALIBRATION = CALIBRATION[:-1]
"""As some installers print it: tells all layouts but ``us`` and ``uk`` apart."""
_CALIBRATION_STROKES = (len(SHORT_CALIBRATION), 2 * (len(CALIBRATION) + 3))
"""Fewest and most: with an AIM identifier in front, and a space after every key."""


def calibrated(strokes: Sequence[Stroke], present: str) -> str:
    """Return the layout in which these strokes spell the calibration code; empty when in none.

    ``present`` is the layout in use, which is right where several are (characters given by their
    numbers are the same everywhere).
    """
    if not _CALIBRATION_STROKES[0] <= len(strokes) <= _CALIBRATION_STROKES[1]:
        return ""
    right = [
        name for name, layout in LAYOUTS.items() if _is_calibration(layout.text(strokes) or "")
    ]
    if not right or present in right:
        return present if right else ""
    return right[0]


def _is_calibration(text: str) -> bool:
    return text.endswith((CALIBRATION, SHORT_CALIBRATION)) and (
        text in (CALIBRATION, SHORT_CALIBRATION) or text.startswith("]")
    )
