"""A coloured dot with words: never the dot alone."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ColorProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.ui.theme import theme
from terminal.ui.widgets import text  # noqa: F401 - its rules are used in the kv file


class StatusDot(BoxLayout):
    """State of the lane or of a device; its shape differs by tone as well as its colour."""

    text = StringProperty("")
    tone = StringProperty("good")
    ink = ColorProperty("#0a7245")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("tone", self._paint)
        theme.follow(self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        self.ink = theme.colour(self.tone)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
