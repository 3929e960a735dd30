"""The screen of ``presenters.kiosk.tender``."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.tender import TenderView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header  # noqa: F401 - their rules are used in the kv file


class TenderScreen(Screen):
    view = ObjectProperty(TenderView(), rebind=True)


rules_beside(__file__)
