"""The customer display as configured."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.display.base import CustomerDisplay
from drivers.registry import driver_class
from drivers.simulation import Simulator
from drivers.transports.address import BadAddress, open_transport
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.recorders import Recorders
from terminal.settings import ConfigError

SHOW_S = 1.0
"""For one text: 60 bytes take 65 ms at 9600 baud; a display that hangs is looked for again."""


def customer_display(
    devices: Devices, simulators: Mapping[str, Simulator], recorders: Recorders
) -> DeviceHost[CustomerDisplay] | None:
    """Return the display that is configured; None when there is none. Raises ConfigError."""
    if not devices.customer_display:
        return None
    heard = recorders.of("customer_display")
    try:
        transport = open_transport(devices.customer_display, simulators, heard)
    except BadAddress as error:
        raise ConfigError(str(error), key="devices.customer_display") from error
    made = driver_class(devices.display_protocol)
    return DeviceHost("customer_display", made(transport, devices.display_code_page), heard)
