"""The welcome screen."""

from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from terminal.presenters.kiosk.welcome import WelcomeView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, status  # noqa: F401 - their rules are used in the kv file


class Barcode(Widget):
    """A drawn barcode under a scanner's line: what to do, without words."""


class WelcomeScreen(Screen):
    view = ObjectProperty(WelcomeView(), rebind=True)


rules_beside(__file__)
