"""The screen of ``presenters.setup``."""

from kivy.properties import ObjectProperty
from kivy.uix.widget import Widget

from terminal.presenters.setup import SetupView
from terminal.presenters.view import Banner
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till.parts import Strip
from terminal.ui.widgets import header, progress  # noqa: F401 - used in the kv file
from terminal.ui.widgets.card import Card


class SetupLine(Card):
    """One line that is wrong, or one setting that would change."""

    item = ObjectProperty(Banner(), rebind=True)


class SetupLines(Strip):
    """These lines, in the order of the file."""

    def make(self) -> Widget:
        return SetupLine()


class SetupScreen(Screen):
    view = ObjectProperty(SetupView(), rebind=True)


rules_beside(__file__)
