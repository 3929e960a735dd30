"""The way to a device as the settings name it: a bad address is an error of the settings."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.flight import FlightRecorder
from drivers.simulation import Simulator
from drivers.transports.address import BadAddress, open_transport
from drivers.transports.base import Transport
from terminal.settings import ConfigError


def wire(
    setting: str, url: str, simulators: Mapping[str, Simulator], recorder: FlightRecorder | None
) -> Transport:
    """Return the transport to ``url``, not yet connected, that ``recorder`` hears.

    Raises:
        ConfigError: the address of ``devices.<setting>`` leads nowhere.
    """
    try:
        return open_transport(url, simulators, recorder)
    except BadAddress as error:
        raise ConfigError(str(error), key=f"devices.{setting}") from error
