"""The devices screen."""

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenters.till.devices import DeviceRow, DevicesView
from terminal.presenters.view import Banner
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till.parts import Strip
from terminal.ui.widgets.header import BannerCard
from terminal.ui.widgets.toned import Toned


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


class DeviceLine(Toned, BoxLayout):
    """One role: its device, how it is, and what to do."""

    item = ObjectProperty(DeviceRow(), rebind=True)


class DeviceList(Strip):
    """The roles, one under the other."""

    def make(self) -> Widget:
        return DeviceLine()


class TillDevices(Screen):
    view = ObjectProperty(DevicesView(), rebind=True)


rules_beside(__file__)
