"""The notices screen."""

from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from terminal.presenters.till.notices import NoticesView
from terminal.presenters.view import Banner
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till.parts import Strip
from terminal.ui.widgets.header import BannerCard


class NoticeCard(BannerCard):
    """One notice, with its time and its acknowledgement."""

    item = ObjectProperty(None)

    def on_item(self, _: object, banner: Banner) -> None:
        self.banner = banner


class NoticeList(Strip):
    """The unread notices, oldest first."""

    def make(self) -> Widget:
        return NoticeCard()


class TillNotices(Screen):
    view = ObjectProperty(NoticesView(), rebind=True)


rules_beside(__file__)
