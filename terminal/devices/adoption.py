"""What stands where: the settings, what is plugged in and what was adopted before, compared.

Pure.  Nothing is ever adopted silently: what could serve a role is offered, another unit of a known
model asks again, and behind a serial line only a person can tell what there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from drivers.discovery import Discovered, UsbName
from drivers.transports.address import BadAddress, parse_address
from terminal.core.state import AdoptedDevice


class Stand(StrEnum):
    """Where a role stands."""

    NONE = "none"
    """The settings say that there is none."""
    SIMULATED = "simulated"
    PRESENT = "present"
    """Its unit is plugged in."""
    AWAY = "away"
    """Its unit is not plugged in, nor one that could be taken for it."""
    ANOTHER = "another"
    """Another unit of the same model is plugged in: a person has to say whether it serves."""
    BY_HAND = "by_hand"
    """An address that no plug tells of: a network, pins, a line by its path."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A device that could be adopted."""

    role: str
    """Empty when only a person can tell."""
    address: str
    maker: str = ""
    model: str = ""
    serial: str = ""
    another: bool = False
    """It is of the same model as the unit that was adopted."""

    @property
    def name(self) -> str:
        """Maker, model and serial number; the address when it says nothing of itself."""
        return unit_name(self.maker, self.model, self.serial) or self.address


@dataclass(frozen=True, slots=True)
class Place:
    """A role and what serves it."""

    role: str
    address: str
    stand: Stand
    unit: AdoptedDevice | None = None
    """As plugged in, else as adopted; None when nothing is known of it."""
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Survey:
    """Every role, and the serial lines of which nobody knows what is behind them."""

    places: tuple[Place, ...] = ()
    unknown: tuple[Offer, ...] = ()

    def place(self, role: str) -> Place | None:
        """Return the place of a role; None when there is no such role."""
        return next((place for place in self.places if place.role == role), None)


@dataclass(frozen=True, slots=True)
class Given:
    """What is compared."""

    addresses: Mapping[str, str]
    """Address of each role as set; empty where there is none."""
    plugged: Sequence[Discovered] = ()
    adopted: Mapping[str, AdoptedDevice] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Role -> its setting; a device may be discovered under either name."""
    declined: frozenset[str] = frozenset()
    """Addresses that were offered and not wanted for now."""
    nodes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Role -> device file that the path in its address leads to."""


def survey(given: Given) -> Survey:
    """Return where every role stands and what is offered."""
    serving = {role: _serving(role, given) for role in given.addresses}
    taken = {device.node for device in serving.values() if device is not None}
    free = _once(device for device in given.plugged if device.node not in taken)
    places = tuple(_place(role, serving[role], free, given) for role in given.addresses)
    alike = {offer.address for place in places for offer in place.offers}
    unknown = tuple(
        _offer("", device)
        for device in free
        if not device.roles and device.address not in alike | given.declined
    )
    return Survey(places, unknown)


def unit_name(maker: str, model: str, serial: str) -> str:
    """Return what people call a unit; a maker that its model repeats is said once."""
    said = model if model.lower().startswith(maker.lower()) else f"{maker} {model}".strip()
    return " · ".join(part for part in (said, serial) if part)


def _once(devices: Iterable[Discovered]) -> list[Discovered]:
    """Return each address once: a device with two interfaces is one device."""
    found: dict[str, Discovered] = {}
    for device in devices:
        found.setdefault(device.address, device)
    return list(found.values())


def _target(address: str) -> str | UsbName | None:
    """Return the device file or USB name that an address leads to; None for all others."""
    try:
        return getattr(parse_address(address), "target", None)
    except BadAddress:
        return None


def _serving(role: str, given: Given) -> Discovered | None:
    """Return what is plugged in under the address of a role, unless it is another unit."""
    address = given.addresses[role]
    scheme, target = address.partition(":")[0], _target(address)
    known = given.adopted.get(role)
    for device in given.plugged:
        if device.scheme != scheme:
            continue
        if isinstance(target, UsbName):
            if device.is_called(target) and not _is_another(device, known, address):
                return device
        elif device.node in (target, given.nodes.get(role)):
            return device
    return None


def _is_another(device: Discovered, known: AdoptedDevice | None, address: str) -> bool:
    """Tell whether an address without a serial number leads to another unit than the adopted."""
    return known is not None and known.address == address and known.serial != device.serial


def _place(role: str, device: Discovered | None, free: Sequence[Discovered], given: Given) -> Place:
    address, known = given.addresses[role], given.adopted.get(role)
    adopted = known if known is not None and known.address == address else None
    if device is not None:
        unit = AdoptedDevice(address, device.maker, device.model, device.serial)
        return Place(role, address, Stand.PRESENT, unit)
    stand = _stand(address)
    alike = _alike(address, free) if stand is Stand.AWAY else ()
    if alike:
        wanted = (one for one in alike if one.address not in given.declined)
        offers = tuple(_offer(role, one, another=True) for one in wanted)
        return Place(role, address, Stand.ANOTHER, adopted, offers)
    names = {role, given.settings.get(role, role)}
    offers = tuple(
        _offer(role, one)
        for one in free
        if names & set(one.roles) and one.address not in given.declined
    )
    return Place(role, address, stand, adopted, () if stand is Stand.BY_HAND else offers)


def _stand(address: str) -> Stand:
    """Return where a role stands whose device is not seen."""
    if not address:
        return Stand.NONE
    if address.startswith("sim:"):
        return Stand.SIMULATED
    return Stand.AWAY if isinstance(_target(address), UsbName) else Stand.BY_HAND


def _alike(address: str, free: Sequence[Discovered]) -> tuple[Discovered, ...]:
    """Return the units of the model that an address names."""
    scheme, name = address.partition(":")[0], _target(address)
    if not isinstance(name, UsbName):
        return ()
    model = UsbName(name.vendor, name.product)
    return tuple(one for one in free if one.scheme == scheme and one.is_called(model))


def _offer(role: str, device: Discovered, *, another: bool = False) -> Offer:
    return Offer(role, device.address, device.maker, device.model, device.serial, another)
