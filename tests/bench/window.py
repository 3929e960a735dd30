"""The real window, watched: says when its first and every asked-for frame was drawn.

Run as a process of its own: ``window.py DATA ROLE SIZE``.  Every line on its standard input is a
code to scan; every line on its standard output is a JSON object:
``{"at_s", "pid", "lines"}`` when the resumed sale is in sight (seconds since the machine started),
then ``{"frame_s", "screen"}`` for each scan, from its delivery to the frame that shows it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Watch:
    """Looks at every frame."""

    def __init__(self, running: Any, app: Any) -> None:
        self._running = running
        self._app = app
        self._first = True
        self._scanned_s = 0.0
        self._view: object = None
        self._lines = 0
        self._changed = False
        running.subscribe(self._look)

    def scan(self, code: str) -> None:
        """Deliver a code as the scanner's thread does."""
        from terminal.services.requests import Scan

        self._lines = self._count()
        self._changed = False
        self._scanned_s = time.monotonic()
        self._running.on_scan(Scan(code))

    def _count(self) -> int:
        sale = self._running.state.sale
        return len(sale.lines) if sale else 0

    def _shown(self) -> object:
        stage = self._app.stage
        return stage.screens[stage.shown].view if stage and stage.shown else None

    def _look(self) -> None:
        """Remember the view that was in sight when the state changed: the next one shows it."""
        if self._scanned_s and not self._changed and self._count() > self._lines:
            self._changed = True
            self._view = self._shown()

    def drawn(self, *_: object) -> None:
        """A frame is on the screen."""
        now = time.monotonic()
        if self._first:
            if self._shown() is not None and not self._running.terminal.recovering:
                self._first = False
                tell(
                    at_s=time.clock_gettime(time.CLOCK_BOOTTIME),
                    pid=os.getpid(),
                    lines=self._count(),
                )
        elif self._changed and self._shown() is not self._view:
            self._changed = False
            tell(frame_s=now - self._scanned_s, screen=self._app.stage.shown)
            self._scanned_s = 0.0


def tell(**figures: object) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


async def serve(running: Any) -> None:
    """Show the terminal as ``reprise run`` does, until the input ends."""
    from kivy.core.window import Window

    from terminal.ui.app import TerminalApp
    from terminal.ui.faces import face

    async with running:
        app = TerminalApp(running, face(running.config.terminal.role))
        running.on_scan = app.intent
        watch = Watch(running, app)
        Window.bind(on_flip=watch.drawn)

        def heard() -> None:
            line = sys.stdin.readline()
            if line:
                watch.scan(line.strip())
            else:
                loop.remove_reader(sys.stdin)
                app.stop()

        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, heard)
        await app.async_run(async_lib="asyncio")


def main() -> None:
    from terminal.app import build
    from terminal.cli.setup import size_of
    from terminal.ui import environment

    data, role, size = sys.argv[1:]
    running = build(Path(data), role=role)
    with tempfile.TemporaryDirectory(prefix="reprise-kivy-") as home:
        environment.prepare(Path(home), size_of(size))
        asyncio.run(serve(running))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
