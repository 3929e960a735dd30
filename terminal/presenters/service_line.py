"""One line of a tile of the service screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One reading or device: its name, its figures, and what to do when it is not well."""

    name: str = ""
    value: str = ""
    note: str = ""
    tone: str = "good"
