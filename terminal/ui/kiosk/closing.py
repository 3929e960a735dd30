"""The screens after the payment."""

from kivy.properties import BooleanProperty, ObjectProperty

from terminal.presenters.kiosk.closing import ReceiptView, ThanksView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import progress, qr  # noqa: F401 - their rules are used in the kv file
from terminal.ui.widgets.button import TapButton
from terminal.ui.widgets.header import ActionRow


class ReceiptChoice(TapButton):
    """One way to have the receipt, large; smaller words where there are ``many``."""

    many = BooleanProperty(False)


class ReceiptChoices(ActionRow):
    """The ways to have the receipt, as many as the shop offers."""

    def make(self) -> TapButton:
        return ReceiptChoice()

    def _fill(self, *_: object) -> None:
        super()._fill()
        for button in self.children:
            button.many = len(self.children) > 2


class ReceiptScreen(Screen):
    view = ObjectProperty(ReceiptView(), rebind=True)


class ThanksScreen(Screen):
    view = ObjectProperty(ThanksView(), rebind=True)


rules_beside(__file__)
