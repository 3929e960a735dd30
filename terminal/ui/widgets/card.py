"""Surfaces: cards, grounds, pills."""

from __future__ import annotations

from pathlib import Path

from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from terminal.ui.theme import theme


class Card(BoxLayout):
    """A rounded surface with a fine border."""

    fill = ColorProperty(None, allownone=True)
    edge = ColorProperty(None, allownone=True)
    corner = NumericProperty(18)
    border = NumericProperty(1)


class Pill(BoxLayout):
    """A small rounded surface behind a few words."""

    fill = ColorProperty(None, allownone=True)
    corner = NumericProperty(12)


class Ground(FloatLayout):
    """The background of a screen: a calm vertical gradient of the theme's two ground colours."""

    texture = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        theme.follow(self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        texture = Texture.create(size=(1, 2), colorfmt="rgb")
        low, high = theme.colour("ground_deep"), theme.colour("ground")
        data = bytes(int(c * 255) for c in (*low[:3], *high[:3]))
        texture.blit_buffer(data, colorfmt="rgb", bufferfmt="ubyte")
        texture.mag_filter = "linear"
        self.texture = texture


class Rule(Widget):
    """A fine line between two things."""


class Gap(Widget):
    """Empty space that takes what is left."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
