"""The unknown screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.unknown import UnknownView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillUnknown(Screen):
    view = ObjectProperty(UnknownView(), rebind=True)


rules_beside(__file__)
