"""The screens after the payment."""

from kivy.properties import ObjectProperty

from terminal.presenters.kiosk.closing import ReceiptView, ThanksView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, progress  # noqa: F401 - their rules are used in the kv file


class ReceiptScreen(Screen):
    view = ObjectProperty(ReceiptView(), rebind=True)


class ThanksScreen(Screen):
    view = ObjectProperty(ThanksView(), rebind=True)


rules_beside(__file__)
