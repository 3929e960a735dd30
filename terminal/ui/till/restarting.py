"""The screen of the moment before a restart for an update."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.restarting import RestartingView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillRestarting(Screen):
    view = ObjectProperty(RestartingView(), rebind=True)


rules_beside(__file__)
