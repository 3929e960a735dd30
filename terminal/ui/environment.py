"""Kivy's environment: everything that must be said before its first import.

``import kivy`` reads the command line, replaces the root log handlers and writes into the home
folder unless told otherwise; a terminal wants none of it.  Import this module first and call
``prepare`` once, before any module that imports Kivy.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

MAX_FPS = 30
"""Frames per second: enough for a till, and half the wake-ups of 60 (measured idle CPU)."""


class TooLate(RuntimeError):
    """Kivy was imported before its environment was set."""


def prepare(
    home: Path,
    size: tuple[int, int],
    *,
    fullscreen: bool = False,
    max_fps: int = MAX_FPS,
    rotation: int = 0,
) -> None:
    """Set Kivy's environment and configuration for a window of ``size`` pixels.

    ``home`` is a writable folder for what Kivy caches. Edges are drawn smooth by the canvas
    instructions, so multisampling stays off: it costs most where a Raspberry Pi has least.

    ``rotation`` turns the picture and what is touched together, in degrees.

    ``max_fps`` 0 draws as fast as it can: pictures and tests.

    Raises:
        TooLate: Kivy was already imported.
    """
    if "kivy" in sys.modules and "KIVY_HOME" not in os.environ:
        raise TooLate("terminal.ui.environment.prepare comes before the first import of kivy")
    home.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "KIVY_NO_ARGS": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "KIVY_NO_FILELOG": "1",
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_HOME": str(home),
    }
    from kivy.config import Config  # noqa: PLC0415 - the environment comes first

    width, height = size
    for section, option, value in (
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "log_level", "warning"),
        ("graphics", "width", str(width)),
        ("graphics", "height", str(height)),
        ("graphics", "fullscreen", "auto" if fullscreen else "0"),
        ("graphics", "borderless", "1" if fullscreen else "0"),
        ("graphics", "resizable", "1"),
        ("graphics", "multisamples", "0"),
        ("graphics", "rotation", str(rotation)),
        ("graphics", "maxfps", str(max_fps)),
        ("input", "mouse", "mouse,disable_multitouch"),
    ):
        Config.set(section, option, value)


def place(left: int, top: int) -> None:
    """Open the window at this place of the desktop; called after ``prepare``."""
    from kivy.config import Config  # noqa: PLC0415 - the environment comes first

    Config.set("graphics", "position", "custom")
    Config.set("graphics", "left", str(left))
    Config.set("graphics", "top", str(top))
