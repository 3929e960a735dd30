"""The two media of a machine: the shop's data partition, and what the devices remember.

The shop's lies on a disk that loses what was not flushed.  The other one is honest: approvals of
the payment terminal and paper that came out are facts of the world; no power cut takes them back.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from image.layout import DATA_FORM
from tests.conftest import Shop

SHOP_MB, DEVICES_MB = 64, 16
NEXT_DAY_MS = 86_400_000
FIRST_DAY_MS = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris."""
SETTINGS = (
    "fiscal.regime=france",
    "payment.answer_timeout_s=5",
    "payment.enquiry_window_s=2",
    "payment.enquiry_timeout_s=2",
)
CSV_FOLDER = "reprise"


def make(shop: Path, devices: Path) -> None:
    """Make a new till's data partition and its devices without memory."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "partition"
        top.mkdir()
        Shop(top / CSV_FOLDER).create(*SETTINGS)
        (top / f"{CSV_FOLDER}.csv").unlink()
        (top / CSV_FOLDER / "simulators").mkdir()
        _format(shop, SHOP_MB, top)
        empty = Path(folder) / "devices"
        empty.mkdir()
        _format(devices, DEVICES_MB, empty)


def _format(medium: Path, megabytes: int, folder: Path) -> None:
    with medium.open("wb") as file:
        file.truncate(megabytes << 20)
    options = ["-q", "-F", *DATA_FORM, "-E", "lazy_itable_init=0,lazy_journal_init=0"]
    _tool("mke2fs", *options, "-d", str(folder), str(medium))


def check(medium: Path) -> str:
    """Return what fsck says of a medium that was taken out in order; empty when it is clean."""
    done = subprocess.run(
        [_path("e2fsck"), "-f", "-n", str(medium)], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def take_out(shop: Path, devices: Path, to: Path) -> Path:
    """Copy the data folder, with the devices' memory in it, out of the media."""
    to.mkdir()
    _tool("debugfs", "-R", f"rdump /{CSV_FOLDER} {to}", str(shop))
    memory = to / CSV_FOLDER / "simulators"
    _tool("debugfs", "-R", f"rdump / {memory}", str(devices))
    return to / CSV_FOLDER


def _tool(name: str, *arguments: str) -> None:
    subprocess.run([_path(name), *arguments], check=True, capture_output=True)


def _path(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if found is None:
        raise SystemExit(f"{name} is needed: install the package e2fsprogs")
    return found
