"""The storage screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.storage import StorageView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillStorage(Screen):
    view = ObjectProperty(StorageView(), rebind=True)


rules_beside(__file__)
