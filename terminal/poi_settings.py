"""Settings of the payment terminal: what each protocol needs, and where it is spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.settings import ConfigError, Said, choice, flag, setting, text, whole

_FILE = text(100, r"[\w-][\w.-]*|", "a file name, without folders")
POI_SCHEMES: Mapping[str, tuple[str, ...]] = {
    "simple": ("tcp", "serial"),
    "caisse-ap": ("tcp",),
    "caisse-ap-serial": ("serial",),
    "concert-e": ("serial",),
    "concert-e-plus": ("serial",),
    "zvt": ("tcp",),
    "zvt-serial": ("serial",),
    "nexo": ("tcp", "tls"),
    "nexo-local": ("tls", "tcp"),
    "manual-poi": (),
}
"""Protocols of payment terminals, and the addresses that each is spoken at besides ``sim:poi``."""


@dataclass(frozen=True, slots=True)
class Poi:
    """What the payment terminal's protocol needs to know; each setting says which protocol."""

    concert_till: str = setting(
        "01", "Caisse-AP, Concert: number of this till.", text(2, r"\d{2}", "2 digits in quotes")
    )
    concert_profile: str = setting(
        "standard",
        "Caisse-AP: habits of the terminal.",
        choice("standard", "own-reference", "reference-kept", "nepting", "payxpert"),
    )
    concert_quiet_ms: int = setting(
        300,
        "Caisse-AP over TCP: silence that ends an answer; more for a slow network.",
        whole(50, 2000, "milliseconds"),
    )
    zvt_password: str = setting(
        "000000", "ZVT: the terminal's password.", text(6, r"\d{6}", "6 digits in quotes")
    )
    zvt_printed_receipts: bool = setting(
        False, "ZVT: take the terminal's own receipt texts, not its fields.", flag()
    )
    sale_id: str = setting(
        "REPRISE1", "nexo: SaleID, this till; no other may have it.", text(20, r"\S+", "one word")
    )
    poi_id: str = setting(
        "SIM00001",
        "nexo: POIID, as the terminal shows it.",
        text(64, r"\S+", 'one word like "P400Plus-123456789"'),
    )
    key_file: str = setting(
        "poi.toml", "nexo-local: in keys/, with passphrase, identifier and version.", _FILE
    )
    ca_file: str = setting(
        "", "tls: certificates to trust, in keys/; the system's when empty.", _FILE
    )
    certificate_name: str = setting(
        "", "tls: what the certificate is made out to; the address when empty.", text(100)
    )


def check_address(url: str, protocol: str, *, key: str) -> None:
    """Raise ConfigError, about ``key``, for an address at which the protocol is not spoken."""
    known = POI_SCHEMES[protocol]
    if known and url.partition(":")[0] not in ("sim", *known):
        allowed = " or ".join(f"{one}:" for one in ("sim", *known))
        raise ConfigError(
            f"{url!r} cannot be used; {protocol} is spoken at {allowed}",
            key=key,
            said=Said("config.poi", {"shown": repr(url), "protocol": protocol, "allowed": allowed}),
        )
