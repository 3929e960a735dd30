"""Pages of devices as a till may see them: simulated, offered, away, another unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.base import Check, Health, SelfTestReport, Status
from drivers.discovery import Discovered
from terminal.core.state import AdoptedDevice
from terminal.device_settings import Devices
from terminal.devices.page import DevicesPage, Seen, make_page, surveyed
from terminal.devices.roles import addresses
from terminal.ui.samples.world import NOW_MS

PRINTER = Discovered(
    "usblp", "/dev/usb/lp0", 0x04B8, 0x0E28, "X3YT012345", "", "EPSON", "TM-T20III", ("printer",)
)
SCANNER = Discovered(
    "hidraw", "/dev/hidraw1", 0x0C2E, 0x0B61, "18158B4512", "", "Honeywell", "Voyager 1250g",
    ("scanner",),
)  # fmt: skip
LINE = Discovered(
    "serial", "/dev/ttyUSB0", 0x0403, 0x6001, "A50285BI", "", "FTDI", "FT232R USB UART"
)
KNOWN = AdoptedDevice("usblp:04b8:0e28/X3YT012345", "EPSON", "TM-T20III", "X3YT012345")
REAL = Devices(
    receipt_printer=KNOWN.address,
    scanner="hidraw:0c2e:0b61/18158B4512",
    poi="tcp:192.168.1.60:8888",
    scale="serial:0403:6001/A50285BI",
)


def pages() -> Mapping[str, DevicesPage]:
    """Return the pages by name."""
    gone = {"printer": Seen(Status(Health.ABSENT, ("unplugged",)), NOW_MS - 222_000)}
    other = replace(PRINTER, serial="X3YT099999")
    tested = SelfTestReport((Check("paper", passed=True), Check("cutter", passed=True)))
    scale = Seen(Status(Health.DEGRADED, ("stale",)), NOW_MS - 61_000, NOW_MS - 64_000)
    here = {
        "printer": Seen(
            Status(Health.READY), NOW_MS, NOW_MS - 2000,
            can_test=True, test=tested, tested_ms=NOW_MS - 600_000,
        ),
        "scale": scale,
    }  # fmt: skip
    return {
        "simulated": _page(Devices()),
        "offer": _page(Devices(), PRINTER, LINE),
        "away": _page(REAL, SCANNER, LINE, seen=gone),
        "another": _page(REAL, SCANNER, other, LINE, seen=gone),
        "real": _page(REAL, PRINTER, SCANNER, LINE, seen=here),
        "pending": _page(Devices(), PRINTER, pending={"printer": KNOWN.address}),
    }


def _page(
    devices: Devices,
    *plugged: Discovered,
    seen: Mapping[str, Seen] | None = None,
    pending: Mapping[str, str] | None = None,
) -> DevicesPage:
    adopted = {"printer": KNOWN} if devices is REAL or pending else {}
    ready = {
        role: Seen(Status(Health.READY), NOW_MS) for role, url in addresses(devices).items() if url
    }
    ready["poi"] = replace(ready["poi"], heard_ms=NOW_MS - 4000)
    found = surveyed(devices, plugged, adopted, pending=pending or {})
    return make_page(devices, found, {**ready, **(seen or {})}, pending or {})
