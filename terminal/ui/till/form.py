"""The one dialog of the till, filled by every form's presenter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.presenters.desk import Intent
from terminal.presenters.till.form import FIELDS_ABREAST, FormView, beside
from terminal.presenters.view import Action
from terminal.ui.screen import Sheet, rules_beside
from terminal.ui.theme import theme
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file
from terminal.ui.widgets import qr, scale  # noqa: F401 - its rules are used in the kv file
from terminal.ui.widgets.keys import Keyboard, Keypad

KEY_UNITS = 62
"""Height of a key where there is room, in units of the reference screen."""


class FormSheet(Sheet):
    """Fields, ready answers or rows, and the keys that the active field wants."""

    view = ObjectProperty(FormView(), rebind=True)
    wide = BooleanProperty(False)
    """The dialog takes the whole width: a list, or a keyboard."""
    tight = BooleanProperty(False)
    """A keyboard on a low screen: fields side by side, choices beside the title."""
    fields = ObjectProperty(())
    """The fields that there is room for: on a low screen the active one and its neighbours."""
    close = ObjectProperty(Action(), rebind=True)
    """The cross in the corner."""
    pad_height = NumericProperty(0)

    def __init__(self, take: Callable[[Intent], None], **kwargs: object) -> None:
        self._keypad = Keypad()
        self._keyboard = Keyboard()
        super().__init__(take, **kwargs)
        theme.follow(self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        look = theme.now
        self.tight = look.compact and bool(self.view.keyboard)
        self.fields = beside(self.view.fields, FIELDS_ABREAST) if self.tight else self.view.fields
        self.pad_height = 4 * max(look.key_side, KEY_UNITS * look.unit) + 3 * look.small

    def on_view(self, _: object, view: FormView) -> None:
        """Put the right keys in place; both are built once."""
        self.wide = view.listing or bool(view.keyboard)
        self._measure()
        self.close = replace(view.cancel, label="", icon="x" if view.cancel.shown else "")
        self._put(self.ids.keypad, self._keypad, shown=view.digits)
        if view.keyboard:
            self._keyboard.rows = view.keyboard
        self._put(self.ids.keyboard, self._keyboard, shown=bool(view.keyboard))

    @staticmethod
    def _put(slot: BoxLayout, keys: Widget, *, shown: bool) -> None:
        inside = bool(slot.children)
        if shown and not inside:
            slot.add_widget(keys)
        elif inside and not shown:
            slot.remove_widget(keys)


rules_beside(__file__)
