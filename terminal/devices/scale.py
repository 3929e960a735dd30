"""The scales as configured: where they are, what they speak, who computes the price of a weight."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from drivers.registry import driver_class
from drivers.scale.base import Scale
from drivers.scale.dialog_06_protocol import read_polynomial
from drivers.scale.dialog_06_simulator import SIM_POLYNOMIAL
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.recorders import Recorders
from terminal.devices.wire import wire
from terminal.settings import ConfigError

MAX_KEY_BYTES = 200
LINES: Mapping[str, str] = MappingProxyType(
    {
        "dialog-06": "?baud=9600&format=7O1",
        "toledo-8217": "?baud=9600&format=7E1",
        "nci": "?baud=9600&format=7E1",
    }
)
"""Protocol -> how its serial line is set where the address does not say."""
COMPUTES = "scale_computes"
CHALLENGED = "dialog-06"


def scale(
    devices: Devices,
    simulators: Mapping[str, Simulator],
    keys: Path,
    heard: Recorders,
) -> DeviceHost[Scale] | None:
    """Return the scale that is configured; None when there is none.

    Raises:
        ConfigError: the secret cannot be read, or the price is asked of a scale that has none.
    """
    if not devices.scale:
        return None
    url = _with_line(devices.scale, devices.scale_protocol)
    recorder = heard.of("scale")
    given = [wire("scale", url, simulators, recorder)]
    if devices.scale_protocol == CHALLENGED:
        driver: Scale = driver_class(CHALLENGED)(*given, _polynomial(devices, keys))
    else:
        driver = driver_class(devices.scale_protocol)(*given)
    if devices.scale_legal_mode == COMPUTES and not driver.computes_price:
        raise ConfigError(
            f"{devices.scale_protocol} tells weights alone: set terminal_computes, which makes "
            "this terminal part of a scale under legal control",
            key="devices.scale_legal_mode",
        )
    return DeviceHost("scale", driver, recorder)


def scale_computes(devices: Devices) -> bool:
    """Tell whether only a price that the scale computed may be sold by."""
    if devices.scale_legal_mode != "auto":
        return devices.scale_legal_mode == COMPUTES
    computes: bool = driver_class(devices.scale_protocol).computes_price
    return computes


def bagging_scale(
    devices: Devices, simulators: Mapping[str, Simulator], heard: Recorders
) -> DeviceHost[Scale] | None:
    """Return the scale under the bags; None when there is none."""
    if not devices.bagging_scale:
        return None
    url = _with_line(devices.bagging_scale, devices.bagging_scale_protocol)
    recorder = heard.of("bagging_scale")
    transport = wire("bagging_scale", url, simulators, recorder)
    driver = driver_class(devices.bagging_scale_protocol)(transport)
    return DeviceHost("bagging_scale", driver, recorder)


def _with_line(url: str, protocol: str) -> str:
    return url + LINES[protocol] if url.startswith("serial:") and "?" not in url else url


def _polynomial(devices: Devices, keys: Path) -> int | None:
    if not devices.scale_key_file:
        return SIM_POLYNOMIAL if devices.scale.startswith("sim:") else None
    path = keys / devices.scale_key_file
    try:
        with path.open("rb") as file:
            return read_polynomial(file.read(MAX_KEY_BYTES).decode("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        raise ConfigError(
            f"no polynomial can be read from {path}: its first line is 4 hexadecimal digits",
            key="devices.scale_key_file",
        ) from None
