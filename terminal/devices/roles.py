"""The roles that devices serve, and the setting that holds the address of each.

Found by asking ``Hub.addresses`` with every setting in turn, so that a new role appears by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from drivers.transports.address import BadAddress, parse_address
from terminal.device_settings import Devices
from terminal.devices.hub import Hub
from terminal.settings import Kind

_PROBE = "serial:/dev/asked"


@lru_cache(maxsize=1)
def roles() -> Mapping[str, str]:
    """Return every role and the name of its setting, in the order of the settings."""
    found = {}
    for one in fields(Devices):
        if isinstance(one.default, str):
            probe: dict[str, Any] = {one.name: _PROBE}
            asked = Hub.addresses(replace(Devices(), **probe))
            found.update({role: one.name for role, url in asked.items() if url == _PROBE})
    return MappingProxyType(found)


def addresses(devices: Devices) -> Mapping[str, str]:
    """Return the address of every role; empty where there is none."""
    return {role: getattr(devices, setting) for role, setting in roles().items()}


def refusal(role: str, address: str) -> str:
    """Return why a role cannot have this address, in words; empty when it can."""
    if address.startswith(("sim:", "scripted:", "trace:")):
        return "this is no device"
    kind: Kind = next(f for f in fields(Devices) if f.name == roles()[role]).metadata["kind"]
    if kind.accept(address) is None:
        return f"it must be {kind.allowed}"
    try:
        parse_address(address)
    except BadAddress as error:
        return "" if _is_of_its_own(address) else str(error)
    return ""


def _is_of_its_own(address: str) -> bool:
    """Tell whether only its role understands an address, as ``printer:2`` of a drawer."""
    scheme = address.partition(":")[0]
    return scheme in roles()


def may_be_a_line(role: str) -> bool:
    """Tell whether what serves a role may stand behind a serial line of unknown use."""
    return not refusal(role, "serial:0403:6001") and role != "drawer"
