"""The two sheets that every role uses; their views are in ``presenters.sheets``."""

from __future__ import annotations

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenters.sheets import DialogView, EntryView
from terminal.presenters.view import Row
from terminal.ui.screen import Sheet, rules_beside
from terminal.ui.widgets import header, keys, progress, tiles  # noqa: F401 - used in the kv file
from terminal.ui.widgets.button import Tap


class ChoiceRow(Tap):
    """One thing to choose: its words, and what it amounts to."""

    row = ObjectProperty(Row(), rebind=True)


class ChoiceRows(BoxLayout):
    """A short list of things to choose from, kept and refilled."""

    rows = ObjectProperty(())

    def on_rows(self, _: object, rows: tuple[Row, ...]) -> None:
        while len(self.children) > len(rows):
            self.remove_widget(self.children[0])
        while len(self.children) < len(rows):
            self.add_widget(ChoiceRow())
        for widget, row in zip(reversed(self.children), rows, strict=True):
            widget.row = row


class DialogSheet(Sheet):
    """A question or a message with its answers."""

    view = ObjectProperty(DialogView(), rebind=True)


class EntrySheet(Sheet):
    """Figures to type."""

    view = ObjectProperty(EntryView(), rebind=True)


class WordsSheet(Sheet):
    """Words to type."""

    view = ObjectProperty(EntryView(), rebind=True)


rules_beside(__file__)
