"""What every screen is: one property, ``view``, and one verb, ``intent``.

A screen is built once, when the application starts.  A subclass declares

    view = ObjectProperty(BasketView(), rebind=True)

(with ``rebind``: without it ``.kv`` rules never follow a new view) and loads the ``.kv`` file of
the same name beside it.  Pressables in it carry ``Action``s of the view, whose intents arrive here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.floatlayout import FloatLayout

from terminal.presenters.desk import Intent
from terminal.ui.widgets.card import Ground


class Surface(FloatLayout):
    """What screens and sheets have in common."""

    view = ObjectProperty(None, rebind=True)

    def __init__(self, take: Callable[[Intent], None], **kwargs: object) -> None:
        self._take = take
        super().__init__(**kwargs)

    def intent(self, intent: Intent | None) -> None:
        """Pass on what was pressed."""
        if intent is not None:
            self._take(intent)


class Screen(Surface, Ground):
    """Base of all screens: a surface that fills the window."""


class Sheet(Surface):
    """Base of all sheets: a card over the screen, which takes no touches meanwhile."""

    def on_touch_down(self, touch: object) -> bool:
        super().on_touch_down(touch)
        return True


def rules_beside(module_file: str) -> None:
    """Load the ``.kv`` file beside a module, with all the widgets it may use."""
    Builder.load_file(str(Path(module_file).with_suffix(".kv")))
