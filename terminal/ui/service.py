"""The service screen, of till and kiosk alike."""

from kivy.properties import ColorProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenters.service import ServiceTile, ServiceView
from terminal.presenters.service_line import ServiceLine
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.theme import theme
from terminal.ui.till.parts import Strip
from terminal.ui.widgets.card import Card


def ink_of(tone: str) -> object:
    """Return the colour of a tone's text and icon."""
    inks = {"quiet": theme.now.ink_soft, "info": theme.colour("accent")}
    return inks[tone] if tone in inks else theme.colour(tone)


class Reading(BoxLayout):
    """One line of a tile: name, figures, and what to do."""

    item = ObjectProperty(ServiceLine(), rebind=True)
    ink = ColorProperty("#0a7245")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("item", self._paint)
        theme.fbind("now", self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        self.ink = ink_of(self.item.tone)


class ReadingList(Strip):
    """The lines of a tile."""

    def make(self) -> Widget:
        return Reading()


class GroupTile(Card):
    """One group, with its judgement in colour, shape and words."""

    item = ObjectProperty(ServiceTile(), rebind=True)
    ink = ColorProperty("#0a7245")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("item", self._paint)
        theme.fbind("now", self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        self.ink = ink_of(self.item.tone)


class TileColumn(Strip):
    """Tiles, one under the other."""

    def make(self) -> Widget:
        return GroupTile()


class ServiceScreen(Screen):
    view = ObjectProperty(ServiceView(), rebind=True)
    ink = ColorProperty("#0a7245")

    def on_view(self, *_: object) -> None:
        self.ink = ink_of(self.view.tone)


rules_beside(__file__)
