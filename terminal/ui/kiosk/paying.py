"""The screen of ``presenters.kiosk.paying``."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.paying import PayingView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, progress  # noqa: F401 - their rules are used in the kv file


class PayingScreen(Screen):
    view = ObjectProperty(PayingView(), rebind=True)


rules_beside(__file__)
