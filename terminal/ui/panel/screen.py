"""The panel's screen: the plug, the payment terminal, the printer, the drawer, the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.scrollview import ScrollView

from terminal.presenters.view import Row
from terminal.ui.panel import paper  # noqa: F401 - its rules are used in the kv file
from terminal.ui.panel.devices import DeviceCardView
from terminal.ui.panel.present import DrawerView, PanelView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.theme import theme
from terminal.ui.till.parts import Strip
from terminal.ui.widgets import status, tiles  # noqa: F401 - used in the kv file
from terminal.ui.widgets.button import Tap, TapButton
from terminal.ui.widgets.card import Card
from terminal.ui.widgets.text import Text


class ShelfTile(Tap):
    """An article to scan by a tap."""

    row = ObjectProperty(Row(), rebind=True)


class Shelf(GridLayout):
    """All articles in sight: a shelf is not scrolled."""

    wares = ListProperty()

    def on_wares(self, _: object, rows: list[Row]) -> None:
        self.clear_widgets()
        for row in rows:
            self.add_widget(ShelfTile(row=row))


class KnobRow(Strip):
    """Small knobs in a row."""

    def make(self) -> TapButton:
        return Knob()


class TabRow(Strip):
    """The pages of the panel."""

    def make(self) -> TapButton:
        return Tab()


class Tab(TapButton):
    """The name of a page; the open one is chosen."""

    item = ObjectProperty(None)

    def on_item(self, _: object, action: object) -> None:
        self.action = action


class Knob(TapButton):
    """A small knob of a device."""

    item = ObjectProperty(None)

    def on_item(self, _: object, action: object) -> None:
        self.action = action


class PullButton(TapButton):
    """The plug: red while the terminal has power, blue when it is to be given back."""

    live = BooleanProperty(True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("live", self._paint)

    def _paint(self, *_: object) -> None:
        down = self.state == "down"
        if self.live:
            self.fill = theme.colour("ink" if down else "bad")
            self.edge, self.ink = self.fill, theme.colour("card")
            return
        self.fill = theme.colour("accent_down" if down else "accent")
        self.edge, self.ink = self.fill, theme.colour("accent_ink")


class DeviceBody(Card):
    """The dark case of a device."""


class DisplayLineText(Text):
    """A line of a device's own display."""

    item = StringProperty("")


class DisplayLines(Strip):
    """What a device's own display says."""

    def make(self) -> Text:
        return DisplayLineText()


class DrawerBox(Card):
    """The cash drawer."""

    drawer = ObjectProperty(DrawerView(), rebind=True)


class BenchCard(Card):
    """One device: its name and state in words, and its knobs below."""

    item = ObjectProperty(DeviceCardView(), rebind=True)


class BenchList(Strip):
    """All devices, one under the other."""

    def make(self) -> BenchCard:
        return BenchCard()


class ScriptButton(TapButton):
    """A fault script to begin."""

    item = ObjectProperty(None)

    def on_item(self, _: object, action: object) -> None:
        self.action = action


class ScriptList(Strip):
    """All fault scripts, one under the other."""

    def make(self) -> ScriptButton:
        return ScriptButton()


class ShelfPage(BoxLayout):
    """The shelf, bad codes, and the scale."""

    view = ObjectProperty(PanelView(), rebind=True)


class DevicesPage(ScrollView):
    """A card for each device."""

    view = ObjectProperty(PanelView(), rebind=True)


class FaultsPage(BoxLayout):
    """The fault scripts, and the one that runs."""

    view = ObjectProperty(PanelView(), rebind=True)


class Pages(BoxLayout):
    """The one page of the panel that is open; each is built once."""

    view = ObjectProperty(PanelView(), rebind=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._pages: Mapping[str, Any] = {
            "shelf": ShelfPage(), "devices": DevicesPage(), "faults": FaultsPage()
        }  # fmt: skip
        self.fbind("view", self._open)
        self._open()

    def _open(self, *_: object) -> None:
        page = self._pages[self.view.page]
        page.view = self.view
        if page.parent is None:
            self.clear_widgets()
            self.add_widget(page)


class PanelScreen(Screen):
    view = ObjectProperty(PanelView(), rebind=True)
    pieces = ObjectProperty(())


rules_beside(__file__)
