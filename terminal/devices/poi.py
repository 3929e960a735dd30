"""The driver of the payment terminal, by the protocol that the settings name."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from drivers.flight import FlightRecorder
from drivers.payment.base import PaymentTerminal
from drivers.registry import driver_class
from drivers.simulation import Simulator
from drivers.transports.address import BadAddress, open_transport
from drivers.transports.base import Transport
from terminal.clock import Clock
from terminal.config import Config
from terminal.settings import ConfigError, line_of

MAX_KEY_FILE_BYTES = 4096
_KEY_FIELDS: Mapping[str, type] = MappingProxyType(
    {"passphrase": str, "identifier": str, "version": int}
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a payment terminal stands: what its driver is built from."""

    config: Config
    keys: Path
    """Folder of keys and certificates."""
    memory: Path
    """File for what a driver must not forget; only some need it."""
    clock: Clock
    simulators: Mapping[str, Simulator]
    """What a ``sim:`` address may name."""
    recorder: FlightRecorder | None = None
    """Hears what is said with it."""

    @property
    def simulated(self) -> bool:
        """Tell whether the terminal is one of the simulators."""
        return self.config.devices.poi.startswith("sim:")

    def connect(self) -> Transport:
        """Return a new transport to the terminal, not yet connected. Raises ConfigError."""
        try:
            return open_transport(self._address(), self.simulators, self.recorder)
        except BadAddress as error:
            raise ConfigError(str(error), key="devices.poi") from error

    def now(self) -> datetime:
        """Return the time of day, in UTC."""
        return datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)

    def _address(self) -> str:
        """Return the configured address, with what the settings say of its certificate."""
        url, poi = self.config.devices.poi, self.config.poi
        if not url.startswith("tls:") or "?" in url:
            return url
        trust = {"ca": str(self.keys / poi.ca_file)} if poi.ca_file else {}
        name = {"name": poi.certificate_name} if poi.certificate_name else {}
        options = urlencode(trust | name)
        return f"{url}?{options}" if options else url


def payment_terminal(site: Site) -> PaymentTerminal:
    """Return the driver for the configured protocol and address, not yet connected.

    Raises:
        ConfigError: an address, certificate or key that cannot be used.
    """
    return _BUILDERS[site.config.devices.poi_protocol](site)


def _simple(site: Site) -> PaymentTerminal:
    return _made("simple-poi", site.connect())


def _caisse_ap(site: Site) -> PaymentTerminal:
    from drivers.payment.concert.channel import Timing  # noqa: PLC0415 - when it is configured

    poi = site.config.poi
    name = site.config.devices.poi_protocol
    timing = Timing(quiet_s=poi.concert_quiet_ms / 1000)
    return _made(name, site.connect(), poi.concert_profile, poi.concert_till, timing=timing)


def _concert_e(site: Site) -> PaymentTerminal:
    name = site.config.devices.poi_protocol
    return _made(name, site.connect(), site.config.poi.concert_till)


def _zvt(site: Site) -> PaymentTerminal:
    from drivers.payment.zvt.requests import ZvtSettings  # noqa: PLC0415 - when it is configured

    poi = site.config.poi
    settings = ZvtSettings(poi.zvt_password, site.config.shop.currency, poi.zvt_printed_receipts)
    name = site.config.devices.poi_protocol
    return _made(name, site.connect(), settings=settings, memory=site.memory)


def _nexo(site: Site) -> PaymentTerminal:
    from drivers.payment.nexo.requests import Identity  # noqa: PLC0415 - when it is configured

    site.connect()  # an address that cannot be used is refused now, not at the first sale
    identity = Identity(site.config.poi.sale_id, site.config.poi.poi_id)
    return _made("nexo", site.connect, identity, site.now)


def _nexo_local(site: Site) -> PaymentTerminal:
    from drivers.payment.nexo.crypto import SecurityKey  # noqa: PLC0415 - when it is configured
    from drivers.payment.nexo.requests import Identity  # noqa: PLC0415
    from drivers.payment.nexo.simulator import SIM_KEY  # noqa: PLC0415

    site.connect()
    identity = Identity(site.config.poi.sale_id, site.config.poi.poi_id)
    key = (
        SIM_KEY if site.simulated else SecurityKey(**read_key(site.keys / site.config.poi.key_file))
    )
    return _made("nexo-local", site.connect, identity, key, site.now)


def _manual(site: Site) -> PaymentTerminal:
    del site  # it is connected to nothing
    return _made("manual-poi")


def _made(name: str, *arguments: Any, **named: Any) -> PaymentTerminal:
    driver: PaymentTerminal = driver_class(name)(*arguments, **named)
    return driver


_BUILDERS: Mapping[str, Callable[[Site], PaymentTerminal]] = MappingProxyType(
    {
        "simple": _simple,
        "caisse-ap": _caisse_ap,
        "caisse-ap-serial": _caisse_ap,
        "concert-e": _concert_e,
        "concert-e-plus": _concert_e,
        "zvt": _zvt,
        "zvt-serial": _zvt,
        "nexo": _nexo,
        "nexo-local": _nexo_local,
        "manual-poi": _manual,
    }
)


def read_key(path: Path) -> dict[str, Any]:
    """Return the shared key in a TOML file: ``passphrase``, ``identifier`` and ``version``.

    Raises:
        ConfigError: names file, key and line; it never holds the passphrase.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_KEY_FILE_BYTES).decode()
        given = tomllib.loads(source)
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}; it holds passphrase, identifier and version",
            key="poi.key_file",
            file=path,
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("this is not TOML", file=path) from error
    for name, kind in _KEY_FIELDS.items():
        value = given.get(name)
        if type(value) is not kind or not value:
            wanted = "a whole number from 1" if kind is int else "a text in quotes"
            line = line_of(source, "", name)
            raise ConfigError(f"it must be given: {wanted}", key=name, file=path, line=line)
    return {name: given[name] for name in _KEY_FIELDS}
