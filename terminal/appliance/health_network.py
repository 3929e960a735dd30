"""Network and USB, from what the kernel knows already: nobody is asked, nothing is waited for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.readings import Figure, Group, Judgement, Reading

WEAK_DBM = -75
"""Attention: below, a Wi-Fi link loses packets (usual planning value for data at 2.4 GHz). Ours."""
ARP_COMPLETE = 0x2
"""Flag of an entry of ``/proc/net/arp`` that has an answer (ATF_COM, linux/if_arp.h)."""
RTF_GATEWAY = 0x2
"""Flag of ``/proc/net/route`` (linux/route.h)."""
MAX_USB = 32
"""Devices listed; a till has ten."""
_INTERFACE = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_ROUTE_HEX = re.compile(r"[0-9A-Fa-f]{8}")


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """What is plugged in, without its serial number."""

    port: str
    vendor: str
    product: str
    name: str
    speed: str
    """Megabits per second."""


def link(files: MachineFiles) -> Reading:
    """Return whether a cable or a Wi-Fi network carries."""
    names = [path.rpartition("/")[2] for path in files.folders("sys/class/net")]
    real = [
        name
        for name in names
        if _INTERFACE.fullmatch(name) and files.folders(f"sys/class/net/{name}", "device")
    ]
    if not real:
        return Reading("link", Group.NETWORK, Judgement.UNKNOWN, "no_interface")
    up = [name for name in real if files.text(f"sys/class/net/{name}/operstate") == "up"]
    if not up:
        figures = {"interface": real[0]}
        return Reading("link", Group.NETWORK, Judgement.ATTENTION, "down", figures)
    figures_up: dict[str, Figure] = {"interface": up[0]}
    speed = files.whole(f"sys/class/net/{up[0]}/speed")
    if speed is not None and speed > 0:
        figures_up["mbit"] = speed
    signal = _signal_dbm(files, up[0])
    if signal is not None:
        figures_up["dbm"] = signal
        if signal < WEAK_DBM:
            return Reading("link", Group.NETWORK, Judgement.ATTENTION, "weak", figures_up)
    return Reading("link", Group.NETWORK, Judgement.GOOD, "", figures_up)


def _signal_dbm(files: MachineFiles, interface: str) -> int | None:
    for line in files.lines("proc/net/wireless"):
        name, _, rest = line.strip().partition(":")
        parts = rest.split()
        if name == interface and len(parts) >= 3:
            level = parts[2].rstrip(".")
            if re.fullmatch(r"-\d{1,3}", level):
                return int(level)
    return None


def address(files: MachineFiles) -> Reading:
    """Return the machine's own IPv4 address, from the kernel's routing tree."""
    found = sorted(set(_own_addresses(files)), key=_is_self_made)
    if not found:
        finding = "none" if files.lines("proc/net/fib_trie") else "unreadable"
        known = Judgement.ATTENTION if finding == "none" else Judgement.UNKNOWN
        return Reading("address", Group.NETWORK, known, finding)
    figures = {"ip": found[0]}
    if _is_self_made(found[0]):
        return Reading("address", Group.NETWORK, Judgement.ATTENTION, "self_made", figures)
    return Reading("address", Group.NETWORK, Judgement.GOOD, "", figures)


def _own_addresses(files: MachineFiles) -> list[str]:
    """Return the addresses that stand as ``/32 host LOCAL`` in the tree."""
    found, last = [], ""
    for line in files.lines("proc/net/fib_trie"):
        word = line.strip().removeprefix("|-- ")
        if _ADDRESS.fullmatch(word):
            last = word
        elif word.startswith("/32 host LOCAL") and last and not last.startswith("127."):
            found.append(last)
    return found


def _is_self_made(ip: str) -> bool:
    """Tell whether nobody gave the address: link-local (RFC 3927)."""
    return ip.startswith("169.254.")


def gateway(files: MachineFiles) -> Reading:
    """Return the way out, and whether it has answered the machine lately."""
    ip = _gateway(files)
    if not ip:
        known = bool(files.lines("proc/net/route"))
        judged = Judgement.ATTENTION if known else Judgement.UNKNOWN
        return Reading("gateway", Group.NETWORK, judged, "none" if known else "unreadable")
    figures = {"ip": ip}
    for line in files.lines("proc/net/arp")[1:]:
        parts = line.split()
        if len(parts) < 3 or parts[0] != ip:
            continue
        try:
            answered = bool(int(parts[2], 16) & ARP_COMPLETE)
        except ValueError:
            continue
        if answered:
            return Reading("gateway", Group.NETWORK, Judgement.GOOD, "", figures)
        return Reading("gateway", Group.NETWORK, Judgement.ATTENTION, "silent", figures)
    return Reading("gateway", Group.NETWORK, Judgement.UNKNOWN, "not_asked", figures)


def _gateway(files: MachineFiles) -> str:
    for line in files.lines("proc/net/route")[1:]:
        parts = line.split()
        if len(parts) < 4 or parts[1] != "00000000" or not _ROUTE_HEX.fullmatch(parts[2]):
            continue
        if not re.fullmatch(r"[0-9A-Fa-f]{1,8}", parts[3]):
            continue
        if int(parts[3], 16) & RTF_GATEWAY:
            return ".".join(str(byte) for byte in reversed(bytes.fromhex(parts[2])))
    return ""


def usb_devices(files: MachineFiles) -> tuple[UsbDevice, ...]:
    """Return what is plugged in; hubs of the machine itself are left out."""
    found = []
    for folder in files.folders("sys/bus/usb/devices"):
        port = folder.rpartition("/")[2]
        vendor = files.text(f"{folder}/idVendor")
        if not vendor or not re.fullmatch(r"\d[\d.-]{0,15}", port):
            continue
        maker = files.text(f"{folder}/manufacturer") or ""
        product = files.text(f"{folder}/product") or ""
        found.append(
            UsbDevice(
                port,
                _printable(vendor)[:4],
                _printable(files.text(f"{folder}/idProduct") or "")[:4],
                _printable(f"{maker} {product}".strip()),
                _printable(files.text(f"{folder}/speed") or "")[:6],
            )
        )
    return tuple(found[:MAX_USB])


def usb(files: MachineFiles) -> Reading:
    """Return how many devices hang on USB, and whether a port had to be switched off."""
    if not files.folders("sys/bus/usb/devices"):
        return Reading("usb", Group.DEVICES, Judgement.UNKNOWN, "unreadable")
    figures: dict[str, Figure] = {"count": len(usb_devices(files))}
    over = sum(
        files.whole(f"{port}/over_current_count") or 0
        for hub in files.folders("sys/bus/usb/devices", "*:1.0")
        for port in files.folders(hub, "*port*")
    )
    if over:
        figures["times"] = over
        return Reading("usb", Group.DEVICES, Judgement.ATTENTION, "over_current", figures)
    return Reading("usb", Group.DEVICES, Judgement.GOOD, "", figures)


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable())[:60]
