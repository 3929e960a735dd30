"""What the till's screens are made of: denser than a kiosk's, for people who know them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView
from kivy.uix.stacklayout import StackLayout
from kivy.uix.widget import Widget

from terminal.presenters.till.form import FieldView
from terminal.presenters.till.heading import Dot, Fact, Heading
from terminal.presenters.till.table import Columns, TableRow
from terminal.presenters.till.tender import TenderRow
from terminal.presenters.till.total import TotalZone
from terminal.presenters.view import Action, Row
from terminal.ui.widgets import header, keys, progress, status  # noqa: F401 - used in kv files
from terminal.ui.widgets.button import Tap, TapButton
from terminal.ui.widgets.card import Card
from terminal.ui.widgets.emit import emit
from terminal.ui.widgets.refilled import Refilled
from terminal.ui.widgets.toned import Toned


class Strip(Refilled, BoxLayout):
    """Widgets for a tuple of values: kept and refilled, never built anew."""

    items = ObjectProperty(())

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.fbind("items", self._fill)
        self._fill()

    def make(self) -> Widget:
        """Return an empty widget with a property ``item``."""
        return FactPair()

    def _fill(self, *_: object) -> None:
        for widget, item in self.refill(self.items or ()):
            widget.item = item


class FactPair(BoxLayout):
    """A name and its value, side by side, as wide as they are."""

    item = ObjectProperty(Fact(), rebind=True)


class FactRow(BoxLayout):
    """A name at the left and its value at the right."""

    item = ObjectProperty(Fact(), rebind=True)


class FactList(Strip):
    """Facts, one under the other."""

    def make(self) -> Widget:
        return FactRow()


class DeviceDot(Toned, BoxLayout):
    """A device: an icon of its state, and its name where there is room or trouble."""

    item = ObjectProperty(Dot(), rebind=True)


class DotStrip(Strip):
    """The devices of the till."""

    def make(self) -> Widget:
        return DeviceDot()


class HeadingBar(BoxLayout):
    """Top line of every till screen (SAL-01)."""

    heading = ObjectProperty(Heading(), rebind=True)


class TableRowLine(ButtonBehavior, BoxLayout):
    """One line of the sale; a touch selects it."""

    row = ObjectProperty(TableRow(), rebind=True)
    columns = ObjectProperty(Columns())

    def on_release(self) -> None:
        emit(self, self.row.press.intent)


class LineTable(BoxLayout):
    """The lines of the sale under the names of their columns; the selected one stays in sight."""

    columns = ObjectProperty(Columns(), rebind=True)
    rows = ListProperty()

    def __init__(self, **kwargs: object) -> None:
        self._showing = Clock.create_trigger(self._show_chosen, -1)
        super().__init__(**kwargs)

    def on_kv_post(self, _: object) -> None:
        self.ids.lines.fbind("size", self._showing)
        self.ids.lines.layout_manager.fbind("height", self._showing)

    def on_rows(self, _: object, rows: list[TableRow]) -> None:
        self.ids.lines.data = [{"row": row} for row in rows]
        self._showing()

    def _show_chosen(self, *_: object) -> None:
        """Scroll no further than it takes to have the selected line in sight."""
        lines: RecycleView = self.ids.lines
        row = lines.layout_manager.default_size[1]
        hidden = len(self.rows) * row - lines.height
        if hidden <= 0:
            lines.scroll_y = 1.0
            return
        chosen = next((i for i, line in enumerate(self.rows) if line.selected), 0)
        top = (1.0 - lines.scroll_y) * hidden
        top = min(max(top, (chosen + 1) * row - lines.height), chosen * row)
        lines.scroll_y = 1.0 - min(1.0, max(0.0, top / hidden))


class TotalCard(Card):
    """What there is to pay, on the darkest surface of the screen."""

    zone = ObjectProperty(TotalZone(), rebind=True)
    level = NumericProperty(54)


class ActionKey(Tap):
    """An action of the pad: icon, words, and the function key that does the same."""

    item = ObjectProperty(Action())

    def on_item(self, _: object, action: Action) -> None:
        self.action = action


class ActionPad(BoxLayout):
    """Eight actions in two rows of four; where there are more, the rows are longer."""

    actions = ObjectProperty(())
    COLUMNS = 4

    def on_actions(self, _: object, actions: tuple[Action, ...]) -> None:
        half = max(self.COLUMNS, -(-len(actions) // 2))
        self.ids.top.items = actions[:half]
        self.ids.bottom.items = actions[half:]


class KeyStrip(Strip):
    """A row of action keys."""

    def make(self) -> Widget:
        return ActionKey()


class TabStrip(header.ActionRow):
    """Tabs: the chosen one is dark."""

    def make(self) -> TapButton:
        return TabButton()

    def _fill(self, *_: object) -> None:
        super()._fill()
        for button in self.children:
            button.variant = "night" if button.action.chosen else "plain"
            button.action = replace(button.action, chosen=False)


class TabButton(TapButton):
    """One tab."""


class FieldBox(ButtonBehavior, BoxLayout):
    """One field of a dialog: name, value, and a caret when it is the active one."""

    item = ObjectProperty(FieldView(), rebind=True)

    def on_release(self) -> None:
        emit(self, self.item.press.intent)


class FieldList(Strip):
    """The fields of a dialog."""

    def make(self) -> Widget:
        return FieldBox()


class Chip(TapButton):
    """A ready answer, as wide as its words."""


class Chips(Refilled, StackLayout):
    """Ready answers, wrapped."""

    actions = ObjectProperty(())

    def make(self) -> Chip:
        return Chip()

    def on_actions(self, _: object, actions: tuple[Action, ...]) -> None:
        for chip, action in self.refill(actions):
            chip.action = action


class PickRow(ButtonBehavior, BoxLayout):
    """One row to pick from."""

    row = ObjectProperty(Row(), rebind=True)

    def on_release(self) -> None:
        emit(self, self.row.press.intent)


class PickList(RecycleView):
    """Rows to pick from, recycled."""

    rows = ListProperty()

    def on_rows(self, _: object, rows: list[Row]) -> None:
        self.data = [{"row": row} for row in rows]
        self.scroll_y = 1.0


class TenderLine(Toned, BoxLayout):
    """One tender of the sale, with its status in words and colour."""

    SHOWS = "row"
    row = ObjectProperty(TenderRow(), rebind=True)


class TenderList(RecycleView):
    """The tenders of the sale, newest first."""

    rows = ListProperty()

    def on_rows(self, _: object, rows: list[TenderRow]) -> None:
        self.data = [{"row": row} for row in rows]
        self.scroll_y = 1.0


class BigButton(TapButton):
    """The one primary act of a screen, with its function key beside it."""

    key = StringProperty("")


class Bullet(BoxLayout):
    """A numbered sentence."""

    n = StringProperty("")
    words = StringProperty("")
    flowing = BooleanProperty(True)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
