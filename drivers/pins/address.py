"""Addresses of pins: ``gpio:17,27,22?active_low=1``; numbers are those of the Broadcom chip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from drivers.transports.address import BadAddress

MAX_PIN = 27
"""The header of a Raspberry Pi has GPIO 0 to 27."""
PULLS = ("up", "down", "none")


@dataclass(frozen=True, slots=True)
class PinsAddress:
    """Numbers in the order given, and the options as typed."""

    pins: tuple[int, ...]
    options: Mapping[str, str]

    def flag(self, name: str) -> bool:
        """Return an option that is 0 or 1. Raises BadAddress."""
        value = self.options.get(name, "0")
        if value not in ("0", "1"):
            raise BadAddress(f"{name} is 0 or 1, not {value!r}")
        return value == "1"

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """Return an option that is a number. Raises BadAddress."""
        value = self.options.get(name, str(default))
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise BadAddress(f"{name} goes from {least} to {most}, not {value!r}")
        return int(value)

    def pin(self, name: str) -> int | None:
        """Return an option that is a pin, None when it is not given. Raises BadAddress."""
        return None if name not in self.options else _pin(self.options[name])

    def pull(self, default: str = "none") -> str:
        """Return the resistor of the inputs: ``up``, ``down`` or ``none``. Raises BadAddress."""
        value = self.options.get("pull", default)
        if value not in PULLS:
            raise BadAddress(f"pull is none of {', '.join(PULLS)}: {value!r}")
        return value


def parse_pins(url: str, *, least: int, most: int, options: Collection[str] = ()) -> PinsAddress:
    """Return the pins that ``url`` names, ``least`` to ``most`` of them. Raises BadAddress."""
    scheme, _, rest = url.partition(":")
    if scheme != "gpio":
        raise BadAddress(f"{url!r} is not gpio:PIN, such as gpio:17?active_low=1")
    numbers, _, query = rest.partition("?")
    pins = tuple(_pin(number) for number in numbers.split(","))
    if not least <= len(pins) <= most:
        raise BadAddress(f"{url!r} must name {least} to {most} pins, not {len(pins)}")
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - set(options))
    if unknown:
        raise BadAddress(f"gpio has no option {unknown[0]!r} here; it has {', '.join(options)}")
    address = PinsAddress(pins, given)
    used = [*pins, *(pin for name in ("sensor",) if (pin := address.pin(name)) is not None)]
    if len(set(used)) != len(used):
        raise BadAddress(f"{url!r} names a pin twice")
    return address


def _pin(number: str) -> int:
    if not (number.isascii() and number.isdigit() and int(number) <= MAX_PIN):
        raise BadAddress(f"{number!r} is not a GPIO number from 0 to {MAX_PIN}")
    return int(number)
