"""What the shop's settings open on the machine: keyboards on a till, ports in its firewall.

The machine starts closed (``systemd/61-reprise-inputs.rules``, ``nftables.conf`` of the image): no
keyboard types, nothing is served, only well-known ports are reached.  From the settings follows
what has to be open, and nothing else is: rules for udev and elements for nftables, written to
``/run`` at each start.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, fields
from pathlib import Path

from terminal.appliance import places
from terminal.config import Config
from terminal.settings import MAX_PORT
from terminal.whole_files import write_volatile

KEY_RULES = Path("/run/udev/rules.d/55-reprise-keys.rules")
PORTS = Path("/run/reprise-access/ports.nft")
HTTPS = 443
_USB = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})", re.IGNORECASE)
_PORT = re.compile(r"(?:tcp|tls):.*:(\d{1,5})$")


@dataclass(frozen=True, slots=True)
class Access:
    """What is opened for one shop's settings."""

    keyboards: bool
    """Any keyboard may type: a till has staff in front of it, a kiosk has strangers."""
    scanners: tuple[tuple[str, str], ...] = ()
    """USB (vendor, product), hexadecimal, of a scanner that types and is this terminal's own."""
    served: tuple[int, ...] = ()
    """TCP ports that others may connect to."""
    reached: tuple[int, ...] = ()
    """TCP ports beyond the shop's network that the terminal connects to."""
    fetched: tuple[int, ...] = ()
    """TCP ports of the server that updates are fetched from."""


UNSET = Access(keyboards=True)
"""A machine without a shop: nothing to break out of, and its code may come from any scanner."""


def access_of(config: Config) -> Access:
    """Return what these settings need."""
    scanner = config.devices.scanner
    named = _USB.search(scanner) if scanner.startswith("evdev:") else None
    addresses = (getattr(config.devices, one.name) for one in fields(config.devices))
    told = (int(hit[1]) for text in addresses if (hit := _PORT.match(_bare(text))))
    # One that there is not would cost all of them: the firewall takes them together or not at all.
    ports = {port for port in told if 0 < port <= MAX_PORT}
    if config.delivery.mail_server:
        ports.add(config.delivery.mail_port)
    if config.head_office.url:
        ports.add(_port_of(config.head_office.url))
    served = config.delivery.web_listen.rpartition(":")[2]
    return Access(
        keyboards=config.terminal.role != "kiosk",
        scanners=((named[1].lower(), named[2].lower()),) if named else (),
        served=(int(served),) if served else (),
        reached=tuple(sorted(ports)),
        fetched=(_port_of(config.updates.url),) if config.updates.url else (),
    )


def _port_of(url: str) -> int:
    """Return the port of an address of the web that the settings accepted."""
    return urllib.parse.urlsplit(url).port or HTTPS


def _bare(address: object) -> str:
    """Return an address without its options; what is no text is none."""
    return address.partition("?")[0] if isinstance(address, str) else ""


def key_rules(access: Access) -> str:
    """Return rules for udev that name what may type."""
    lines = ["# Written at each start from the shop's settings (reprise-access.service)."]
    if access.keyboards:
        lines.append('SUBSYSTEM=="input", ENV{REPRISE_KEYS}="allowed"')
    lines += [
        f'SUBSYSTEM=="input", ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", '
        'ENV{REPRISE_KEYS}="allowed"'
        for vendor, product in access.scanners
    ]
    return "\n".join(lines) + "\n"


def port_rules(access: Access) -> str:
    """Return what is loaded into the firewall that stands."""
    lines = ["flush set inet reprise served"]
    opened = (("served", access.served), ("reached", access.reached), ("fetched", access.fetched))
    lines += [_element(name, ports) for name, ports in opened if ports]
    return "\n".join(lines) + "\n"


def _element(name: str, ports: tuple[int, ...]) -> str:
    return f"add element inet reprise {name} {{ {', '.join(map(str, ports))} }}"


def write(access: Access, root: Path = Path("/")) -> tuple[Path, Path]:
    """Write both; returns the files. Raises OSError."""
    keys, ports = (places.under(root, path) for path in (KEY_RULES, PORTS))
    for path, text in ((keys, key_rules(access)), (ports, port_rules(access))):
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        write_volatile(path, text.encode())
    return keys, ports
