"""What a technician asks for on the service screen; each needs the right ``service``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenService:
    """Open the service screen: how machine, devices and software are."""


@dataclass(frozen=True, slots=True)
class ExportDiagnostics:
    """Write the diagnostics to the medium that is plugged in, and read them back from there."""


@dataclass(frozen=True, slots=True)
class RestartTerminal:
    """End the program and start it anew, between two sales; the machine stays on."""


OfService = OpenService | ExportDiagnostics | RestartTerminal
