"""The flight recorders of this terminal's devices, one for each role, as long as it runs."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.flight import FlightRecorder

PACKED_ROLES = ("poi",)
"""Devices that send card numbers with two digits in a byte."""


class Recorders:
    """Hands out the recorder of a role; give it to ``open_transport`` and to the host."""

    def __init__(self) -> None:
        self._recorders: dict[str, FlightRecorder] = {}

    def of(self, role: str) -> FlightRecorder:
        """Return the recorder of a role, the same each time."""
        if role not in self._recorders:
            self._recorders[role] = FlightRecorder(role, packed=role in PACKED_ROLES)
        return self._recorders[role]

    @property
    def all(self) -> Mapping[str, FlightRecorder]:
        """The recorders there are, by role."""
        return dict(self._recorders)
