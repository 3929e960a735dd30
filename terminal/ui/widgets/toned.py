"""Widgets in the colour of the tone of what they show."""

from __future__ import annotations

from typing import Any, ClassVar

from kivy.properties import ColorProperty

from terminal.ui.theme import theme


class Toned:
    """Mixed into a widget: its ``ink`` follows the tone of what it shows, and the palette.

    ``SHOWS`` names the property that holds what is shown, which has a ``tone``.
    """

    SHOWS: ClassVar[str] = "item"
    ink = ColorProperty("#0a7245")

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fbind(self.SHOWS, self._paint)
        theme.follow(self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        self.ink = theme.ink_of(getattr(self, self.SHOWS).tone)
