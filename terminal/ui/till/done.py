"""The done screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.done import DoneView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillDone(Screen):
    view = ObjectProperty(DoneView(), rebind=True)


rules_beside(__file__)
