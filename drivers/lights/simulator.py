"""A light tower made of software: what its lamps and its buzzer did can be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivers.pins.simulated import PinnedDevice


class LightsSimulator(PinnedDevice):
    """The simulated tower."""

    name = "lights"
    outputs = ("red", "amber", "green", "buzzer")

    def _visible(self) -> Mapping[str, Any]:
        return {**self._driven, "held": self._host is not None}
