"""Which machine this is: its serial number, its release, its network interfaces.

Read from the kernel's files and the image's own; where there are none, nothing is said.
"""

from __future__ import annotations

import json
from pathlib import Path

from terminal import __version__
from terminal.appliance import places

MAX_TEXT = 64
SERIALS = (
    "sys/firmware/devicetree/base/serial-number",
    "sys/class/dmi/id/product_serial",
)
"""A Raspberry Pi's (device tree, ends with NUL), a computer's (DMI, often for root alone)."""
MAX_INTERFACES = 16


def machine_serial(root: Path = Path("/")) -> str:
    """Return the serial number of the board; empty when it tells none."""
    for place in SERIALS:
        try:
            text = (root / place).read_bytes()[:MAX_TEXT].decode("ascii").strip("\0 \n")
        except (OSError, UnicodeDecodeError):
            continue
        if text.isprintable() and text:
            return text
    return ""


def release(root: Path = Path("/")) -> str:
    """Return the version of the image, else that of the program."""
    try:
        said = json.loads(places.under(root, places.RELEASE).read_text("utf-8"))
        version = said["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return __version__
    return version[:MAX_TEXT] if isinstance(version, str) and version else __version__


def connected(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the network interfaces that have a carrier, the loopback left out."""
    folder = root / "sys" / "class" / "net"
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return ()
    return tuple(name for name in names[:MAX_INTERFACES] if name != "lo" and _up(folder / name))


def _up(interface: Path) -> bool:
    try:
        return (interface / "operstate").read_text("ascii").strip() == "up"
    except (OSError, UnicodeDecodeError):
        return False
