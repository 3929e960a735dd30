"""The sale screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.sale import SaleView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillSale(Screen):
    view = ObjectProperty(SaleView(), rebind=True)


rules_beside(__file__)
