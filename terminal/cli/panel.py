"""``reprise demo`` with a display: the terminal's window, and the shop's devices beside it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from drivers.serve import SimulatorServer
from drivers.simulators import Bench
from terminal import config as configuration
from terminal.folder import DataFolder
from terminal.ui.panel.app import run_panel

PRINT_SPEED_MM_S = 120.0
"""As an ordinary receipt printer: slow enough to see, and to pull the plug in the middle."""
SETTLE_MS, NOISE_G = 900, 25
"""How goods come to rest on the scale: long enough to be seen."""
TERMINAL_SIZE = (1280, 800)
MARGIN = 10
"""Pixels between the two windows."""
PATIENCE = {"payment.answer_timeout_s": "120"}
"""Somebody presses the keys of this payment terminal."""
SERVED = {
    "printer": "receipt_printer",
    "scanner": "scanner",
    "poi": "poi",
    "scale": "scale",
    "display": "customer_display",
}
"""Device -> its setting; the drawer hangs on the printer."""


def run_with_panel(
    options: argparse.Namespace, shop: Callable[[Path, Mapping[str, str]], None]
) -> int:
    """Serve the devices, make the shop, and show both windows until the panel is closed."""
    bench = Bench(options.data / "bench", print_speed_mm_s=PRINT_SPEED_MM_S)
    bench.control("scale", "settle", ms=SETTLE_MS, noise_g=NOISE_G)
    bench.control("scale", "challenge", on=False)
    with ExitStack() as stack:
        addresses = {}
        for device, setting in SERVED.items():
            server = SimulatorServer(bench.simulators[device])
            stack.callback(server.close)
            addresses[f"devices.{setting}"] = server.address
        shop(options.data, {**addresses, "terminal.role": options.role, **PATIENCE})
        language = configuration.load(DataFolder(options.data).settings).terminal.language
        width, height = TERMINAL_SIZE
        command = [sys.executable, "-m", "terminal", "run", "--data", str(options.data)]
        command += ["--windowed", "--size", f"{width}x{height}", "--position", "0,0"]
        return run_panel(
            bench,
            lambda: subprocess.Popen(command),
            language=language,
            staffed=options.role == "till",
            connected=("printer", "drawer", *(name for name in SERVED if name != "printer")),
            position=(width + MARGIN, 0),
        )
