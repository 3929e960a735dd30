"""The basket screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.basket import BasketView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, lines, tiles  # noqa: F401 - their rules are used in the kv file


class BasketScreen(Screen):
    view = ObjectProperty(BasketView(), rebind=True)


rules_beside(__file__)
