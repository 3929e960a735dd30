"""Every colour, type step, space and size of the screens; plain values, without Kivy.

Lengths are in units of the reference screen (1280x800): ``ui.theme`` multiplies them for the screen
at hand.  Touch targets are in millimetres and use the screen's density instead.
"""

from __future__ import annotations

from dataclasses import dataclass

REFERENCE = (1280, 800)
SMALLEST_UNIT = 0.70
LARGEST_UNIT = 1.80
"""Bounds of the scale: below, text cannot be read; above, a kiosk reads like a poster."""
LARGE_TEXT = 1.25
"""Growth of the text steps when the customer asks for large text."""
COMPACT_HEIGHT = 640
"""Screens lower than this (pixels) leave out what is only ornament."""

TOUCH_MM = {"kiosk": 15.0, "till": 9.0}
"""Smallest side of anything to press, by role of the terminal (EN 301 549, WCAG 2.2)."""
TOUCH_UNITS = {"kiosk": 72.0, "till": 52.0}
"""Their smallest side on large screens, so that it grows with the letters."""
KEY_MM = 9.0
"""Smallest key of the on-screen keyboard, where a low screen has no room for more."""
COMPACT_KEY = 0.62
"""Part of a touch target that a key may have on a low screen."""
DENSITIES = {
    (1280, 800): 149.0,  # 10.1 inch
    (800, 480): 133.0,  # 7 inch
    (1024, 600): 118.0,  # 10.1 inch
    (1920, 1080): 102.0,  # 21.5 inch
    (1080, 1920): 102.0,  # 21.5 inch, upright
}
"""Dots per inch of the usual panel of each size; a shop's configuration may say otherwise."""
REFERENCE_DENSITY = 149.0

FADE_S = 0.16
"""Length of every transition; nothing moves when reduced motion is asked for."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, as ``#rrggbb``."""

    ground: str
    ground_deep: str
    card: str
    sunken: str
    ink: str
    ink_soft: str
    line: str
    key: str
    key_down: str
    accent: str
    accent_down: str
    accent_ink: str
    accent_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    night: str
    night_ink: str
    night_ink_soft: str
    quiet: str
    """Ink of what cannot be pressed now; exempt from the contrast rule (WCAG 1.4.3)."""


LIGHT = Palette(
    ground="#f5f7fb", ground_deep="#eaf0fc", card="#ffffff", sunken="#f1f4fa",
    ink="#14213d", ink_soft="#4a5875", line="#dfe4ee", key="#e4eaf6", key_down="#cfd9ec",
    accent="#0b5fff", accent_down="#0849c7", accent_ink="#ffffff", accent_soft="#eaf1ff",
    good="#0a7245", good_soft="#e5f6ee", warn="#8f5300", warn_soft="#fff4df",
    bad="#b3261e", bad_soft="#fdecea", night="#14213d", night_ink="#ffffff",
    night_ink_soft="#c3cde3", quiet="#8a94a8",
)  # fmt: skip
CONTRAST = Palette(
    ground="#000000", ground_deep="#000000", card="#0b0b0b", sunken="#1c1c1c",
    ink="#ffffff", ink_soft="#e6e6e6", line="#ffffff", key="#262626", key_down="#4d4d4d",
    accent="#ffd400", accent_down="#d9b400", accent_ink="#000000", accent_soft="#3a3200",
    good="#5dffab", good_soft="#00301a", warn="#ffcf70", warn_soft="#3a2600",
    bad="#ff9d96", bad_soft="#3d0a06", night="#ffd400", night_ink="#000000",
    night_ink_soft="#1c1c1c", quiet="#9a9a9a",
)  # fmt: skip

TEXT_PAIRS = (
    ("ink", "ground"), ("ink", "ground_deep"), ("ink", "card"), ("ink", "sunken"), ("ink", "key"),
    ("ink", "key_down"), ("ink", "accent_soft"), ("ink_soft", "ground"),
    ("ink_soft", "ground_deep"),
    ("ink_soft", "card"), ("ink_soft", "sunken"), ("ink_soft", "key"), ("ink_soft", "accent_soft"),
    ("accent_ink", "accent"), ("accent_ink", "accent_down"), ("accent", "card"),
    ("accent", "ground"),
    ("accent", "accent_soft"), ("good", "good_soft"), ("good", "card"), ("good", "ground"),
    ("warn", "warn_soft"), ("warn", "card"), ("ink", "warn_soft"), ("bad", "bad_soft"),
    ("bad", "card"), ("ink", "bad_soft"), ("ink", "good_soft"), ("night_ink", "night"),
    ("night_ink_soft", "night"),
)  # fmt: skip
"""Every (text, ground) pair that the screens use; each must reach 4.5:1 (a test checks it)."""


@dataclass(frozen=True, slots=True)
class TypeScale:
    """Text heights, largest first."""

    giant: float = 104
    """An amount that fills the screen."""
    hero: float = 76
    total: float = 54
    title: float = 44
    heading: float = 32
    lead: float = 26
    body: float = 21
    label: float = 19
    caption: float = 17


TYPE = TypeScale()


@dataclass(frozen=True, slots=True)
class Spaces:
    """Distances and radii."""

    hair: float = 1.5
    tiny: float = 6
    small: float = 10
    gap: float = 16
    pad: float = 24
    wide: float = 40
    radius: float = 18
    radius_small: float = 12
    radius_large: float = 22


SPACES = Spaces()


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
