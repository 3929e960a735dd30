"""Pins as configured: a simulated device's lines, or those of the machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.pins.address import PinsAddress, parse_pins
from drivers.pins.gpio import GpioPins, pi_factory
from drivers.pins.port import PinPort
from drivers.pins.simulated import PinnedDevice
from drivers.simulation import Simulator
from drivers.transports.address import BadAddress
from terminal.settings import ConfigError


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a role has on pins: names in the order of the address."""

    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    optional: int = 0
    """So many of the last names may be left out."""
    options: tuple[str, ...] = ("active_low",)
    more_inputs: Collection[str] = field(default=())
    """Inputs that an option of the same name gives a pin."""


@dataclass(frozen=True, slots=True)
class Wired:
    """Pins ready to be taken, and what the address says besides."""

    port: PinPort
    names: frozenset[str]
    address: PinsAddress | None
    """None for a simulated device."""


def wired(
    url: str,
    simulators: Mapping[str, Simulator],
    wiring: Wiring,
    *,
    key: str,
    factory: Callable[[], Any] = pi_factory,
) -> Wired:
    """Return the pins of an address.

    Raises:
        ConfigError: the address is wrong, or this machine has no such pins; names ``key``.
    """
    scheme, _, name = url.partition(":")
    if scheme == "sim":
        simulator = simulators.get(name)
        if not isinstance(simulator, PinnedDevice):
            raise ConfigError(f"there is no simulator {name!r} on pins", key=key)
        everything = frozenset({*wiring.outputs, *wiring.inputs, *wiring.more_inputs})
        return Wired(simulator.pins(), everything, None)
    names = (*wiring.outputs, *wiring.inputs)
    try:
        address = parse_pins(
            url, least=len(names) - wiring.optional, most=len(names), options=wiring.options
        )
        placed = dict(zip(names, address.pins, strict=False))
        placed |= {n: pin for n in wiring.more_inputs if (pin := address.pin(n)) is not None}
        port = GpioPins(
            factory(),
            {n: pin for n, pin in placed.items() if n in wiring.outputs},
            {n: pin for n, pin in placed.items() if n not in wiring.outputs},
            active_low=address.flag("active_low"),
            pull=address.pull(),
        )
    except BadAddress as error:
        raise ConfigError(str(error), key=key) from error
    return Wired(port, frozenset(placed), address)
