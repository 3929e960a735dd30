"""``reprise run``: the terminal in a window, or on the whole screen of an appliance."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
from pathlib import Path

from terminal.app import Running, build
from terminal.cli import setup
from terminal.cli.watched import listen, pulse_of, restarts_told
from terminal.ui import environment

EXIT_FAULT = 1

log = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """Run the window until it is closed; 1 when a part of the terminal failed."""
    if (waits := setup.waiting(options.data)) is not None:
        return setup.show(options, waits)
    running = build(options.data, role=options.role)
    code = _window(running, options)
    if running.restarting:
        setup.start_anew()
    return code


def _window(running: Running, options: argparse.Namespace) -> int:
    setup.choose_screen()
    # What Kivy caches is worthless after the run: the data folder holds the shop's data only.
    with tempfile.TemporaryDirectory(prefix="reprise-kivy-") as home:
        environment.prepare(
            Path(home),
            setup.size_of(options.size),
            fullscreen=not (options.windowed or options.size),
            rotation=running.config.terminal.screen_rotation,
        )
        if options.position:
            environment.place(*(int(part) for part in options.position.split(",")))
        return asyncio.run(_serve(running, options.vitals))


async def _serve(running: Running, file: Path | None) -> int:
    # Only now: Kivy opens its window at import.
    from terminal.ui.app import TerminalApp  # noqa: PLC0415
    from terminal.ui.faces import face  # noqa: PLC0415

    pulse = pulse_of(running, window=True, file=file)
    async with pulse, running, restarts_told(running):
        app = TerminalApp(running, face(running.config.terminal.role))
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, app.stop)

        running.on_scan = app.scanned
        running.on_scanner_news = app.scanner_news
        running.scan_gate = app.scan_gate
        app.on_refresh = running.keep_gate
        app.on_frame, app.on_touched = pulse.frame_drawn, pulse.touched
        running.on_fatal = app.stop
        running.on_restart = app.stop
        listen(pulse, running, lambda: app.stage.shown if app.stage is not None else "")
        await app.async_run(async_lib="asyncio")
        pulse.stopping()
    if running.fatal is not None:
        name, error = running.fatal
        print(f"reprise: {name} failed: {error}", file=sys.stderr)
        return EXIT_FAULT
    if app.fault is not None:
        log.critical("a request failed", exc_info=app.fault)
        return EXIT_FAULT
    return 0
