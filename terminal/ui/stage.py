"""The one widget in the window: shows the screen that is due, the sheet over it, the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kivy.animation import Animation
from kivy.uix.floatlayout import FloatLayout

from terminal.presenters.desk import Intent
from terminal.presenters.view import Banner
from terminal.ui import tokens
from terminal.ui.screen import Surface
from terminal.ui.theme import theme
from terminal.ui.widgets.header import Ribbon, Toast

RIBBON_LINES = 1.9
"""Height of the ribbon, in lines of its own text."""


class Stage(FloatLayout):
    """Holds every screen for the life of the process and puts one in sight."""

    def __init__(
        self, screens: Mapping[str, Surface], sheets: Mapping[str, Surface],
        take: Callable[[Intent], None], density: float = 0.0, **kwargs: object,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.screens = dict(screens)
        self.sheets = dict(sheets)
        self.intent = take
        self.shown = ""
        self.sheet = ""
        self._density = density
        self._toast = Toast(size_hint=(1, 1))
        self._ribbon = Ribbon()
        self.add_widget(self._toast)
        self.fbind("size", self.fit)

    def fit(self, *_: object) -> None:
        """Let every measure follow this stage's size."""
        theme.fit(self.width, self.height, self._density)
        room = self.height
        if self._ribbon.words:
            self._ribbon.width = self.width
            self._ribbon.height = theme.now.caption * RIBBON_LINES
            self._ribbon.pos = self.x, self.top - self._ribbon.height
            room -= self._ribbon.height
            theme.fit(self.width, room, self._density)
        for surface in (*self.screens.values(), *self.sheets.values()):
            surface.size_hint_y = room / self.height if self.height else 1

    def show(self, name: str, view: object) -> None:
        """Put a screen in sight with its view."""
        screen = self.screens[name]
        screen.view = view
        if name != self.shown:
            self._swap(self.screens.get(self.shown), screen, len(self.children))
            self.shown = name

    def cover(self, name: str, view: object) -> None:
        """Put a sheet over the screen, or none for an empty name."""
        sheet = self.sheets.get(name)
        if sheet is not None:
            sheet.view = view
        if name != self.sheet:
            self._swap(self.sheets.get(self.sheet), sheet, 1)
            self.sheet = name

    def mark(self, words: str) -> None:
        """Keep a ribbon of words above everything, or none; the screens give it room."""
        if words == self._ribbon.words:
            return
        self._ribbon.words = words
        if words and self._ribbon.parent is None:
            self.add_widget(self._ribbon)
        elif not words:
            self.remove_widget(self._ribbon)
        self.fit()

    def views(self) -> tuple[object, ...]:
        """Return the views in sight, the topmost first: what a key of a real keyboard may press."""
        if self.sheet:
            return (self.sheets[self.sheet].view,)
        return (self.screens[self.shown].view,) if self.shown else ()

    def say(self, banner: Banner) -> None:
        """Show a passing message, or none for an empty one."""
        self._toast.banner = banner

    def _swap(self, old: Surface | None, new: Surface | None, index: int) -> None:
        if old is not None:
            Animation.cancel_all(old, "opacity")
            self.remove_widget(old)
        if new is None:
            return
        self.add_widget(new, index=min(index, len(self.children)))
        if theme.motion:
            new.opacity = 0
            Animation(opacity=1, d=tokens.FADE_S, t="out_quad").start(new)
        else:
            new.opacity = 1
