"""What is plugged in: maker, model, serial number, and what it could serve as.

``describe`` knows no udev: it takes what udev or sysfs say of a device as plain properties.
``plugged_in`` asks the machine.  Names of properties are udev's (``ID_VENDOR_ID``), the kernel's
(``HID_ID``, ``PHYS``) and sysfs' (``idVendor``), whichever there are: where no udevd runs, only
the latter two exist.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from drivers.errors import Unplugged

SUBSYSTEMS: Mapping[str, str] = {
    "usbmisc": "usblp",
    "hidraw": "hidraw",
    "input": "evdev",
    "tty": "serial",
}
"""Subsystem of the kernel -> scheme of the address of a device in it."""
MAX_DESCRIPTOR_BYTES = 4096
"""Longest HID report descriptor (HID_MAX_DESCRIPTOR_SIZE of the kernel)."""
MAX_NAME_CHARS = 64
"""What is kept of a maker's, model's or serial's text: it comes from strangers."""

POINT_OF_SALE, SCALE = 0x8C, 0x8D
"""HID usage pages: bar code scanner (HID Point of Sale Usage Tables 1.02), weighing device."""
SCANNER_MAKERS = frozenset({0x0536, 0x05E0, 0x05F9, 0x065A, 0x0C2E, 0x11FA, 0x1EAB})
"""Hand Held, Symbol (Zebra), Datalogic, Opticon, Metrologic (Honeywell), Code, Newland: a keyboard
of theirs is a scanner.  Any other keyboard may be the shop's own, and is left alone."""
_SCANNER_WORDS = ("barcode", "bar code", "scanner")
_KEY_ENTER = 28
_DIGIT_KEYS = range(2, 12)
"""KEY_1 to KEY_9 and KEY_0 (linux/input-event-codes.h)."""
_LABEL_LANGUAGES = ("ZPL", "EPL", "DPL", "TSPL")
"""Command sets that a label printer names in its IEEE 1284 identity."""


@dataclass(frozen=True, slots=True)
class UsbName:
    """A USB device by vendor and product number, and by serial number where that matters."""

    vendor: int
    product: int
    serial: str = ""
    """Serial number; of an input device the port (``phys``) will do as well; empty means any."""

    def __str__(self) -> str:
        """Return ``VID:PID[/SERIAL]`` as addresses write it."""
        serial = f"/{quote(self.serial, safe=':/')}" if self.serial else ""
        return f"{self.vendor:04x}:{self.product:04x}{serial}"


@dataclass(frozen=True, slots=True)
class Discovered:
    """A device that is plugged in now."""

    scheme: str
    """``usblp``, ``hidraw``, ``evdev`` or ``serial``."""
    node: str
    """Device file, such as ``/dev/usb/lp0``; another one after each plugging."""
    vendor: int = 0
    product: int = 0
    serial: str = ""
    port: str = ""
    """Where it is plugged in, for devices without a serial number."""
    maker: str = ""
    model: str = ""
    roles: tuple[str, ...] = ()
    """What it could serve as; empty when only a person can tell, as behind a serial adapter."""

    @property
    def address(self) -> str:
        """Address that finds this unit again after a replug; by its file when it has no name."""
        if not self.vendor:
            return f"{self.scheme}:{self.node}"
        unit = self.serial or (self.port if self.scheme == "evdev" else "")
        return f"{self.scheme}:{UsbName(self.vendor, self.product, unit)}"

    def is_called(self, name: UsbName) -> bool:
        """Tell whether a name means this device."""
        return (self.vendor, self.product) == (name.vendor, name.product) and (
            not name.serial or name.serial in (self.serial, self.port)
        )


def describe(properties: Mapping[str, str], descriptor: bytes = b"") -> Discovered | None:
    """Return what a device is; None when it is none that a till could use.

    ``descriptor`` is the HID report descriptor of a hidraw device.
    """
    scheme = SUBSYSTEMS.get(properties.get("SUBSYSTEM", ""))
    node = properties.get("DEVNAME", "")
    node = node if node.startswith("/") or not node else f"/dev/{node}"
    if scheme is None or not _is_ours(node):
        return None
    vendor, product = _numbers(properties)
    maker = _first(properties, "manufacturer", "ID_VENDOR_FROM_DATABASE", "ID_VENDOR")
    model = _first(properties, "product", "ID_MODEL", "HID_NAME", "NAME")
    roles: tuple[str, ...] = ()
    if scheme == "usblp":
        roles = _printer_roles(properties)
    elif scheme == "hidraw":
        roles = _hid_roles(descriptor)
    elif scheme == "evdev":
        roles = _keyboard_roles(properties, vendor, f"{maker} {model}")
    if scheme in ("hidraw", "evdev") and not roles:
        return None  # keyboards, mice, touch screens
    return Discovered(
        scheme,
        node,
        vendor,
        product,
        _first(properties, "serial", "ID_SERIAL_SHORT", "HID_UNIQ", "UNIQ"),
        _first(properties, "PHYS", "HID_PHYS", "ID_PATH"),
        maker,
        model,
        roles,
    )


def _is_ours(node: str) -> bool:
    return node.startswith(
        ("/dev/usb/lp", "/dev/hidraw", "/dev/input/event", "/dev/ttyACM", "/dev/ttyUSB")
    )


def _first(properties: Mapping[str, str], *names: str) -> str:
    """Return the first text there is, printable and not too long."""
    for name in names:
        text = properties.get(name, "").strip().strip('"').strip()
        if text:
            return "".join(c for c in text if c.isprintable())[:MAX_NAME_CHARS]
    return ""


def _numbers(properties: Mapping[str, str]) -> tuple[int, int]:
    """Return vendor and product number; zeros when there are none."""
    for names, parts in (
        (("idVendor", "idProduct"), None),
        (("ID_VENDOR_ID", "ID_MODEL_ID"), None),
        (("HID_ID",), (":", 1, 2)),
        (("PRODUCT",), ("/", 1, 2)),
    ):
        found = [properties.get(name, "") for name in names]
        if parts is not None:
            pieces = found[0].split(parts[0])
            found = [pieces[at] for at in parts[1:] if at < len(pieces)]
        with contextlib.suppress(ValueError):
            vendor, product = (int(text, 16) for text in found)
            return vendor & 0xFFFF, product & 0xFFFF
    return 0, 0


def _printer_roles(properties: Mapping[str, str]) -> tuple[str, ...]:
    identity = properties.get("ieee1284_id", "").upper()
    return ("label_printer",) if any(x in identity for x in _LABEL_LANGUAGES) else ("printer",)


def _hid_roles(descriptor: bytes) -> tuple[str, ...]:
    pages = {page for page, _ in top_usages(descriptor)}
    roles = (("scanner", POINT_OF_SALE), ("scale", SCALE))
    return tuple(role for role, page in roles if page in pages)


def _keyboard_roles(properties: Mapping[str, str], vendor: int, name: str) -> tuple[str, ...]:
    known = vendor in SCANNER_MAKERS or any(word in name.lower() for word in _SCANNER_WORDS)
    keys = _keys(properties.get("KEY", ""))
    types = known and {_KEY_ENTER, *_DIGIT_KEYS} <= keys
    return ("scanner",) if types else ()


def _keys(bitmap: str) -> set[int]:
    """Return the keys in the kernel's bitmap: hexadecimal words of 64 bits, the highest first."""
    keys: set[int] = set()
    with contextlib.suppress(ValueError):
        for place, word in enumerate(reversed(bitmap.strip('"').split())):
            bits = int(word, 16)
            keys.update(64 * place + bit for bit in range(64) if bits >> bit & 1)
    return keys


def top_usages(descriptor: bytes) -> list[tuple[int, int]]:
    """Return usage page and usage of each application collection (HID 1.11, 6.2.2).

    A descriptor that ends within an item, or is no descriptor, gives what was understood.
    """
    found: list[tuple[int, int]] = []
    page = usage = at = 0
    descriptor = descriptor[:MAX_DESCRIPTOR_BYTES]
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == 0xFE:  # a long item: its size stands next
            at += 3 + (descriptor[at + 1] if at + 1 < len(descriptor) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        value = int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        match prefix & 0xFC:
            case 0x04:
                page = value
            case 0x08:
                usage = value
            case 0xA0:
                if value == 1:
                    found.append((usage >> 16 or page, usage & 0xFFFF))
                usage = 0
            case 0x80 | 0x90 | 0xB0 | 0xC0:
                usage = 0  # main items end what is local
        at += 1 + size
    return found


# --- the machine ----------------------------------------------------------------------------------


def plugged_in() -> list[Discovered]:
    """Return what is plugged in now. Raises Unplugged where there is no udev."""
    import pyudev  # noqa: PLC0415 - libudev when it is asked for

    try:
        context = pyudev.Context()
    except ImportError as error:
        raise Unplugged(f"there is no udev to find devices with: {error}") from error
    found = (
        look(device)
        for subsystem in SUBSYSTEMS
        for device in context.list_devices(subsystem=subsystem)
    )
    return [device for device in found if device is not None]


def look(device: Any) -> Discovered | None:
    """Return what a device of pyudev is; None when it is none of ours, or has gone meanwhile."""
    properties = dict(device.properties)
    if not _is_ours(properties.get("DEVNAME", "")):
        return None
    for ancestor in device.ancestors:
        for name, text in _facts_of(ancestor):
            properties.setdefault(name, text)
    descriptor = b""
    if properties.get("SUBSYSTEM") == "hidraw":
        with contextlib.suppress(OSError):
            path = Path(device.sys_path) / "device" / "report_descriptor"
            descriptor = path.read_bytes()[:MAX_DESCRIPTOR_BYTES]
    return describe(properties, descriptor)


def _facts_of(ancestor: Any) -> Iterator[tuple[str, str]]:
    subsystem = ancestor.subsystem
    if subsystem in ("hid", "input"):
        for name in ("HID_ID", "HID_NAME", "HID_UNIQ", "HID_PHYS", "NAME", "UNIQ", "PHYS", "KEY"):
            if name in ancestor.properties:
                yield name, ancestor.properties[name]
    if subsystem == "input" and "PRODUCT" in ancestor.properties:
        yield "PRODUCT", ancestor.properties["PRODUCT"]
    if subsystem == "usb":
        for name in ("idVendor", "idProduct", "serial", "manufacturer", "product", "ieee1284_id"):
            if ancestor.device_type == "usb_device" or name == "ieee1284_id":
                with contextlib.suppress(KeyError, OSError):
                    yield name, ancestor.attributes.asstring(name)


def node_of(scheme: str, name: UsbName, found: list[Discovered] | None = None) -> str:
    """Return the device file of a device by its name. Raises Unplugged.

    Two devices of one name are refused rather than guessed: the message asks for the serial.
    ``found`` is what is plugged in; the machine is asked when it is not given.
    """
    devices = plugged_in() if found is None else found
    nodes = [one.node for one in devices if one.scheme == scheme and one.is_called(name)]
    if not nodes:
        raise Unplugged(f"{scheme}:{name} is not plugged in")
    if len(nodes) > 1:
        raise Unplugged(
            f"{scheme}:{name} could be {' or '.join(sorted(nodes))}: add /SERIAL to its address"
        )
    return nodes[0]
