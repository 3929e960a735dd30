"""The paper as it comes out of the printer: a picture that grows, and older pieces above it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from kivy.animation import Animation
from kivy.core.image import Image as CoreImage
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from drivers.printer.picture import draw
from terminal.ui.theme import theme
from terminal.ui.widgets.refilled import Refilled

if TYPE_CHECKING:
    from terminal.ui.panel.bench import Piece

SCROLL_S = 0.3


class PaperPiece(Widget):
    """One piece of paper, drawn at the width it is given."""

    texture = ObjectProperty(None, allownone=True)
    torn = BooleanProperty(True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._drawn: tuple[object, ...] = ()

    def show(self, piece: Piece) -> None:
        """Draw a piece, unless it is the one already drawn."""
        wanted = (piece.n, len(piece.elements))
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self.torn = piece.n > 0
        file = BytesIO()
        draw(piece.elements, torn=self.torn).save(file, "PNG")
        file.seek(0)
        self.texture = CoreImage(file, ext="png").texture
        self.texture.mag_filter = self.texture.min_filter = "linear"


class PaperStrip(Refilled, BoxLayout):
    """The pieces, one under the other."""

    def make(self) -> PaperPiece:
        return PaperPiece()


class PaperRoll(ScrollView):
    """The pieces in sight, newest at the bottom, where the printer is."""

    pieces = ObjectProperty(())

    def on_pieces(self, _: object, pieces: tuple[Piece, ...]) -> None:
        for widget, piece in self.ids.strip.refill(pieces):
            widget.show(piece)
        if theme.motion:
            Animation.cancel_all(self, "scroll_y")
            Animation(scroll_y=0, d=SCROLL_S, t="out_quad").start(self)
        else:
            self.scroll_y = 0


Builder.load_file(str(Path(__file__).with_suffix(".kv")))
