"""A grid of articles to choose from: recycled tiles."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ListProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView

from terminal.presenters.view import Row
from terminal.ui.widgets.button import Tap
from terminal.ui.widgets.card import Pill  # noqa: F401 - used in the kv file


class Tile(Tap):
    """One article: generated picture, label, price."""

    row = ObjectProperty(Row(), rebind=True)


class TileGrid(RecycleView):
    """Tiles given as ``rows``, in as many columns as fit."""

    rows = ListProperty()
    columns = NumericProperty(4)

    def on_rows(self, _: object, rows: list[Row]) -> None:
        self.data = [{"row": row} for row in rows]
        self.scroll_y = 1.0


class ArticlePicture(BoxLayout):
    """An icon on a soft tint, by department: what an article without a photograph looks like."""

    icon = ObjectProperty("")
    tint = ObjectProperty("#e7effc")


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
