"""The light tower as configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.lights.base import Lights
from drivers.pins.gpio import pi_factory
from drivers.registry import driver_class
from drivers.simulation import Simulator
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.pins import Wiring, wired

BUZZER = "buzzer"
WIRING = Wiring(outputs=("red", "amber", "green", BUZZER), optional=1)


def light_tower(
    devices: Devices,
    simulators: Mapping[str, Simulator],
    factory: Callable[[], Any] = pi_factory,
) -> DeviceHost[Lights] | None:
    """Return the tower that is configured; None when there is none. Raises ConfigError."""
    if not devices.lights:
        return None
    pins = wired(devices.lights, simulators, WIRING, key="devices.lights", factory=factory)
    driver = driver_class("light-tower")(pins.port, buzzer=BUZZER in pins.names)
    return DeviceHost("lights", driver)
