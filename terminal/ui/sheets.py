"""The two sheets that every role uses; their views are in ``presenters.sheets``."""

from __future__ import annotations

from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from terminal.presenters.sheets import DialogView, EntryView
from terminal.presenters.view import Row
from terminal.ui.screen import Sheet, rules_beside
from terminal.ui.widgets import header, keys, progress, tiles  # noqa: F401 - used in the kv file
from terminal.ui.widgets.button import Tap
from terminal.ui.widgets.refilled import Refilled


class ChoiceRow(Tap):
    """One thing to choose: its words, and what it amounts to."""

    row = ObjectProperty(Row(), rebind=True)


class ChoiceRows(Refilled, BoxLayout):
    """A short list of things to choose from."""

    rows = ObjectProperty(())

    def make(self) -> ChoiceRow:
        return ChoiceRow()

    def on_rows(self, _: object, rows: tuple[Row, ...]) -> None:
        for widget, row in self.refill(rows):
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
