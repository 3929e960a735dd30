"""The data folder of a terminal: what lies where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from terminal import config as configuration


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where everything of one terminal lies."""

    path: Path

    @property
    def settings(self) -> Path:
        return self.path / configuration.FILE_NAME

    @property
    def key(self) -> Path:
        return self.path / "keys" / "terminal.key"
