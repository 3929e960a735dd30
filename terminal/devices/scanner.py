"""The scanner as configured: which driver its address or its mode asks for, and its keyboard."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.flight import FlightRecorder
from drivers.registry import driver_class
from drivers.scanner.layouts import LAYOUTS
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.host import ScannerHost
from terminal.devices.wire import wire

log = logging.getLogger(__name__)

LAYOUT_FILE = "scanner-layout"
"""In the data folder: the layout that the calibration code showed last; one word."""
MS_PER_S = 1000


def scanner(
    devices: Devices,
    simulators: Mapping[str, Simulator],
    memory: Path,
    recorder: FlightRecorder | None = None,
) -> ScannerHost:
    """Return the scanner that is configured, not yet listened to; without a driver for none.

    ``memory`` is the file of the layout.  Raises ConfigError.
    """
    if not devices.scanner:
        return ScannerHost(None, recorder)
    transport = wire("scanner", devices.scanner, simulators, recorder)
    mode = devices.scanner_speaks
    options: dict[str, Any] = {"same_s": devices.scanner_same_ms / MS_PER_S}
    if mode == "serial":
        options["suffix"] = devices.scanner_suffix
    if mode == "keyboard":
        options |= {"layout": devices.scanner_layout, "learned": learned_layout(memory)}
    driver = driver_class(f"{mode}-scanner")(transport, **options)
    return ScannerHost(driver, recorder, lambda layout: keep_layout(memory, layout))


def learned_layout(memory: Path) -> str:
    """Return the layout that was shown last; the usual one of new scanners when none was."""
    try:
        layout = memory.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        layout = ""
    return layout if layout in LAYOUTS else "us"


def keep_layout(memory: Path, layout: str) -> None:
    """Write the layout down, all or nothing; what cannot be written is learned again."""
    beside = memory.with_suffix(".new")
    try:
        with beside.open("w", encoding="ascii") as file:
            file.write(f"{layout}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(memory)
    except OSError as error:
        log.warning("the scanner's layout %s cannot be kept: %s", layout, error)
