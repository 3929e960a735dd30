"""The commissioning screen: the steps beside (or above) the one at hand."""

from kivy.properties import BooleanProperty, ColorProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.gridlayout import GridLayout

from terminal.presenters.commissioning import CommissioningView, StepRow
from terminal.ui.screen import Screen, rules_beside
from terminal.ui.theme import theme
from terminal.ui.widgets import header, progress, qr  # noqa: F401 - used in the kv file
from terminal.ui.widgets.button import Tap, TapButton
from terminal.ui.widgets.refilled import Refilled
from terminal.ui.widgets.toned import Toned

CORNERS = ({"x": 0, "top": 1}, {"right": 1, "top": 1}, {"right": 1, "y": 0}, {"x": 0, "y": 0})
"""Top left, then clockwise."""


class StepTap(Tap):
    """One step of the list."""

    item = ObjectProperty(StepRow(), rebind=True)
    tone_ink = ColorProperty("#4a5875")

    def on_item(self, _: object, item: StepRow) -> None:
        self.action = item.press
        self.tone_ink = theme.ink_of(item.tone)

    def _paint(self, *args: object) -> None:
        super()._paint(*args)
        self.tone_ink = theme.ink_of(self.item.tone)


class StepGrid(Refilled, GridLayout):
    """All steps."""

    items = ObjectProperty(())

    def make(self) -> StepTap:
        return StepTap()

    def on_items(self, _: object, items: tuple[StepRow, ...]) -> None:
        for widget, item in self.refill(items):
            widget.item = item


class StepMark(Toned, BoxLayout):
    """A state: its icon and its word, in the colour of its tone."""

    SHOWS = "view"
    view = ObjectProperty(CommissioningView(), rebind=True)


class CornerLayer(FloatLayout):
    """Four targets in the corners, above everything, while they are to be touched."""

    actions = ObjectProperty(())
    live = BooleanProperty(False)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.taps = [TapButton(size_hint=(None, None), pos_hint=place) for place in CORNERS]
        for tap in self.taps:
            self.add_widget(tap)
        theme.follow(self._measure)
        self._measure()

    def _measure(self, *_: object) -> None:
        side = theme.now.touch * 1.5
        for tap in self.taps:
            tap.size = (side, side)

    def on_actions(self, _: object, actions: tuple[object, ...]) -> None:
        self.live = bool(actions)
        for tap, action in zip(
            self.taps, actions or (type(self.taps[0].action)(),) * 4, strict=True
        ):
            tap.action = action

    def on_touch_down(self, touch: object) -> bool:
        super().on_touch_down(touch)
        return bool(self.live)


class CommissioningScreen(Screen):
    view = ObjectProperty(CommissioningView(), rebind=True)


rules_beside(__file__)
