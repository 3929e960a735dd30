"""``reprise run`` on a machine that has no settings yet, or whose card holds wrong or new ones."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from terminal import config as configuration
from terminal.appliance import places, restore_state
from terminal.appliance.notify import Notifier
from terminal.appliance.screens import wait_for_screen
from terminal.clock import SystemClock
from terminal.devices.any_scanner import AnyScanner
from terminal.devices.media import Machine
from terminal.folder import DataFolder
from terminal.services import provision_result
from terminal.services.copy_offer import CopyOffer, StickWatch
from terminal.services.provision_result import FAILED, WAITS, WRONG, ProvisionResult
from terminal.services.provisioning import Request
from terminal.services.support_pin import opens
from terminal.settings import ConfigError
from terminal.ui import environment
from terminal.whole_files import write_volatile

if TYPE_CHECKING:
    from terminal.ui.setup.app import SetupApp

log = logging.getLogger(__name__)

DEFAULT_SIZE = (1280, 800)
LOOK_S = 0.5
"""Between two looks for the answer of the provisioning."""
STICK_S = 2.0
"""Between two looks for a stick with a second copy."""
SCANNERS_S = 2.0
"""Between two looks for scanners."""
BEAT_S = 1.0
SHOWN = "provision-shown"
"""In the runtime folder: which result was shown; a restart does not show it again."""


def size_of(text: str) -> tuple[int, int]:
    """Read ``1280x800``; ValueError when it is something else."""
    width, _, height = text.partition("x")
    return (int(width), int(height)) if text else DEFAULT_SIZE


def start_anew() -> None:
    """Start the program anew.

    A new process, so that nothing of the one side is left on the other; same number, so that
    whoever watches over this process sees no stop.
    """
    os.execv(sys.executable, [sys.executable, "-m", "terminal", *sys.argv[1:]])  # noqa: S606


def choose_screen() -> None:
    """Without a desktop, draw on the graphics card that has a screen. Raises NoScreen."""
    if os.environ.get("SDL_VIDEODRIVER") != "kmsdrm":
        return
    Notifier.from_environment().status("waiting for a screen")
    screen = wait_for_screen()
    log.info("the screen is %s of card %d, %s", screen.connector, screen.card, screen.mode)
    os.environ["SDL_KMSDRM_DEVICE_INDEX"] = str(screen.card)


def waiting(data: Path, root: Path = Path("/")) -> ProvisionResult | None:
    """Return what has to be shown before the terminal; None where it can start.

    On a machine that nothing provisions (no appliance) there is never anything.
    """
    path = places.under(root, places.PROVISION_STATE)
    result = provision_result.read(path)
    provisioned = DataFolder(data).settings.exists()
    if not provisioned:
        if result is not None and not result.provisioned:
            return result
        return ProvisionResult(FAILED) if path.parent.is_dir() else None
    if result is None or result.state not in (WRONG, WAITS):
        return None
    shown = places.under(root, places.RUN) / SHOWN
    with suppress(OSError):
        if shown.read_text() == _stamp(path):
            return None
    return replace(result, provisioned=True)


def show(options: argparse.Namespace, result: ProvisionResult) -> int:
    """Show it until the terminal can start; then start it. Returns the exit code."""
    ended = _window(options, result)
    if ended is None:  # asked to stop
        return 0
    if not result.provisioned and "INVOCATION_ID" in os.environ:
        return 0  # the service manager starts this anew, behind the making of the signing key
    start_anew()
    return 1  # never reached


class _Files:
    """The provisioning, reached by files: a request here, a result there."""

    def __init__(self, data: Path, root: Path) -> None:
        self._folder = DataFolder(data)
        self._request = places.under(root, places.PROVISION_REQUEST)
        self.state = places.under(root, places.PROVISION_STATE)
        self._shown = places.under(root, places.RUN) / SHOWN
        self._restore = places.under(root, places.RESTORE_REQUEST)
        self.restoring = places.under(root, places.RESTORE_STATE)
        self.sticks = StickWatch(Machine(), places.under(root, places.BOOT_SETTINGS))

    def ask(self, request: Request) -> None:
        plain = {"ask": request.ask, "codes": request.codes}
        write_volatile(self._request, json.dumps(plain).encode(), 0o600)

    def opens(self, pin: str) -> bool:
        try:
            return opens(self._folder, self._folder.key.read_bytes(), pin)
        except OSError:
            return False

    def restore(self, offer: CopyOffer, operator: str, pin: str) -> None:
        plain = {
            "copy": str(offer.folder),
            "operator": operator,
            "pin": pin,
            "articles": str(offer.articles or ""),
        }
        write_volatile(self._restore, json.dumps(plain).encode(), 0o600)

    def now_ms(self) -> int:
        return SystemClock().now_ms()

    def remember_shown(self) -> None:
        with suppress(OSError):
            write_volatile(self._shown, _stamp(self.state).encode())


def _window(options: argparse.Namespace, result: ProvisionResult) -> ProvisionResult | None:
    choose_screen()
    with tempfile.TemporaryDirectory(prefix="reprise-kivy-") as home:
        environment.prepare(
            Path(home),
            size_of(options.size),
            fullscreen=not (options.windowed or options.size),
            rotation=_rotation(options.data, result),
        )
        if options.position:
            environment.place(*(int(part) for part in options.position.split(",")))
        return asyncio.run(_serve(_Files(options.data, Path("/")), result))


async def _serve(machine: _Files, result: ProvisionResult) -> ProvisionResult | None:
    # Only now: Kivy opens its window at import.
    from terminal.ui.setup.app import SetupApp  # noqa: PLC0415

    app = SetupApp(machine, result)
    notifier = Notifier.from_environment()
    drawn = asyncio.Event()
    app.on_frame = drawn.set
    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()

    def end() -> None:
        asked_to_stop.set()
        app.stop()

    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, end)

    async def beat() -> None:
        await drawn.wait()
        notifier.ready()
        while True:
            await drawn.wait()
            drawn.clear()
            notifier.alive()
            app.beat()
            await asyncio.sleep(BEAT_S)

    kept = (beat(), _listen(machine, app), _watch_sticks(machine, app), _watch_scanners(app))
    tasks = [asyncio.ensure_future(one) for one in kept]
    try:
        await app.async_run(async_lib="asyncio")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()
    if not app.desk.restore.open:  # else what became of the card's file is still to be shown
        machine.remember_shown()
    return None if asked_to_stop.is_set() else app.desk.result


async def _listen(machine: _Files, app: SetupApp) -> None:
    """Hand the answers of the provisioning and of the restoring to the screen, for ever."""
    heard, restored = _stamp(machine.state), ""
    while True:
        if (stamp := _stamp(machine.restoring)) != restored:
            restored = stamp
            app.restoring(restore_state.load(machine.restoring))
        await asyncio.sleep(LOOK_S)
        if (stamp := _stamp(machine.state)) != heard:
            heard = stamp
            if (news := provision_result.read(machine.state)) is not None:
                app.heard(news)


async def _watch_sticks(machine: _Files, app: SetupApp) -> None:
    """Say which stick with a second copy is plugged in, as long as this machine is nobody's."""
    while not app.desk.result.provisioned:
        if not app.desk.restore.working:
            app.offered(await asyncio.to_thread(machine.sticks.look))
        await asyncio.sleep(STICK_S)


async def _watch_scanners(app: SetupApp) -> None:
    """Hand over what scanners with a line of their own read; one that types, the window hears."""
    scanners = AnyScanner(app.read)
    try:
        while True:
            await scanners.look()
            await asyncio.sleep(SCANNERS_S)
    finally:
        await scanners.close()


def _rotation(data: Path, result: ProvisionResult) -> int:
    try:
        return configuration.load(DataFolder(data).settings).terminal.screen_rotation
    except ConfigError:
        return result.rotation


def _stamp(path: Path) -> str:
    try:
        return str(path.stat().st_mtime_ns)
    except OSError:
        return ""
