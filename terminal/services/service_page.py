"""Everything that the service screen shows, as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.appliance.copy_state import CopyState
from terminal.appliance.health import Report
from terminal.appliance.update_record import UpdateRecord
from terminal.logs import Entry
from terminal.services.wear_watch import CardFigures


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last failure of a device's line."""

    kind: str
    """``timeout`` or ``unplugged``."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class StoragePage:
    """What the terminal itself knows of what its books lie on."""

    card: CardFigures
    copy: CopyState
    """What the process of the second copy said last."""
    missing: int = 0
    """Records that the copy did not have when it was last looked at."""
    wanted: bool = False
    """The settings want a second copy."""


@dataclass(frozen=True, slots=True)
class ServicePage:
    """What is known beside the books."""

    report: Report | None = None
    """Of the health service; None when there is none of now."""
    program: str = ""
    update: UpdateRecord = field(default_factory=UpdateRecord)
    """Where an update stands, as the updater shows it."""
    errors: tuple[Entry, ...] = ()
    """Newest warnings and errors of the program, the newest first."""
    troubles: Mapping[str, Trouble] = field(default_factory=lambda: MappingProxyType({}))
    """Last failures by role."""
    storage: StoragePage | None = None
    """None in training."""
