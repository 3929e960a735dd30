"""The data folder of a terminal: what lies where."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from terminal import config as configuration

TRAINING = "training"
"""Folder of the practice terminal's own journal, within the shop's."""
MARKER = "practising"
"""File that stands in it while the terminal is in training: a power cut changes nothing of that."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where everything of one terminal lies."""

    path: Path
    shop: Path | None = None
    """Whose settings, keys, operators and catalogue these are, when they are another folder's."""

    @property
    def home(self) -> Path:
        """Where settings, keys, operators, logo and catalogue are."""
        return self.shop or self.path

    @property
    def settings(self) -> Path:
        return self.home / configuration.FILE_NAME

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def key(self) -> Path:
        return self.keys / "terminal.key"

    @property
    def training(self) -> DataFolder:
        """The practice terminal's folder: a journal of its own, everything else the shop's."""
        return DataFolder(self.path / TRAINING, self.path)

    @property
    def practises(self) -> bool:
        """Tell whether this terminal was left in training."""
        return (self.training.path / MARKER).exists()

    def begin_training(self) -> None:
        """From the next start on, practise. Raises OSError."""
        folder = self.training.path
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / MARKER).touch()
        _sync(folder)
        _sync(self.path)

    def end_training(self) -> None:
        """From the next start on, sell. Raises OSError."""
        (self.training.path / MARKER).unlink(missing_ok=True)
        _sync(self.training.path)


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
