"""The tokens, live: multiplied for the screen at hand, and bindable from ``.kv`` files.

``#:import theme terminal.ui.theme.theme`` makes it known to a file; then ``theme.now.body`` is a
text height in pixels, ``theme.now.gap`` a distance, ``theme.now.ink`` a colour.  They change
together when the window, the palette or the text size changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from weakref import WeakMethod

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.utils import get_color_from_hex

from terminal.ui import tokens

_FONTS = Path(__file__).parent / "fonts"
_INKS = {"quiet": "ink_soft", "info": "accent"}
Colour = tuple[float, ...]
WEIGHTS = ("Regular", "Medium", "SemiBold", "Bold")


def register_fonts() -> None:
    """Make the shipped fonts known to Kivy by their short names."""
    for weight in WEIGHTS:
        LabelBase.register(weight, str(_FONTS / f"RepriseFigures-{weight}.ttf"))
    LabelBase.register("Icons", str(_FONTS / "Lucide-Reprise.ttf"))


@dataclass(frozen=True, slots=True)
class Look:
    """The tokens for one window, palette and text size; lengths and letters in pixels."""

    unit: float
    """Pixels per unit of the reference screen."""
    touch: float
    """Smallest side of anything to press."""
    key_side: float
    """Side of a key of the on-screen keyboard: smaller on low screens, never below 9 mm."""
    portrait: bool
    compact: bool
    """A low screen: leave out what is only ornament."""
    high_contrast: bool
    colours: Mapping[str, Colour]
    letters: Mapping[str, float]
    spaces: Mapping[str, float]

    def __getattr__(self, name: str) -> Any:
        """Let ``.kv`` rules say ``theme.now.ink``, ``theme.now.title``, ``theme.now.gap``."""
        for group in (self.colours, self.letters, self.spaces):
            if name in group:
                return group[name]
        raise AttributeError(name)


def measure(
    size: tuple[int, int], density: float, role: str, *, large_text: bool, high_contrast: bool
) -> Look:
    """Return the look for a window of ``size`` pixels; ``density`` in dots per inch, 0: usual."""
    width, height = size
    portrait = height > width
    short, long = min(tokens.REFERENCE), max(tokens.REFERENCE)
    across, down = (short, long) if portrait else (long, short)
    exact = min(width / across, height / down)
    unit = max(tokens.SMALLEST_UNIT, min(tokens.LARGEST_UNIT, exact))
    compact = not portrait and height < tokens.COMPACT_HEIGHT
    dots_mm = (density or tokens.DENSITIES.get(size, tokens.REFERENCE_DENSITY * exact)) / 25.4
    touch = round(max(tokens.TOUCH_MM[role] * dots_mm, tokens.TOUCH_UNITS[role] * unit))
    smallest_key = round(max(tokens.KEY_MM * dots_mm, touch * tokens.COMPACT_KEY))
    growth = tokens.LARGE_TEXT if large_text else 1.0
    palette = tokens.CONTRAST if high_contrast else tokens.LIGHT
    return Look(
        unit=unit,
        touch=touch,
        key_side=smallest_key if compact else touch,
        portrait=portrait,
        compact=compact,
        high_contrast=high_contrast,
        colours={k: tuple(get_color_from_hex(v)) for k, v in asdict(palette).items()},
        letters={k: round(v * unit * growth) for k, v in asdict(tokens.TYPE).items()},
        spaces={k: v * unit for k, v in asdict(tokens.SPACES).items()},
    )


class Theme(EventDispatcher):
    """The look of the moment, in one property: rules see either the old one or the new one.

    One event for everything also keeps Kivy's order: a class's rule runs before the rule of an
    instance, so that the instance keeps the last word.
    """

    now = ObjectProperty(None, rebind=True)
    role = StringProperty("kiosk")
    large_text = BooleanProperty(False)
    high_contrast = BooleanProperty(False)
    motion = BooleanProperty(True)
    """False when transitions are unwanted (reduced motion, pictures, tests)."""

    def __init__(self) -> None:
        super().__init__()
        self._size = tokens.REFERENCE
        self._density = 0.0
        for name in ("role", "large_text", "high_contrast"):
            self.fbind(name, self._measure)
        self._measure()

    def fit(self, width: float, height: float, density: float = 0.0) -> None:
        """Adapt to a window of this size; ``density`` in dots per inch, 0 means the usual one."""
        self._size, self._density = (int(width), int(height)), density
        self._measure()

    def _measure(self, *_: object) -> None:
        self.now = measure(
            self._size,
            self._density,
            self.role,
            large_text=self.large_text,
            high_contrast=self.high_contrast,
        )

    def follow(self, painted: Callable[[], object]) -> None:
        """Call a widget's method whenever the look changes, for as long as the widget lives.

        The theme lives as long as the program: bound the ordinary way, it would keep every key of
        every keyboard that was ever on the screen.
        """
        method = WeakMethod(painted, lambda _: self.unbind_uid("now", bound))

        def call(*_: object) -> None:
            if alive := method():
                alive()

        bound = self.fbind("now", call)

    def colour(self, name: str) -> Colour:
        """Return a colour by the name of its token, as red, green, blue, alpha from 0 to 1."""
        look: Look = self.now
        return look.colours[name]

    def ink_of(self, tone: str) -> Colour:
        """Return the colour of words and icons of a tone: good, warn, bad, info or quiet."""
        return self.colour(_INKS.get(tone, tone))


theme = Theme()
