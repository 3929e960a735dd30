"""Keys on the screen: a keypad for figures, a keyboard for words."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from terminal.presenters.desk import BACKSPACE, CLEAR, Press
from terminal.presenters.view import Action
from terminal.ui.widgets.button import TapButton

_PAD = ("7", "8", "9", "4", "5", "6", "1", "2", "3", CLEAR, "0", BACKSPACE)
_NO_CAPITAL = "ß"
_SIGNS = {CLEAR: Action("", "x", Press(CLEAR)), BACKSPACE: Action("", "delete", Press(BACKSPACE))}


def key_action(char: str) -> Action:
    """Return the action of a key."""
    if char in _SIGNS:
        return _SIGNS[char]
    if char == " ":
        return Action("", "space", Press(" "))
    return Action(char if char in _NO_CAPITAL else char.upper(), "", Press(char))


class Key(TapButton):
    """One key."""


class Keypad(GridLayout):
    """Digits, clear and backspace, in the order of a calculator or of a telephone."""

    telephone = BooleanProperty(True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(cols=3, **kwargs)
        order = (*_PAD[6:9], *_PAD[3:6], *_PAD[0:3], *_PAD[9:]) if self.telephone else _PAD
        for char in order:
            self.add_widget(Key(action=key_action(char)))


class Keyboard(BoxLayout):
    """Letters and digits, as ``rows`` of a language's usual keyboard."""

    rows = ObjectProperty(())
    shown = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        self._built: dict[tuple[str, ...], tuple[KeyRow, ...]] = {}
        """By layout. Shoppers change the language all day, and Kivy keeps a part of every key."""
        super().__init__(**kwargs)

    def on_rows(self, _: object, rows: tuple[str, ...]) -> None:
        """Show the keys of a layout; a language that comes back finds its own again."""
        if rows not in self._built:
            self._built[rows] = tuple(KeyRow.of(row) for row in rows)
        self.clear_widgets()
        for line in self._built[rows]:
            self.add_widget(line)


class KeyRow(BoxLayout):
    """One row of a keyboard."""

    @classmethod
    def of(cls, characters: str) -> KeyRow:
        """Build the keys of a row."""
        line = cls()
        for char in characters:
            line.add_widget(Key(action=key_action(BACKSPACE if char == "\b" else char)))
        return line


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
