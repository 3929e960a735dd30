"""What every simulated device has in common: a wire, and knobs.

A simulator speaks its device's wire protocol over a byte channel and is steered by a person or a
test through ``control``.  What a real device keeps without power (a payment terminal's journal, the
paper that has come out) a simulator keeps in files under its memory folder, written before it
answers, so that killing the terminal's process is like cutting its mains.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from drivers.transports.base import Transport


class UnknownAction(ValueError):
    """The simulator has no such knob, or the value does not fit it."""


class Simulator(Protocol):
    """A simulated device. Thread-safe: the wire and the knobs belong to different threads."""

    name: str
    """Role: ``printer``, ``scanner``, ``drawer`` or ``poi``."""

    def connect(self) -> Transport:
        """Return the host's end of a new in-process wire to this device."""

    def control(self, action: str, **parameters: Any) -> Mapping[str, Any]:
        """Turn a knob; returns what can be seen of the device afterwards. Raises UnknownAction."""

    def look(self) -> Mapping[str, Any]:
        """Return what a person standing before the device sees, as plain values."""
