"""What a technician says about a machine besides the settings of the terminal.

These tables stand in ``reprise.toml`` on the FAT partition together with those of
``terminal.config``; docs/provisioning.md lists every key.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terminal.settings import Kind, choice, setting, text, texts, whole

MAX_OPERATORS = 50
MIN_PIN, MAX_PIN = 4, 12
SUPPORT_PIN_DIGITS = 6
"""The support PIN opens the machine's settings: longer than an operator's."""


def _parsed(allowed: str, read: Callable[[str], Any], longest: int = 50) -> Kind:
    """Return a kind for a text that ``read`` understands (it raises ValueError), or empty."""

    def accept(value: Any) -> Any | None:
        if not isinstance(value, str) or len(value) > longest:
            return None
        try:
            return value if value == "" or read(value) else None
        except ValueError:
            return None

    return Kind(allowed, accept, str)


def _interface(value: str) -> bool:
    address = ipaddress.IPv4Interface(value)
    own = address.ip not in (address.network.network_address, address.network.broadcast_address)
    return own and "/" in value and address.network.prefixlen in range(8, 31)


def _is_address(value: str) -> bool:
    """Tell whether it is one; a zone behind it (RFC 4007, 11) may be any text, line ends too."""
    return "%" not in value and bool(ipaddress.ip_address(value))


_INTERFACE = _parsed('an address with its network, like "192.168.1.20/24"', _interface)
_ADDRESS = _parsed('an address like "192.168.1.1"', _is_address)
_HOST = text(63, r"[a-z0-9]([a-z0-9-]*[a-z0-9])?|", "small letters, digits and hyphens, or empty")
_SERVER = text(100, r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", 'a name like "pool.ntp.org"')


@dataclass(frozen=True, slots=True)
class Network:
    """How this machine reaches the network; it sells without one."""

    hostname: str = setting("", "Name in the network; empty: reprise- and the till number.", _HOST)
    mode: str = setting("dhcp", "dhcp, or static with an address.", choice("dhcp", "static"))
    address: str = setting("", "static: of the cable; of the Wi-Fi where there is one.", _INTERFACE)
    gateway: str = setting("", "static: the router.", _ADDRESS)
    dns: tuple[str, ...] = setting((), "Name servers; empty: those of DHCP.", texts(3, _ADDRESS))
    vlan: int = setting(0, "Number of the VLAN on the cable; 0: none.", whole(0, 4094))
    ntp: tuple[str, ...] = setting((), "Time servers; empty: the usual ones.", texts(4, _SERVER))
    wifi_ssid: str = setting("", "Name of the Wi-Fi; empty: the cable alone.", text(32))
    wifi_psk: str = setting(
        "",
        "Its key. Taken off this file.",
        text(63, r"[\x20-\x7e]{8,63}|", "8 to 63 characters without accents"),
    )
    wifi_country: str = setting(
        "", "Where it sends: ISO 3166.", text(2, "[A-Z]{2}|", 'two capital letters, like "FR"')
    )

    @property
    def reaches_gateway(self) -> bool:
        """Tell whether the router, where one is named, is another one in the same network."""
        if not (self.address and self.gateway):
            return True
        own, router = ipaddress.IPv4Interface(self.address), ipaddress.ip_address(self.gateway)
        return router in own.network and router != own.ip


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Besides the terminal's own [head_office]: what lets this till in."""

    enrolment_token: str = setting(
        "",
        "Lets this till in. Taken off this file.",
        text(300, r"\S{16,300}|", "one word of at least 16 characters"),
    )
    authority: str = setting(
        "",
        "Certificate to trust, beside this file; becomes ca_file.",
        text(60, r"[A-Za-z0-9_][\w.-]*\.(pem|crt)|", 'the name of a file, like "office.pem"'),
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Who may change a machine that sells."""

    support_pin: str = setting(
        "",
        "Of the technician. Taken off this file.",
        text(MAX_PIN, rf"\d{{{SUPPORT_PIN_DIGITS},{MAX_PIN}}}|", "6 to 12 digits in quotes"),
    )


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """What is sold."""

    file: str = setting(
        "",
        "Articles beside this file (CSV); empty: samples to try with.",
        text(60, r"[A-Za-z0-9_][\w.-]*\.csv|", 'the name of a file, like "articles.csv"'),
    )


@dataclass(frozen=True, slots=True)
class OperatorEntry:
    """One who may sign on, at least one of them a supervisor."""

    number: str = setting("", "Typed to sign on.", text(6, r"\d{1,6}", "1 to 6 digits in quotes"))
    name: str = setting("", "As shown and printed.", text(40, r"\S.*", "a name"))
    role: str = setting("cashier", "What this person may do.", choice("cashier", "supervisor"))
    pin: str = setting(
        "",
        "First PIN. Taken off this file.",
        text(MAX_PIN, rf"\d{{{MIN_PIN},{MAX_PIN}}}|", "4 to 12 digits in quotes"),
    )


TABLES: dict[str, type[Any]] = {
    "network": Network,
    "head_office": Enrolment,
    "access": Access,
    "catalogue": CatalogueFile,
}
OPERATORS = "operators"
SECRETS = ("network.wifi_psk", "head_office.enrolment_token", "access.support_pin")
OPERATOR_SECRET = "pin"  # noqa: S105 - the name of the key
FIXED_BY_SALES = (
    "shop.currency",
    "terminal.till_number",
    "terminal.workstation",
    "terminal.receipt_prefix",
    "fiscal.regime",
    "fiscal.key",
    "fiscal.register_id",
    "fiscal.company_id",
)
"""What receipts, their numbers and their signatures are made of: not changed once a sale was."""
