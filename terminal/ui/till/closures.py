"""The screen of the books."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.closures import ClosuresView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - used in the kv file


class TillClosures(Screen):
    view = ObjectProperty(ClosuresView(), rebind=True)


rules_beside(__file__)
