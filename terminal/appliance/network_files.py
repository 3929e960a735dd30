"""The files that tell systemd-networkd, wpa_supplicant and systemd-timesyncd what was provisioned.

They are made anew in ``/run`` at every start, from what root keeps of the provisioning: the system
itself is read-only, and nothing of an older network can stay behind.  Formats: systemd.network(5),
systemd.netdev(5), timesyncd.conf(5), wpa_supplicant.conf(5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from terminal.appliance.places import HOST_NAME, NETWORKD, TIMESYNCD, WIFI
from terminal.appliance.provisioning_settings import Network

WIFI_INTERFACE = "wlan0"
CABLES = "en* eth* end*"
"""How the kernel and udev name cables (the Raspberry Pi's own is end0)."""
DEFAULT_TILL = "3001"
SECRET_MODE, OPEN_MODE = 0o600, 0o644
PSK_ROUNDS, PSK_BYTES = 4096, 32
_UNTAGGED = MappingProxyType({"LinkLocalAddressing": "no"})


def network_of(state: Mapping[str, Any]) -> tuple[Network, str]:
    """Return the network that root remembers, and the till number that names this machine."""
    tables = state["tables"]
    known = {**tables.get("network", {}), "wifi_psk": state["wifi_psk"]}
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}
    till = str(tables.get("terminal", {}).get("till_number", DEFAULT_TILL))
    return Network(**values), till


def network_files(network: Network, till_number: str) -> dict[Path, tuple[str, int]]:
    """Return every file with its text and mode, by its place on the machine."""
    name = network.hostname or f"reprise-{till_number}"
    files = {HOST_NAME: (f"{name}\n", OPEN_MODE)}
    wifi = bool(network.wifi_ssid)
    cable = _addresses(network, name, static=not wifi)
    if network.vlan:
        vlan = f"vlan{network.vlan}"
        netdev = f"[NetDev]\nName={vlan}\nKind=vlan\n\n[VLAN]\nId={network.vlan}\n"
        files[NETWORKD / "10-reprise.netdev"] = (netdev, OPEN_MODE)
        under = _section("Network", {**_UNTAGGED, "VLAN": vlan})
        files[NETWORKD / "20-reprise-cable.network"] = (_match(CABLES) + under, OPEN_MODE)
        files[NETWORKD / "20-reprise-vlan.network"] = (_match(vlan) + cable, OPEN_MODE)
    else:
        files[NETWORKD / "20-reprise-cable.network"] = (_match(CABLES) + cable, OPEN_MODE)
    if wifi:
        # A higher metric: where both are connected, the cable is taken.
        air = _match(WIFI_INTERFACE) + _addresses(network, name, static=True, metric=600)
        files[NETWORKD / "30-reprise-wifi.network"] = (air, OPEN_MODE)
        files[WIFI] = (_supplicant(network), SECRET_MODE)
    if network.ntp:
        clock = _section("Time", {"NTP": " ".join(network.ntp)})
        files[TIMESYNCD / "reprise.conf"] = (clock, OPEN_MODE)
    return files


def _match(names: str) -> str:
    return _section("Match", {"Name": names}) + "\n" + _section("Link", {"RequiredForOnline": "no"})


def _addresses(network: Network, name: str, *, static: bool, metric: int = 0) -> str:
    route = {"RouteMetric": str(metric)} if metric else {}
    dns = {"DNS": " ".join(network.dns)} if network.dns else {}
    if static and network.mode == "static":
        text = _section("Network", {"Address": network.address, **dns})
        if network.gateway:
            hop = {"Gateway": network.gateway}
            text += "\n" + _section("Route", hop | ({"Metric": str(metric)} if metric else {}))
        return "\n" + text
    dhcp = {"Hostname": name, **({"UseDNS": "no"} if network.dns else {}), **route}
    return (
        "\n"
        + _section("Network", {"DHCP": "yes", **dns})
        + "\n"
        + _section("DHCPv4", dhcp)
        + ("\n" + _section("IPv6AcceptRA", route) if route else "")
    )


def _supplicant(network: Network) -> str:
    """Return the settings of wpa_supplicant; names and keys are hexadecimal: nothing to quote."""
    ssid = network.wifi_ssid.encode()
    key = hashlib.pbkdf2_hmac("sha1", network.wifi_psk.encode(), ssid, PSK_ROUNDS, PSK_BYTES)
    return (
        f"country={network.wifi_country}\n"
        "update_config=0\n"
        "network={\n"
        f"  ssid={ssid.hex()}\n"
        "  scan_ssid=1\n"
        "  key_mgmt=WPA-PSK WPA-PSK-SHA256\n"
        "  ieee80211w=1\n"
        f"  psk={key.hex()}\n"
        "}\n"
    )


def _section(name: str, values: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in values.items())
