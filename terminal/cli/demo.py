"""``reprise demo``: sell at once, on simulated devices and sample data.

With a display: the terminal in a window and, beside it, a panel with the devices.  Without one: the
same terminal plays a story on a virtual display and leaves pictures of its screens.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from terminal import config as configuration
from terminal.app import build
from terminal.cli import init
from terminal.cli.playback import STORIES, play
from terminal.folder import DataFolder

VIRTUAL_DISPLAY = ("xvfb-run", "-a", "-s", "-screen 0 1920x1200x24")
MAX_RESTARTS = 20
"""A story has a few power cuts; more restarts than this mean that it does not get on."""
FRENCH = {"fiscal.regime": "france"}
"""The sample shop is in France: its receipts are signed from the first one on."""
ROLE_VARIABLE = "REPRISE_DEMO_SCENE"


def run(options: argparse.Namespace) -> int:
    """Run the demonstration; returns the exit code."""
    scene = os.environ.get(ROLE_VARIABLE)
    if scene is not None:
        play(build(options.data, role=options.role), options.role, options.pictures, int(scene))
        return 0
    if options.scripted:
        return _play_stories(options)
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return _with_panel(options)
    print("There is no display here: a story is played on a virtual one instead.")
    if shutil.which(VIRTUAL_DISPLAY[0]) is None:
        print("reprise: xvfb-run is missing; install xvfb and xauth", file=sys.stderr)
        return 1
    arguments = ["--data", str(options.data), "--pictures", str(options.pictures), "--scripted"]
    command = (*VIRTUAL_DISPLAY, sys.executable, "-m", "terminal", "demo", *arguments)
    return subprocess.call(command, env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"})


def sample_articles() -> Path:
    """Return the sample catalogue that ships with the program."""
    return Path(str(files("terminal") / "sample" / "articles.csv"))


def _shop(data: Path, settings: Mapping[str, str]) -> None:
    """Make the demonstration's shop, or set an existing one up for today's devices."""
    folder = DataFolder(data)
    if not folder.settings.exists():
        wanted = FRENCH | dict(settings)
        init.make(data, sample_articles(), [f"{key}={value}" for key, value in wanted.items()])
        return
    config = configuration.with_settings(configuration.load(folder.settings), settings)
    folder.settings.write_text(configuration.dump(config), encoding="utf-8")


# --- without a display ----------------------------------------------------------------------------


def _play_stories(options: argparse.Namespace) -> int:
    options.pictures.mkdir(parents=True, exist_ok=True)
    for role in STORIES:
        data = options.data / f"story-{role}"
        if data.exists():
            shutil.rmtree(data)
        _shop(data, {"payment.enquiry_window_s": "5"})
        print(f"{role}: playing ...", flush=True)
        if not _play_story(data, role, options.pictures):
            return 1
    taken = sorted(options.pictures.glob("*.png"))
    print(f"{len(taken)} pictures in {options.pictures}:")
    for picture in taken:
        print(f"  {picture.name}")
    return 0


def _play_story(data: Path, role: str, pictures: Path) -> bool:
    """Run the story's process, and again after every power cut in it."""
    bookmark = pictures / ".next"
    bookmark.write_text("0", encoding="ascii")
    command = [sys.executable, "-m", "terminal", "demo", "--data", str(data), "--role", role]
    for _ in range(MAX_RESTARTS):
        environment = {**os.environ, ROLE_VARIABLE: bookmark.read_text(encoding="ascii")}
        code = subprocess.call([*command, "--pictures", str(pictures)], env=environment)
        if code == 0:
            bookmark.unlink()
            return True
        if code != -signal.SIGKILL:
            break
        print(f"{role}: the plug was pulled; power is back", flush=True)
    print(f"reprise: the {role}'s story ended early", file=sys.stderr)
    return False


# --- with a display -------------------------------------------------------------------------------


def _with_panel(options: argparse.Namespace) -> int:
    from terminal.cli.panel import run_with_panel  # noqa: PLC0415 - opens a window at import

    return run_with_panel(options, _shop)
