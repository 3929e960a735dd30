"""Everything that the service screen shows, as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.appliance.health import Report
from terminal.logs import Entry


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last failure of a device's line."""

    kind: str
    """``timeout`` or ``unplugged``."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class ServicePage:
    """What is known beside the books."""

    report: Report | None = None
    """Of the health service; None when there is none of now."""
    program: str = ""
    update: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where an update stands, as the updater says: ``phase``, ``version``."""
    errors: tuple[Entry, ...] = ()
    """Newest warnings and errors of the program, the newest first."""
    troubles: Mapping[str, Trouble] = field(default_factory=lambda: MappingProxyType({}))
    """Last failures by role."""
