"""The list of a sale's lines: recycled rows, so that a thousand lines cost what ten do."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView

from terminal.presenters.view import Row
from terminal.ui.widgets import button, text  # noqa: F401 - their rules are used in the kv file


class LineRow(BoxLayout):
    """One line: quantity, label and detail, amount, and a button to take it out."""

    row = ObjectProperty(Row(), rebind=True)


class LineList(RecycleView):
    """Rows given as ``rows``; the newest (or the selected one) is scrolled into sight."""

    rows = ListProperty()
    newest_last = BooleanProperty(False)

    def on_rows(self, _: object, rows: list[Row]) -> None:
        self.data = [{"row": row} for row in rows]
        chosen = next((i for i, row in enumerate(rows) if row.selected), None)
        if chosen is None or len(rows) < 2:
            self.scroll_y = 1.0
            return
        self.scroll_y = 1.0 - chosen / (len(rows) - 1)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
