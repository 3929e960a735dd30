"""USB devices made of software, by the kernel's own gadget drivers (configfs).

Each is plugged into a socket of its own (``dummy_hcd``), where the same kernel finds it as it finds
hardware: /dev/usb/lp0, /dev/hidraw0, /dev/input/event0 and /dev/ttyACM0 are the genuine ones.
Source: Documentation/usb/gadget_configfs.rst and ABI/testing/configfs-usb-gadget* of the kernel.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CONFIGFS = Path("/sys/kernel/config/usb_gadget")
APPEAR_S = 20.0
"""A device file appears in a fraction of a second; the emulated machine may be slow."""
LOOK_S = 0.005

KEYBOARD_DESCRIPTOR = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501"
    "050819012905910295017503910395067508150025650507190029658100c0"
)
"""The boot keyboard of HID 1.11, appendix E.6."""
HID_POS_DESCRIPTOR = bytes.fromhex(
    "058c0902a101"  # bar code scanner, application
    "0912a1028502150026ff007508"  # scanned data, report 2, bytes
    "0501093b95018102"  # how many bytes of data follow
    "058c09fb09fc09fd95038102"  # the three characters of the AIM identifier
    "09fe9538820201"  # the data: 56 bytes
    "0600ff0901090295028102"  # maker's symbology, and reserved
    "058c09ff15002501750195018102"  # one bit: more follows
    "750795018103c0c0"
)
"""A scanner by the USB HID point of sale usage tables 1.02: reports of 64 bytes in all."""


def wait_for(found: Callable[[], bool], what: str, timeout_s: float = APPEAR_S) -> float:
    """Wait until ``found``; return how long it took, in seconds. Raises TimeoutError."""
    begin = time.monotonic()
    while not found():
        if time.monotonic() - begin > timeout_s:
            raise TimeoutError(f"{what} did not come within {timeout_s:g} s")
        time.sleep(LOOK_S)
    return time.monotonic() - begin


@dataclass
class Gadget:
    """One USB device with one function, in socket ``socket``."""

    name: str
    socket: int
    vendor: int
    product: int
    serial: str
    function: str
    """Kind and instance, such as ``printer.0``."""
    near: str
    """Its device file on the device's side, such as ``/dev/g_printer0``."""
    attributes: dict[str, bytes] = field(default_factory=dict)

    def make(self) -> Gadget:
        """Describe the device to the kernel, unless it is known; it is not plugged in yet."""
        folder = CONFIGFS / self.name
        if folder.exists():
            return self
        strings = folder / "strings/0x409"
        config = folder / "configs/c.1"
        function = folder / "functions" / self.function
        for made in (folder, strings, config, function):
            made.mkdir()
        (folder / "idVendor").write_text(f"{self.vendor:#06x}")
        (folder / "idProduct").write_text(f"{self.product:#06x}")
        (strings / "manufacturer").write_text("Reprise")
        (strings / "product").write_text(self.name)
        (strings / "serialnumber").write_text(self.serial)
        for attribute, value in self.attributes.items():
            (function / attribute).write_bytes(value)
        (config / function.name).symlink_to(function)
        return self

    def plug(self) -> None:
        """Push the plug in. Returns when the device's side has its file."""
        (CONFIGFS / self.name / "UDC").write_text(f"dummy_udc.{self.socket}")
        wait_for(Path(self.near).exists, self.near)

    def unplug(self) -> None:
        """Pull the plug. The device's side must have closed its file before: kernels up to 6.1
        do not survive a printer's being pulled while its file is open."""
        (CONFIGFS / self.name / "UDC").write_text("\n")


def printer(socket: int) -> Gadget:
    """A receipt printer (usblp)."""
    return Gadget(
        "printer", socket, 0x04B8, 0x0E28, "SIM0001", "printer.0", "/dev/g_printer0",
        {"pnp_string": b"MFG:REPRISE;MDL:SIM-T20;CLS:PRINTER;CMD:ESC/POS;", "q_len": b"10"},
    )  # fmt: skip


def hid_pos(socket: int) -> Gadget:
    """A scanner in HID-POS mode (hidraw)."""
    return Gadget(
        "scanner-hid-pos", socket, 0x0C2E, 0x0B61, "SIM0B61", "hid.0", "/dev/hidg0",
        {"protocol": b"0", "subclass": b"0", "report_length": b"64",
         "report_desc": HID_POS_DESCRIPTOR},
    )  # fmt: skip


def keyboard(socket: int) -> Gadget:
    """A scanner in keyboard mode (evdev): a boot keyboard."""
    return Gadget(
        "scanner-keyboard", socket, 0x0C2E, 0x0B62, "SIM0B62", "hid.1", "/dev/hidg1",
        {"protocol": b"1", "subclass": b"1", "report_length": b"8",
         "report_desc": KEYBOARD_DESCRIPTOR},
    )  # fmt: skip


def acm(socket: int) -> Gadget:
    """A scanner in USB serial mode (CDC-ACM)."""
    return Gadget("scanner-cdc", socket, 0x0C2E, 0x0B63, "SIM0B63", "acm.0", "/dev/ttyGS0")


def nodes(pattern: str) -> set[str]:
    """Return the device files that match, such as ``/dev/hidraw*``."""
    return {os.fspath(path) for path in Path("/").glob(pattern.lstrip("/"))}
