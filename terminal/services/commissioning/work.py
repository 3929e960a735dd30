"""Which function carries out which step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from terminal.services.commissioning import device_steps, money_steps, paper_steps
from terminal.services.commissioning.trial import Means, Trial

Work = Callable[[Trial, Means], Awaitable[dict[str, str | int]]]
WORK: Mapping[str, Work] = MappingProxyType(
    {
        "screen": device_steps.screen, "scanner": device_steps.scanner,
        "printer": paper_steps.printer, "cover": paper_steps.cover, "cutter": paper_steps.cutter,
        "drawer": money_steps.drawer, "poi": money_steps.poi, "scale": device_steps.scale,
        "bagging_scale": device_steps.bagging_scale, "cash": money_steps.cash,
        "customer_display": device_steps.customer_display, "lights": device_steps.lights,
        "label": device_steps.label, "rfid": device_steps.rfid, "power": device_steps.power,
        "second_copy": device_steps.second_copy, "clock": device_steps.clock,
        "network": device_steps.network, "key": money_steps.key, "receipt": paper_steps.receipt,
    }
)  # fmt: skip
