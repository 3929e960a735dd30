"""How a scanner types: the other side of ``keyboard_protocol``, for the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drivers.scanner.input_events import (
    EV_KEY,
    EV_MSC,
    EV_SYN,
    MSC_SCAN,
    PRESSED,
    RELEASED,
    SYN_DROPPED,
    SYN_REPORT,
    InputEvent,
    encode,
)
from drivers.scanner.layouts import ALTGR, SHIFT, Layout, Stroke

_LEFT_SHIFT, _LEFT_CTRL, _LEFT_ALT, _RIGHT_ALT = 42, 29, 56, 100
_KEY_BRACKET_RIGHT = 27
_KEYPAD_DIGITS = (82, 79, 80, 81, 75, 76, 77, 71, 72, 73)
ENDINGS = {"cr": 28, "keypad": 96, "tab": 15, "none": 0}
"""Suffix -> the key that ends a symbol."""
_HOLDS = {SHIFT: (_LEFT_SHIFT,), ALTGR: (_RIGHT_ALT,)}

Press = tuple[int, ...]
"""Keys held, and the one pressed meanwhile, which is the last."""


def presses(character: str, layout: Layout, *, alt: bool = False) -> list[Press]:
    """Return how a character is typed: by keys, or by its number in code page 1252.

    A character that neither has is left out, as scanners do.
    """
    if character == "\x1d" and not alt:
        return [(_LEFT_CTRL, _KEY_BRACKET_RIGHT)]
    strokes = layout.typing.get(character)
    if strokes is not None and not alt:
        return [_held(stroke) for stroke in strokes]
    number = character.encode("cp1252", "ignore")
    if not number:
        return []
    return [(_LEFT_ALT, *(_KEYPAD_DIGITS[int(digit)] for digit in f"0{number[0]}"))]


def _held(stroke: Stroke) -> Press:
    return (*_HOLDS.get(stroke.level, ()), stroke.key)


def events(made: Iterable[Press], at_us: int, step_us: int) -> Iterator[InputEvent]:
    """Yield the kernel's events for these presses, ``step_us`` between two of them.

    Of several keys the first is held while the others are pressed one after the other.
    """
    for press in made:
        held, pressed = (press[:1], press[1:]) if len(press) > 1 else ((), press)
        turns = [(key, PRESSED) for key in held]
        for key in pressed:
            turns += [(key, PRESSED), (key, RELEASED)]
        turns += [(key, RELEASED) for key in held]
        for key, value in turns:
            yield InputEvent(at_us, EV_MSC, MSC_SCAN, key)
            yield InputEvent(at_us, EV_KEY, key, value)
            yield InputEvent(at_us, EV_SYN, SYN_REPORT, 0)
        at_us += step_us


def lost(at_us: int) -> bytes:
    """Return what the kernel says in place of events for which there was no room."""
    return encode(InputEvent(at_us, EV_SYN, SYN_DROPPED, 0))


def typed(made: Iterable[Press], at_us: int, step_us: int = 0) -> bytes:
    """Return the bytes of these presses."""
    return b"".join(encode(event) for event in events(made, at_us, step_us))
