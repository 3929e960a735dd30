"""The devices screen."""

from kivy.properties import ColorProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenters.till.devices import DeviceRow, DevicesView
from terminal.presenters.view import Banner
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.theme import theme
from terminal.ui.till.parts import Strip
from terminal.ui.widgets.header import BannerCard


class OfferCard(BannerCard):
    """A device that could be adopted: what it is, and the two answers."""

    item = ObjectProperty(None)

    def on_kv_post(self, _: object) -> None:
        self.ids.actions.variants = ["ghost", "primary"]

    def on_item(self, _: object, banner: Banner) -> None:
        self.banner = banner


class OfferList(Strip):
    """What is offered."""

    def make(self) -> Widget:
        return OfferCard()


class DeviceLine(BoxLayout):
    """One role: its device, how it is, and what to do."""

    item = ObjectProperty(DeviceRow(), rebind=True)
    ink = ColorProperty("#0a7245")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("item", self._paint)
        theme.fbind("now", self._paint)
        self._paint()

    def _paint(self, *_: object) -> None:
        tone = self.item.tone
        inks = {"quiet": theme.now.ink_soft, "info": theme.colour("accent")}
        self.ink = inks[tone] if tone in inks else theme.colour(tone)


class DeviceList(Strip):
    """The roles, one under the other."""

    def make(self) -> Widget:
        return DeviceLine()


class TillDevices(Screen):
    view = ObjectProperty(DevicesView(), rebind=True)


rules_beside(__file__)
