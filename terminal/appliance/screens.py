"""Which screen the terminal draws on: the graphics card that has one plugged in, now.

A Raspberry Pi 5 has three cards (display, 3D, ribbon cables) whose numbers change from start to
start, and SDL opens the first that it can: with a picture on another one it shows nothing.  The
kernel says in ``/sys/class/drm`` what each connector has behind it (drm-kms(7)): a connector counts
when it is ``connected`` and knows a mode.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DRM = Path("sys/class/drm")
_CONNECTOR = re.compile(r"card(\d+)-(.+)")
VIRTUAL = ("Writeback",)
"""Connectors that nobody looks at."""
LOOK_S = 0.5
WAIT_S = 20.0
"""A monitor that was asleep answers within seconds; after this the start fails, says why, and is
tried again."""


class NoScreen(OSError):
    """No screen is plugged in; the text names the connectors that were looked at."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A connector with a screen behind it."""

    card: int
    """Number of ``/dev/dri/cardN``: what SDL wants as its device index."""
    connector: str
    """``HDMI-A-1``, ``DSI-1``."""
    mode: str
    """The preferred mode, ``1920x1080``."""


def screens(root: Path = Path("/")) -> tuple[Screen, ...]:
    """Return the screens that are plugged in, by card and connector."""
    found = []
    for folder in sorted((root / DRM).glob("card*-*"), key=_order):
        named = _CONNECTOR.fullmatch(folder.name)
        if named is None or named[2].startswith(VIRTUAL) or _read(folder / "status") != "connected":
            continue
        modes = _read(folder / "modes").split()
        if modes:
            found.append(Screen(int(named[1]), named[2], modes[0]))
    return tuple(found)


def wait_for_screen(
    root: Path = Path("/"),
    *,
    wait_s: float = WAIT_S,
    pause: Callable[[float], None] = time.sleep,
) -> Screen:
    """Return the screen to draw on: the first that is plugged in.

    Raises:
        NoScreen: none was plugged in within ``wait_s`` seconds.
    """
    for look in range(1 + round(wait_s / LOOK_S)):
        if look:
            pause(LOOK_S)
        found = screens(root)
        if found:
            return found[0]
    names = [folder.name.partition("-")[2] for folder in sorted((root / DRM).glob("card*-*"))]
    raise NoScreen(f"no screen is plugged in; connectors: {', '.join(names) or 'none'}")


def _order(folder: Path) -> tuple[int, str]:
    named = _CONNECTOR.fullmatch(folder.name)
    return (int(named[1]), named[2]) if named else (0, "")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
