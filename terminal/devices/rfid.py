"""The RFID reader as configured."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.registry import driver_class
from drivers.rfid.base import RfidReader
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.recorders import Recorders
from terminal.devices.wire import wire


def rfid_reader(
    devices: Devices, simulators: Mapping[str, Simulator], heard: Recorders
) -> DeviceHost[RfidReader] | None:
    """Return the RFID reader that is configured; None when there is none.

    Raises:
        ConfigError: its address leads nowhere.
    """
    url = devices.rfid
    if not url:
        return None
    recorder = heard.of("rfid")
    driver = driver_class("llrp")(wire("rfid", url, simulators, recorder))
    return DeviceHost("rfid", driver, recorder)
