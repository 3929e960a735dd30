"""The one dialog of the till, filled by every form's presenter."""

from __future__ import annotations

from kivy.properties import BooleanProperty, ObjectProperty

from terminal.presenters.till.form import FormView
from terminal.ui.screen import Sheet, rules_beside
from terminal.ui.till import parts  # noqa: F401 - its rules are used in the kv file
from terminal.ui.widgets.keys import Keyboard, Keypad


class FormSheet(Sheet):
    """Fields, ready answers or rows, and the keys that the active field wants."""

    view = ObjectProperty(FormView(), rebind=True)
    wide = BooleanProperty(False)
    """The dialog takes the whole screen: a list, or a keyboard."""

    def __init__(self, take: object, **kwargs: object) -> None:
        self._keypad = Keypad()
        self._keyboard = Keyboard()
        super().__init__(take, **kwargs)

    def on_view(self, _: object, view: FormView) -> None:
        """Put the right keys in place; both are built once."""
        self.wide = view.listing or bool(view.keyboard)
        self._put(self.ids.keypad, self._keypad, shown=view.digits)
        if view.keyboard:
            self._keyboard.rows = view.keyboard
        self._put(self.ids.keyboard, self._keyboard, shown=bool(view.keyboard))

    @staticmethod
    def _put(slot: object, keys: object, *, shown: bool) -> None:
        inside = keys.parent is slot
        if shown and not inside:
            slot.add_widget(keys)
        elif inside and not shown:
            slot.remove_widget(keys)


rules_beside(__file__)
