"""The screen of ``presenters.kiosk.charged``."""

from kivy.properties import ColorProperty, ObjectProperty

from terminal.presenters.kiosk.charged import ChargedView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.widgets import header, progress, qr  # noqa: F401 - their rules are used in the kv file


class ChargedScreen(Screen):
    soft = ColorProperty("#fff4df")
    tint = ColorProperty("#8f5300")
    view = ObjectProperty(ChargedView(), rebind=True)


rules_beside(__file__)
