"""The paying screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.paying import PayingView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillPaying(Screen):
    view = ObjectProperty(PayingView(), rebind=True)


rules_beside(__file__)
