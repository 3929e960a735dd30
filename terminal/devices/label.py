"""The label printer as configured."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.label.base import LabelPrinter
from drivers.registry import driver_class
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.recorders import Recorders
from terminal.devices.wire import wire


def label_printer(
    devices: Devices, simulators: Mapping[str, Simulator], heard: Recorders
) -> DeviceHost[LabelPrinter] | None:
    """Return the label printer that is configured; None when there is none.

    Raises:
        ConfigError: its address leads nowhere.
    """
    url = devices.label_printer
    if not url:
        return None
    recorder = heard.of("label")
    driver = driver_class("zpl")(wire("label_printer", url, simulators, recorder))
    return DeviceHost("label", driver, recorder)
