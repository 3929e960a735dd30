"""How a widget says what was pressed: the intent goes up to the first parent that takes it."""

from __future__ import annotations

from kivy.uix.widget import Widget

from terminal.presenters.desk import Intent


class Adrift(RuntimeError):
    """A pressed widget stands in no screen: a fault in how screens are put together."""


def emit(widget: Widget, intent: Intent | None) -> None:
    """Hand ``intent`` to the screen that ``widget`` stands in; None means nothing to say."""
    if intent is None:
        return
    here = widget
    while here is not None and here is not getattr(here, "parent", None):
        take = getattr(here, "intent", None)
        if callable(take):
            take(intent)
            return
        here = here.parent
    raise Adrift(type(widget).__name__)
