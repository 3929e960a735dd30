"""The tender screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.tender import TenderView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillTender(Screen):
    view = ObjectProperty(TenderView(), rebind=True)


rules_beside(__file__)
