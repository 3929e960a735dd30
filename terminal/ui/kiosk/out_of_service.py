"""The screen of ``presenters.kiosk.out_of_service``."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.out_of_service import OutOfServiceView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, progress  # noqa: F401 - their rules are used in the kv file


class OutOfServiceScreen(Screen):
    view = ObjectProperty(OutOfServiceView(), rebind=True)


rules_beside(__file__)
