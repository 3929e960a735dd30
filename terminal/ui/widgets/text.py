"""Words, figures and icons."""

from __future__ import annotations

from pathlib import Path

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from terminal.ui.icons import glyph

SHRINK = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52)
"""Sizes tried, as parts of the wanted one: a German word may be long, a window small."""
SLACK = 1.0
"""Pixels by which a texture may exceed its box: rounding of the font renderer."""
LONGEST = 3
"""Words that are measured: the widest is one of the longest."""


def _words(text: str) -> list[str]:
    """Return what a line may end after: a space that does not break is a part of its word."""
    return [word for word in text.replace("\n", " ").split(" ") if word]


class Text(Label):
    """Text that fits its box: wrapped and, when it must be, set smaller; never cut inside a word.

    With ``flow`` the box takes the height of the text instead. ``level`` is the wanted height of
    the letters (a type step of the theme; 0 means body), ``tint`` their colour (None means ink),
    ``weight`` one of ``ui.theme.WEIGHTS``.  Both have an empty value rather than a default in the
    ``.kv`` rule: a class's rule runs again with every change of the theme, after what set them.
    """

    level = NumericProperty(0)
    tint = ColorProperty(None, allownone=True)
    wanted = NumericProperty(21)
    weight = StringProperty("Regular")
    flow = BooleanProperty(False)
    single = BooleanProperty(False)
    """Never wrap: figures and names of buttons that must stay on one line."""
    cap = NumericProperty(0)
    """Greatest height of a flowing text, 0 for none: beyond it the letters become smaller."""
    least = NumericProperty(SHRINK[-1])
    """Smallest part of the wanted size."""
    natural_width = NumericProperty(0)
    """Width of the text on one line at its wanted size, for boxes as wide as their words."""
    used_width = NumericProperty(0)
    """Width of the longest line as drawn, for whoever centres this with something else."""

    def __init__(self, **kwargs: object) -> None:
        self._fitting = Clock.create_trigger(self._fit, -1)
        self._answered: tuple[object, ...] = ()
        super().__init__(**kwargs)
        for name in ("text", "size", "wanted", "weight", "flow", "single", "cap", "least"):
            self.fbind(name, self._fitting)
        self._fitting()

    def _room(self) -> tuple[float, float]:
        """Return the width and the height that the text may take."""
        height = (self.cap or float("inf")) if self.flow else self.height
        return max(1.0, self.width), max(1.0, height)

    def _fits(self, width: float, height: float) -> bool:
        self.texture_update()
        if self.texture_size[1] > height + SLACK:
            return False
        inner = width - self.padding[0] - self.padding[2]  # a word that is a hair wider is cut
        if self.shorten:
            return True
        parts = [self.text] if self.single else sorted(_words(self.text), key=len)[-LONGEST:]
        return all(self._label.get_extents(part)[0] <= inner for part in parts)

    def _asked(self) -> tuple[object, ...]:
        """Everything that a fit depends on; the height does not count when it follows the text."""
        return (
            self.text, self.width, 0.0 if self.flow else self.height, self.wanted, self.weight,
            self.flow, self.single, self.cap, self.least,
        )  # fmt: skip

    def _fit(self, *_: object) -> None:
        if self._asked() != self._answered:
            self._answered = self._asked()
            self._fit_now()

    def _fit_now(self) -> None:
        width, height = self._room()
        self.text_size = (width, None)
        for part in (part for part in SHRINK if part >= self.least):
            self.font_size = max(1, int(self.wanted * part))
            fits = self._fits(width, height)
            if part == 1.0:
                self.natural_width = self._label.get_extents(self.text)[0] + SLACK
            if fits:
                break
        if self.flow:
            self.height = self.texture_size[1]
        lines = self._label._cached_lines  # noqa: SLF001 - Kivy keeps the widths nowhere else
        self.used_width = max((line.w for line in lines), default=0)

    @property
    def cuts_a_word(self) -> bool:
        """Tell whether a line ends inside a word (checked by a test for all screens)."""
        lines = self._label._cached_lines  # noqa: SLF001 - see above
        drawn = [word for line in lines for part in line.words for word in _words(part.text)]
        return bool(self.text) and not self.shorten and drawn != _words(self.text)

    @property
    def overflows(self) -> bool:
        """Tell whether even the smallest size does not fit (checked by a test for all screens)."""
        return bool(self.text) and not self._fits(*self._room())


class Trimmed(Text):
    """Text of any length in a small box: its last words give way to an ellipsis.

    For names that come from a catalogue; sentences of our own always fit.
    """

    full = StringProperty("")

    def on_full(self, _: object, full: str) -> None:
        self.text = full

    def _asked(self) -> tuple[object, ...]:
        return (self.full, *super()._asked()[1:])

    def _fit_now(self) -> None:
        self.text = self.full
        super()._fit_now()
        words = self.full.split()
        while len(words) > 1 and not self._fits(*self._room()):
            words.pop()
            self.text = " ".join(words) + "\u2026"
            super()._fit_now()


class Icon(Label):
    """One icon of the family, by its Lucide name."""

    icon = StringProperty("")
    level = NumericProperty(0)
    tint = ColorProperty(None, allownone=True)

    def on_icon(self, _: object, name: str) -> None:
        self.text = glyph(name)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
