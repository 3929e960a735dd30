"""How far something is: a bar, and the steps of a payment."""

from __future__ import annotations

from pathlib import Path

from kivy.animation import Animation
from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from terminal.ui.theme import theme
from terminal.ui.widgets import text  # noqa: F401 - its rules are used in the kv file
from terminal.ui.widgets.refilled import Refilled

SWEEP_S = 1.6
"""One pass of a bar that cannot say how far it is."""
SWEEP_PART = 0.3


class Progress(Widget):
    """A bar from 0 to 1; below 0 a part of it wanders: busy, for an unknown time."""

    value = NumericProperty(0)
    start = NumericProperty(0)
    part = NumericProperty(0)

    def on_value(self, _: object, value: float) -> None:
        Animation.cancel_all(self)
        if value >= 0:
            self.start, self.part = 0, min(1.0, value)
            return
        self.start, self.part = (0 if theme.motion else 0.15), SWEEP_PART
        if theme.motion:
            there = Animation(start=1 - SWEEP_PART, d=SWEEP_S, t="in_out_sine")
            sweep = there + Animation(start=0, d=SWEEP_S, t="in_out_sine")
            sweep.repeat = True
            sweep.start(self)


class StepRow(BoxLayout):
    """One step of a payment: done, under way or to come."""

    step = ObjectProperty(None, rebind=True)


class Steps(Refilled, BoxLayout):
    """The steps of a payment."""

    steps = ObjectProperty(())

    def make(self) -> StepRow:
        return StepRow()

    def on_steps(self, _: object, steps: tuple[object, ...]) -> None:
        for row, step in self.refill(steps):
            row.step = step


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
