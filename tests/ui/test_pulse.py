"""The window's pulse: a frame a second, really drawn, and a service manager that hears of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from terminal.appliance import vitals
from terminal.presenters.desk import Press

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
MOTION_FRAMES = 1000


def test_a_still_screen_is_drawn_again_at_every_heartbeat(rig):
    frames = []
    rig.app.on_frame = lambda *_: frames.append(1)
    still = False
    for _ in range(MOTION_FRAMES):
        before = len(frames)
        rig.frames(1)
        still = len(frames) == before
        if still:
            break
    assert still, "the screen never comes to rest"
    frames.clear()
    rig.app._beat(1.0)
    rig.frames(1)
    assert frames


def test_what_is_pressed_is_heard_of(rig):
    touches = []
    rig.app.on_touched = lambda: touches.append(1)
    rig.app.intent(Press("1"), touched=False)
    assert touches == []
    rig.app.intent(Press("1"))
    assert touches == [1]


def test_the_window_is_ready_once_it_shows_something(shop, tmp_path):
    """The whole program on a screen, watched as systemd watches it."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)
        told = {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "RUNTIME_DIRECTORY": str(tmp_path),
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        command = [sys.executable, "-m", "terminal", "run", "--size", "800x480", "--data"]
        window = subprocess.Popen([*command, str(shop.data)], cwd=ROOT, env={**os.environ, **told})
        try:
            heard = []
            while "READY=1" not in heard:
                heard.append(manager.recv(1000).decode())
            while manager.recv(1000).decode() != "WATCHDOG=1":
                continue
            said = vitals.read(tmp_path / "vitals.json")
        finally:
            window.terminate()
            code = window.wait(PATIENCE_S)
        while (last := manager.recv(1000).decode()) != "STOPPING=1":
            heard.append(last)
    assert (said.ready, said.screen, code) == (True, "sign_on", 0)
    assert 0 <= said.frame_ms_ago <= 5000
