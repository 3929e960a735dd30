"""The screen of ``presenters.setup``."""

from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from terminal.presenters.setup import SetupView
from terminal.presenters.view import Banner
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.theme import theme
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


class SetupPart(BoxLayout):
    """A part of the screen that is there only when it has something to show."""

    view = ObjectProperty(SetupView(), rebind=True)


class Ways(SetupPart):
    """The ways out."""


class PinPad(SetupPart):
    """The PIN of somebody who may change settings, or who signs on again."""

    fields = ObjectProperty(())
    """Those that there is room for: on a low screen the active one."""
    alone = BooleanProperty(False)
    """It is a low screen; what is wrong stands under the title then."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        theme.follow(self._measure)

    def on_view(self, *_: object) -> None:
        self._measure()

    def _measure(self, *_: object) -> None:
        self.alone = theme.now.compact and not theme.now.portrait
        self.fields = tuple(one for one in self.view.fields if one.active or not self.alone)


class WrongLines(ScrollView):
    """What is wrong or would change; a long list is scrolled."""

    view = ObjectProperty(SetupView(), rebind=True)


class SetupScreen(Screen):
    view = ObjectProperty(SetupView(), rebind=True)
    low = BooleanProperty(False)
    """Keys on a low screen: everything else makes room for them."""

    def on_kv_post(self, _: object) -> None:
        self.parts: tuple[SetupPart | WrongLines, ...] = (WrongLines(), Ways(), PinPad())
        self._arrange()

    def on_view(self, *_: object) -> None:
        if hasattr(self, "parts"):
            self._arrange()

    def _arrange(self) -> None:
        """Put the parts that have something to show side by side, or one under the other."""
        view = self.view
        beside = view.ways or view.note or view.busy or not view.lines
        wanted = (bool(view.lines), bool(not view.fields and beside), bool(view.fields))
        shown: list[SetupPart | WrongLines] = [
            part for part, there in zip(self.parts, wanted, strict=True) if there
        ]
        for part in shown:
            part.view = view
        if shown != list(reversed(self.ids.body.children)):
            self.ids.body.clear_widgets()
            for part in shown:
                self.ids.body.add_widget(part)


rules_beside(__file__)
