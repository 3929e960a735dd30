"""The tokens, live: multiplied for the screen at hand, and bindable from ``.kv`` files.

``#:import theme terminal.ui.theme.theme`` makes it known to a file; then ``theme.body`` is a text
height in pixels, ``theme.gap`` a distance, ``theme.ink`` a colour.  They change at once when the
window, the palette or the text size changes.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.utils import get_color_from_hex

from terminal.ui import tokens

_FONTS = Path(__file__).parent / "fonts"
WEIGHTS = ("Regular", "Medium", "SemiBold", "Bold")


def register_fonts() -> None:
    """Make the shipped fonts known to Kivy by their short names."""
    for weight in WEIGHTS:
        LabelBase.register(weight, str(_FONTS / f"RepriseFigures-{weight}.ttf"))
    LabelBase.register("Icons", str(_FONTS / "Lucide-Reprise.ttf"))


class Theme(EventDispatcher):
    """What the kv files see. One instance per process: ``theme``."""

    unit = NumericProperty(1.0)
    """Pixels per unit of the reference screen."""
    touch = NumericProperty(88.0)
    """Smallest side of anything to press, pixels."""
    key_side = NumericProperty(88.0)
    """Side of a key of the on-screen keyboard: smaller on low screens, never below 9 mm."""
    portrait = BooleanProperty(False)
    compact = BooleanProperty(False)
    role = StringProperty("kiosk")
    large_text = BooleanProperty(False)
    high_contrast = BooleanProperty(False)
    motion = BooleanProperty(True)
    """False when transitions are unwanted (reduced motion, pictures, tests)."""
    locals().update({f.name: ColorProperty() for f in fields(tokens.Palette)})
    locals().update({f.name: NumericProperty() for f in fields(tokens.TypeScale)})
    locals().update({f.name: NumericProperty() for f in fields(tokens.Spaces)})

    def __init__(self) -> None:
        super().__init__()
        self._size = tokens.REFERENCE
        self._density = 0.0
        self.fbind("role", self._measure)
        self.fbind("large_text", self._measure)
        self.fbind("high_contrast", self._colour)
        self._measure()
        self._colour()

    def fit(self, width: float, height: float, density: float = 0.0) -> None:
        """Adapt to a window of this size; ``density`` in dots per inch, 0 means the usual one."""
        self._size = (int(width), int(height))
        self._density = density
        self._measure()

    def _measure(self, *_: object) -> None:
        width, height = self._size
        short, long = min(tokens.REFERENCE), max(tokens.REFERENCE)
        self.portrait = height > width
        across, down = (short, long) if self.portrait else (long, short)
        unit = min(width / across, height / down)
        self.unit = max(tokens.SMALLEST_UNIT, min(tokens.LARGEST_UNIT, unit))
        self.compact = not self.portrait and height < tokens.COMPACT_HEIGHT
        density = self._density or tokens.DENSITIES.get(self._size, tokens.REFERENCE_DENSITY * unit)
        self.touch = round(tokens.TOUCH_MM[self.role] * density / 25.4)
        smallest = tokens.KEY_MM * density / 25.4
        self.key_side = round(max(smallest, self.touch * 0.62) if self.compact else self.touch)
        growth = tokens.LARGE_TEXT if self.large_text else 1.0
        for name, value in asdict(tokens.TYPE).items():
            setattr(self, name, round(value * self.unit * growth))
        for name, value in asdict(tokens.SPACES).items():
            setattr(self, name, value * self.unit)

    def _colour(self, *_: object) -> None:
        palette = tokens.CONTRAST if self.high_contrast else tokens.LIGHT
        for name, value in asdict(palette).items():
            setattr(self, name, get_color_from_hex(value))

    def colour(self, name: str) -> list[float]:
        """Return a colour by the name of its token."""
        value: list[float] = getattr(self, name)
        return value


theme = Theme()
