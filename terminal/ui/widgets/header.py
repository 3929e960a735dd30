"""Top line of a kiosk screen, banners and the passing message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ColorProperty, ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from terminal.presenters.view import Action, Banner, Header
from terminal.ui.theme import theme
from terminal.ui.widgets.button import TapButton
from terminal.ui.widgets.card import Card
from terminal.ui.widgets.refilled import Refilled

_TONES = {  # each tone has its surface and its ink
    "info": ("accent_soft", "accent"),
    "good": ("good_soft", "good"),
    "warn": ("warn_soft", "warn"),
    "bad": ("bad_soft", "bad"),
}


class _Actions(Refilled, Widget):
    """Buttons for a tuple of actions; the buttons are kept and refilled."""

    actions = ObjectProperty(())
    variants = ObjectProperty(())
    """Variant of each button, by position; the last one goes on."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("actions", self._fill)
        self.fbind("variants", self._fill)
        self._fill()

    def _fill(self, *_: object) -> None:
        shown: list[Action] = [a for a in self.actions if a.shown]
        for i, (button, action) in enumerate(self.refill(shown)):
            button.action = action
            if self.variants:
                button.variant = self.variants[min(i, len(self.variants) - 1)]

    def make(self) -> TapButton:
        return TapButton()


class ActionRow(_Actions, BoxLayout):
    """Buttons that share a row (or a column)."""


class ActionGrid(_Actions, GridLayout):
    """Buttons in columns, each row as high as a touch target."""


class HeaderButton(TapButton):
    """A button as wide as its words."""


class HeaderBar(BoxLayout):
    """Name of the shop or of the screen at the left, a few actions at the right."""

    header = ObjectProperty(Header(), rebind=True)


class HeaderActions(ActionRow):
    """The actions of a header."""

    def make(self) -> TapButton:
        return HeaderButton()


class _Said:
    """A banner in the colours of its tone, in any palette."""

    banner = ObjectProperty(Banner(), rebind=True)
    surface = ColorProperty("#fff4df")
    ink = ColorProperty("#8f5300")

    def __init__(self: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("banner", self._paint)
        theme.follow(self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        surface, ink = _TONES[(self.banner or Banner()).tone]
        self.surface, self.ink = theme.colour(surface), theme.colour(ink)


class BannerCard(_Said, Card):
    """A banner: icon, title, text, actions; takes no room when there is nothing to say."""


class Toast(_Said, AnchorLayout):
    """A message about what was just asked, above everything; it goes by itself."""


class Ribbon(BoxLayout):
    """Words that stay above every screen, for as long as they are true."""

    words = StringProperty("")


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
