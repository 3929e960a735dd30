"""Addresses of devices: ``sim:NAME``, ``tcp:HOST:PORT``, ``tls:HOST:PORT?ca=FILE&name=NAME`` and
``serial:PATH?baud=9600&format=8N1``.

A configuration is refused rather than guessed: an unknown scheme, option or value is an error with
a sentence that says what would have been right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from drivers.simulation import Simulator
from drivers.transports.base import Transport

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
_FORMAT = re.compile(r"[78][NEO][12]")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class BadAddress(ValueError):
    """The address cannot be understood, or names something that is not there."""


@dataclass(frozen=True, slots=True)
class SimAddress:
    name: str


@dataclass(frozen=True, slots=True)
class TcpAddress:
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class TlsAddress:
    host: str
    port: int
    ca: str = ""
    """File of the certificates that are trusted (PEM); the system's when empty."""
    name: str = ""
    """What the device's certificate is made out to; the host when empty."""


@dataclass(frozen=True, slots=True)
class SerialAddress:
    path: str
    baud: int = 9600
    format: str = "8N1"
    """Data bits, parity (N, E, O) and stop bits."""


Address = SimAddress | TcpAddress | TlsAddress | SerialAddress


def parse_address(url: str) -> Address:
    """Return the address that ``url`` means. Raises BadAddress."""
    scheme, colon, rest = url.partition(":")
    if not colon or not rest:
        raise BadAddress(f"{url!r} is not SCHEME:TARGET, such as sim:printer or tcp:10.0.0.9:9100")
    if scheme == "sim":
        if not _NAME.fullmatch(rest):
            raise BadAddress(f"{rest!r} is not the name of a simulator")
        return SimAddress(rest)
    if scheme == "tcp":
        return _tcp(rest)
    if scheme == "tls":
        return _tls(rest)
    if scheme == "serial":
        return _serial(rest)
    raise BadAddress(f"scheme {scheme!r} is none of sim, tcp, tls, serial")


def _tcp(rest: str) -> TcpAddress:
    host, colon, port = rest.rpartition(":")
    if not colon or not host.strip("/[]"):
        raise BadAddress(f"tcp needs HOST:PORT, not {rest!r}")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise BadAddress(f"{port!r} is not a TCP port from 1 to 65535")
    return TcpAddress(host.removeprefix("//").strip("[]"), int(port))


def _tls(rest: str) -> TlsAddress:
    target, _, query = rest.partition("?")
    where = _tcp(target)
    options = _options("tls", query, ("ca", "name"))
    ca = options.get("ca", "")
    if ca and not Path(ca).is_file():
        raise BadAddress(f"there is no file {ca!r} with the certificates to trust")
    return TlsAddress(where.host, where.port, ca, options.get("name", ""))


def _options(scheme: str, query: str, known: tuple[str, str]) -> Mapping[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise BadAddress(f"{scheme} has no option {unknown[0]!r}; it has {' and '.join(known)}")
    return options


def _serial(rest: str) -> SerialAddress:
    path, _, query = rest.partition("?")
    if not path.startswith("/dev/"):
        raise BadAddress(f"serial needs a path under /dev, not {path!r}")
    options = _options("serial", query, ("baud", "format"))
    baud = options.get("baud", "9600")
    if baud not in {str(rate) for rate in BAUD_RATES}:
        raise BadAddress(f"baud {baud!r} is none of {', '.join(map(str, BAUD_RATES))}")
    layout = options.get("format", "8N1").upper()
    if not _FORMAT.fullmatch(layout):
        raise BadAddress(f"format {layout!r} is not like 8N1 or 7E1")
    return SerialAddress(path, int(baud), layout)


def open_transport(url: str, simulators: Mapping[str, Simulator]) -> Transport:
    """Return the transport, not yet connected, that ``url`` names.

    ``simulators`` are the devices that ``sim:`` addresses may name.  The TCP and serial modules are
    imported only when they are asked for.  Raises BadAddress.
    """
    address = parse_address(url)
    if isinstance(address, SimAddress):
        simulator = simulators.get(address.name)
        if simulator is None:
            raise BadAddress(f"there is no simulator {address.name!r}")
        return simulator.connect()
    if isinstance(address, TcpAddress):
        from drivers.transports.tcp import TcpTransport  # noqa: PLC0415 - sockets when asked for

        return TcpTransport(address.host, address.port)
    if isinstance(address, TlsAddress):
        from drivers.transports.tls import TlsTransport  # noqa: PLC0415 - TLS when asked for

        try:
            return TlsTransport(address.host, address.port, address.ca, address.name)
        except OSError as error:
            raise BadAddress(f"{address.ca}: no certificate to trust ({error})") from error
    from drivers.transports.serial import SerialTransport  # noqa: PLC0415 - pyserial when asked for

    return SerialTransport(address.path, address.baud, address.format)
