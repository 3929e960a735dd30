"""Layouts that hold one widget for each of a tuple of things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from kivy.uix.widget import Widget

Thing = TypeVar("Thing")


class Refilled:
    """Mixed into a layout: its widgets are built once, kept when they are too many, and refilled.

    Building a button takes a Pi milliseconds, and Kivy keeps a part of every widget that ever was.
    """

    _spare: list[Widget] | None = None

    def make(self) -> Widget:
        """Return an empty widget."""
        raise TypeError(f"{type(self).__name__} does not say what it is filled with")

    def refill(self: Any, things: Sequence[Thing]) -> Iterator[tuple[Any, Thing]]:
        """Put as many widgets in sight as there are things; return them side by side, in order."""
        if self._spare is None:
            self._spare = []
        while len(self.children) > len(things):
            spare = self.children[0]
            self.remove_widget(spare)
            self._spare.append(spare)
        while len(self.children) < len(things):
            self.add_widget(self._spare.pop() if self._spare else self.make())
        return zip(reversed(self.children), things, strict=True)
