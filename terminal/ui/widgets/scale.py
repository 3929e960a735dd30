"""The scale on a screen: weight, unit price and price to pay, all in sight together."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty

from terminal.presenters.scale_view import ScaleView
from terminal.ui.widgets import text  # noqa: F401 - its rules are used in the kv file
from terminal.ui.widgets.card import Card


class ScaleCard(Card):
    """What the scale shows, and in words and by an icon whether it holds."""

    view = ObjectProperty(ScaleView(), rebind=True)


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
