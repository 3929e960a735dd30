"""The cash machine as configured: its address, and who works at it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from drivers.cash.base import CashMachine
from drivers.cash.cashdro_protocol import Operator
from drivers.registry import driver_class
from drivers.simulation import Simulator
from drivers.transports.address import open_transport
from terminal.device_settings import Devices
from terminal.devices.host import DeviceHost
from terminal.devices.recorders import Recorders
from terminal.devices.wire import wire
from terminal.settings import ConfigError

MAX_PASSWORD_BYTES = 200
SIMULATED = "password"
"""Of a machine that guards nothing."""


def cash_machine(
    devices: Devices, simulators: Mapping[str, Simulator], keys: Path, recorders: Recorders
) -> DeviceHost[CashMachine] | None:
    """Return the cash machine that is configured; None when there is none.

    Raises:
        ConfigError: its address leads nowhere, or the file of its password cannot be read.
    """
    url = devices.cash_machine
    if not url:
        return None
    operator = Operator(devices.cash_operator, _password(devices, keys))
    heard = recorders.of("cash")
    wire("cash_machine", url, simulators, None)  # a bad address is said at the start, not later
    driver = driver_class("cashdro")(partial(open_transport, url, simulators, heard), operator)
    return DeviceHost("cash", driver, heard)


def _password(devices: Devices, keys: Path) -> str:
    if not devices.cash_password_file and devices.cash_machine.startswith("sim:"):
        return SIMULATED
    path = keys / devices.cash_password_file
    try:
        with path.open("rb") as file:
            secret = file.read(MAX_PASSWORD_BYTES).decode().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        raise ConfigError(f"no password can be read from {path}", key="devices.cash_password_file")
    return secret
