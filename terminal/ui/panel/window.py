"""The Kivy application of the panel."""

from __future__ import annotations

import logging

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout

from drivers.simulation import UnknownAction
from terminal.presenters.desk import Intent
from terminal.services.requests import SteerDevice
from terminal.ui.panel.app import LOOK_S
from terminal.ui.panel.bench import Panel
from terminal.ui.panel.screen import PanelScreen
from terminal.ui.theme import register_fonts, theme

log = logging.getLogger(__name__)


class PanelStage(FloatLayout):
    """The window's one widget: keeps the theme at the window's size."""

    def on_size(self, _: object, size: list[float]) -> None:
        theme.fit(size[0], size[1])


class PanelApp(App):
    """One window, one bench."""

    title = "Reprise"

    def __init__(self, panel: Panel, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.panel = panel
        self.screen: PanelScreen | None = None

    def build(self) -> PanelStage:
        """Build the screen, once."""
        register_fonts()
        theme.role = "till"
        self.screen = PanelScreen(self.take)
        stage = PanelStage()
        stage.add_widget(self.screen)
        theme.fit(*Window.size)
        return stage

    def on_start(self) -> None:
        Window.clearcolor = theme.colour("ground")
        Clock.schedule_interval(self.refresh, LOOK_S)
        self.refresh()

    def take(self, intent: Intent) -> None:
        """Turn the knob that was pressed."""
        if isinstance(intent, SteerDevice):
            try:
                self.panel.take(intent)
            except UnknownAction:
                log.warning("%s has no knob %s", intent.device, intent.action)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the devices as they are now."""
        if self.screen is not None:
            self.screen.view = self.panel.view()
            self.screen.pieces = self.panel.paper()
