"""The sign-on screen."""

from kivy.properties import ObjectProperty

from terminal.presenters.till.sign_on import SignOnView
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file


class TillSignOn(Screen):
    view = ObjectProperty(SignOnView(), rebind=True)


rules_beside(__file__)
