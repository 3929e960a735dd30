"""The screen of ``presenters.kiosk.lookup``."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.lookup import LookupView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, keys, tiles  # noqa: F401 - their rules are used in the kv file


class LookupScreen(Screen):
    view = ObjectProperty(LookupView(), rebind=True)


rules_beside(__file__)
