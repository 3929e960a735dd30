"""Addresses of devices, as URLs.

    sim:NAME                                       a simulator of this program
    tcp:HOST:PORT                                  a network device
    tls:HOST:PORT?ca=FILE&name=NAME                the same, verified
    serial:TARGET?baud=9600&format=8N1             a serial line or USB CDC-ACM
    usblp:TARGET  hidraw:TARGET  evdev:TARGET      a USB printer, a HID device, a typing scanner
    gpio:17  gpio:17,27,22?active_low=1&pull=up    pins, by their BCM numbers
    scripted:FILE  trace:FILE                      a written exchange, compared or played

TARGET is a path under ``/dev`` or ``VID:PID[/SERIAL]`` in hexadecimal, looked for at each opening;
of ``evdev`` the port (``phys``) will do as well as a serial number.

Any address may carry options that are for the driver and not for the way to it (``DRIVER_OPTIONS``,
such as ``?layout=fr``): ``driver_options`` hands them out.  A configuration is refused rather than
guessed: an unknown scheme, option or value is an error with a sentence that says what would have
been right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from drivers.discovery import UsbName
from drivers.flight import FlightRecorder, RecordingTransport
from drivers.simulation import Simulator
from drivers.transports.base import Transport

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
MAX_PINS = 8
MAX_PIN = 27
"""Highest BCM number on the header of a Raspberry Pi."""
PULLS = ("up", "down", "none")
DRIVER_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "layout": "keyboard layout that a typing scanner is set to",
        "profile": "make and model of a printer or display, for what it can do",
        "protocol": "what a device speaks, where a family has several protocols",
        "model": "what a simulator pretends to be",
    }
)
"""Options that an address may carry for its driver, and what they are for."""
_FORMAT = re.compile(r"[78][NEO][12]")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_USB = re.compile(r"([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?:/(.+))?")


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
    target: str | UsbName
    baud: int = 9600
    format: str = "8N1"
    """Data bits, parity (N, E, O) and stop bits."""


@dataclass(frozen=True, slots=True)
class UsblpAddress:
    target: str | UsbName


@dataclass(frozen=True, slots=True)
class HidrawAddress:
    target: str | UsbName


@dataclass(frozen=True, slots=True)
class EvdevAddress:
    target: str | UsbName


@dataclass(frozen=True, slots=True)
class GpioAddress:
    """Pins. They carry levels and no bytes, so no transport leads there."""

    pins: tuple[int, ...]
    """BCM numbers, in the order given."""
    active_low: bool = False
    """What is meant by the pin is there when its level is low."""
    pull: str = "none"
    """Resistor of an input: ``up``, ``down`` or ``none``."""


@dataclass(frozen=True, slots=True)
class ScriptedAddress:
    path: Path


@dataclass(frozen=True, slots=True)
class TraceAddress:
    path: Path


Address = (
    SimAddress
    | TcpAddress
    | TlsAddress
    | SerialAddress
    | UsblpAddress
    | HidrawAddress
    | EvdevAddress
    | GpioAddress
    | ScriptedAddress
    | TraceAddress
)


def parse_address(url: str) -> Address:
    """Return the address that ``url`` means. Raises BadAddress."""
    scheme, colon, rest = url.partition(":")
    if not colon or not rest:
        raise BadAddress(f"{url!r} is not SCHEME:TARGET, such as sim:printer or tcp:10.0.0.9:9100")
    known = _SCHEMES.get(scheme)
    if known is None:
        raise BadAddress(f"scheme {scheme!r} is none of {', '.join(_SCHEMES)}")
    options, understand = known
    target, _, query = rest.partition("?")
    given = _options(scheme, query, options)
    return understand(target, {name: given[name] for name in options if name in given})


def driver_options(url: str, known: Mapping[str, Collection[str]]) -> Mapping[str, str]:
    """Return the options of an address that are for its driver.

    ``known`` are those that the driver has, each with the values it may take; any value that is not
    empty when there are none.  Raises BadAddress for an option that it does not have, and for a
    value that it does not know.
    """
    parse_address(url)
    scheme, _, rest = url.partition(":")
    own = _SCHEMES[scheme][0]
    given = _options(scheme, rest.partition("?")[2], own)
    options = {name: value for name, value in given.items() if name not in own}
    for name, value in options.items():
        if name not in known:
            has = f"it has {' and '.join(sorted(known))}" if known else "it has none"
            raise BadAddress(f"the driver at {url!r} has no option {name!r}; {has}")
        values = known[name]
        if not value or (values and value not in values):
            wanted = f"one of {', '.join(sorted(values))}" if values else "not empty"
            raise BadAddress(f"{name} {value!r} must be {wanted}")
    return options


def _options(scheme: str, query: str, known: tuple[str, ...]) -> Mapping[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs):
        raise BadAddress(f"{scheme}: an option is given twice in {query!r}")
    unknown = sorted(set(options) - set(known) - set(DRIVER_OPTIONS))
    if unknown:
        has = f"it has {' and '.join(known)}" if known else "it has none of its own"
        raise BadAddress(f"{scheme} has no option {unknown[0]!r}; {has}")
    return options


def _sim(target: str, options: Mapping[str, str]) -> SimAddress:
    del options
    if not _NAME.fullmatch(target):
        raise BadAddress(f"{target!r} is not the name of a simulator")
    return SimAddress(target)


def _tcp(target: str, options: Mapping[str, str]) -> TcpAddress:
    del options
    host, colon, port = target.rpartition(":")
    if not colon or not host.strip("/[]"):
        raise BadAddress(f"tcp needs HOST:PORT, not {target!r}")
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise BadAddress(f"{port!r} is not a TCP port from 1 to 65535")
    return TcpAddress(host.removeprefix("//").strip("[]"), int(port))


def _tls(target: str, options: Mapping[str, str]) -> TlsAddress:
    where = _tcp(target, {})
    ca = options.get("ca", "")
    if ca and not Path(ca).is_file():
        raise BadAddress(f"there is no file {ca!r} with the certificates to trust")
    return TlsAddress(where.host, where.port, ca, options.get("name", ""))


def _serial(target: str, options: Mapping[str, str]) -> SerialAddress:
    baud = options.get("baud", "9600")
    if baud not in {str(rate) for rate in BAUD_RATES}:
        raise BadAddress(f"baud {baud!r} is none of {', '.join(map(str, BAUD_RATES))}")
    layout = options.get("format", "8N1").upper()
    if not _FORMAT.fullmatch(layout):
        raise BadAddress(f"format {layout!r} is not like 8N1 or 7E1")
    return SerialAddress(_device("serial", target), int(baud), layout)


def _device(scheme: str, target: str) -> str | UsbName:
    if target.startswith("/dev/"):
        return target
    usb = _USB.fullmatch(target)
    if usb is None:
        raise BadAddress(
            f"{scheme} needs a path under /dev, or VID:PID[/SERIAL] such as 04b8:0e28, "
            f"not {target!r}"
        )
    return UsbName(int(usb[1], 16), int(usb[2], 16), unquote(usb[3] or ""))


def _gpio(target: str, options: Mapping[str, str]) -> GpioAddress:
    numbers = target.split(",")
    valid = [n for n in numbers if n.isascii() and n.isdigit() and int(n) <= MAX_PIN]
    if valid != numbers or len(set(numbers)) < len(numbers) or len(numbers) > MAX_PINS:
        raise BadAddress(
            f"gpio needs 1 to {MAX_PINS} different pins from 0 to {MAX_PIN}, not {target!r}"
        )
    active_low = options.get("active_low", "0")
    if active_low not in ("0", "1"):
        raise BadAddress(f"active_low {active_low!r} is neither 0 nor 1")
    pull = options.get("pull", "none")
    if pull not in PULLS:
        raise BadAddress(f"pull {pull!r} is none of {', '.join(PULLS)}")
    return GpioAddress(tuple(map(int, numbers)), active_low == "1", pull)


def _file(target: str) -> Path:
    path = Path(target)
    if not path.is_file():
        raise BadAddress(f"there is no file {target!r}")
    return path


_SCHEMES: Mapping[str, tuple[tuple[str, ...], Callable[[str, Mapping[str, str]], Address]]] = (
    MappingProxyType(
        {
            "sim": ((), _sim),
            "tcp": ((), _tcp),
            "tls": (("ca", "name"), _tls),
            "serial": (("baud", "format"), _serial),
            "usblp": ((), lambda target, _: UsblpAddress(_device("usblp", target))),
            "hidraw": ((), lambda target, _: HidrawAddress(_device("hidraw", target))),
            "evdev": ((), lambda target, _: EvdevAddress(_device("evdev", target))),
            "gpio": (("active_low", "pull"), _gpio),
            "scripted": ((), lambda target, _: ScriptedAddress(_file(target))),
            "trace": ((), lambda target, _: TraceAddress(_file(target))),
        }
    )
)
"""Scheme -> its own options, and what understands the target."""


def open_transport(
    url: str, simulators: Mapping[str, Simulator], recorder: FlightRecorder | None = None
) -> Transport:
    """Return the transport, not yet connected, that ``url`` names.

    ``simulators`` are the devices that ``sim:`` addresses may name; ``recorder`` hears what is
    said.  What a kind of way needs is imported only when it is asked for.  Raises BadAddress.
    """
    transport = _transport(parse_address(url), simulators)
    return transport if recorder is None else RecordingTransport(transport, recorder)


def _transport(address: Address, simulators: Mapping[str, Simulator]) -> Transport:
    match address:
        case SimAddress(name):
            simulator = simulators.get(name)
            if simulator is None:
                raise BadAddress(f"there is no simulator {name!r}")
            return simulator.connect()
        case TcpAddress(host, port):
            from drivers.transports.tcp import TcpTransport  # noqa: PLC0415 - when asked for

            return TcpTransport(host, port)
        case TlsAddress():
            return _tls_transport(address)
        case GpioAddress():
            raise BadAddress(
                "a pin has no bytes to send or read: no device with a protocol is there"
            )
        case ScriptedAddress(path) | TraceAddress(path):
            return _written(path, compared=isinstance(address, ScriptedAddress))
        case _:
            return _device_file(address)


def _tls_transport(address: TlsAddress) -> Transport:
    from drivers.transports.tls import TlsTransport  # noqa: PLC0415 - TLS when asked for

    try:
        return TlsTransport(address.host, address.port, address.ca, address.name)
    except OSError as error:
        raise BadAddress(f"{address.ca}: no certificate to trust ({error})") from error


def _written(path: Path, *, compared: bool) -> Transport:
    from drivers.transports.exchange import (  # noqa: PLC0415 - recordings when asked for
        BadExchange,
        load_exchange,
        pairs_of,
    )
    from drivers.transports.replay import PatientTransport, ReplayTransport  # noqa: PLC0415
    from drivers.transports.scripted import ScriptedTransport  # noqa: PLC0415

    try:
        pieces = load_exchange(path)
    except BadExchange as error:
        raise BadAddress(str(error)) from error
    played = ScriptedTransport(pairs_of(pieces)) if compared else ReplayTransport(pieces)
    return PatientTransport(played)


def _device_file(
    address: SerialAddress | UsblpAddress | HidrawAddress | EvdevAddress,
) -> Transport:
    """Each has its own library or kernel interface: loaded when asked for."""
    if isinstance(address, SerialAddress):
        from drivers.transports.serial import SerialTransport  # noqa: PLC0415

        return SerialTransport(address.target, address.baud, address.format)
    if isinstance(address, UsblpAddress):
        from drivers.transports.usblp import UsblpTransport  # noqa: PLC0415

        return UsblpTransport(address.target)
    if isinstance(address, HidrawAddress):
        from drivers.transports.hidraw import HidrawTransport  # noqa: PLC0415

        return HidrawTransport(address.target)
    from drivers.transports.evdev import EvdevTransport  # noqa: PLC0415

    return EvdevTransport(address.target)
