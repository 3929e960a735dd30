"""The service screen, of till and kiosk alike."""

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenters.service import ServiceTile, ServiceView
from terminal.presenters.service_line import ServiceLine
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till.parts import Strip
from terminal.ui.widgets.card import Card
from terminal.ui.widgets.toned import Toned


class Reading(Toned, BoxLayout):
    """One line of a tile: name, figures, and what to do."""

    item = ObjectProperty(ServiceLine(), rebind=True)


class ReadingList(Strip):
    """The lines of a tile."""

    def make(self) -> Widget:
        return Reading()


class GroupTile(Toned, Card):
    """One group, with its judgement in colour, shape and words."""

    item = ObjectProperty(ServiceTile(), rebind=True)


class TileColumn(Strip):
    """Tiles, one under the other."""

    def make(self) -> Widget:
        return GroupTile()


class ServiceScreen(Toned, Screen):
    SHOWS = "view"
    view = ObjectProperty(ServiceView(), rebind=True)


rules_beside(__file__)
