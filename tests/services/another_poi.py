"""A terminal of the counter with another payment terminal than the simulated one of its bench."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from drivers.payment.base import PaymentTerminal
from terminal import config as configuration
from terminal.app import Running
from terminal.config import Config
from terminal.devices.host import DeviceHost
from terminal.devices.hub import Hub
from terminal.folder import DataFolder
from tests.flows.power import PATIENCE_S, Till, throw_away

LONG_S = 10 * PATIENCE_S
"""Nothing may wait this long: a test fails first."""


class WithPoi(Running):
    """A terminal that pays at the given driver."""

    def __init__(self, folder: DataFolder, config: Config, poi: PaymentTerminal) -> None:
        super().__init__(folder, config)
        self.poi = poi

    def _devices(self) -> Hub:
        hub = super()._devices()
        hub.poi.driver.close()
        hub.poi.close()
        hub.poi = DeviceHost("poi", self.poi)
        return hub


@asynccontextmanager
async def paying_at(
    poi: PaymentTerminal, data: Path, *, role: str = "till", answer_s: float = LONG_S
) -> AsyncIterator[Till]:
    """Start a terminal that pays at this driver; at the end it is thrown away."""
    folder = DataFolder(data)
    config = configuration.load(folder.settings)
    config = configuration.with_settings(config, {"terminal.role": role})
    times = replace(config.payment, answer_timeout_s=answer_s, enquiry_window_s=LONG_S)
    running = WithPoi(folder, replace(config, payment=times), poi)
    await running.__aenter__()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await running.ready()
            yield Till(running)
    finally:
        await throw_away(running)
