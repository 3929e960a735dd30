"""What root remembers of a machine's provisioning, on the data partition, for root alone.

Four small files, each written whole: ``state`` (what holds), ``making`` (what is being applied, and
is applied again after a cut), ``pending`` (changes that wait for a PIN) and ``card`` (what is still
to be written on the FAT partition).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from terminal.whole_files import remove, write_whole

STATE, MAKING, PENDING, CARD = "state", "making", "pending", "card"
MAX_BYTES = 1_048_576


class MachineStore:
    """The folder of these files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> dict[str, Any] | None:
        """Return what was kept; None when there is none that can be read.

        Raises:
            OSError: the disk failed.
        """
        try:
            with self._path(name).open("rb") as file:
                plain = json.loads(file.read(MAX_BYTES))
        except (FileNotFoundError, ValueError):
            return None
        return plain if isinstance(plain, dict) else None

    def save(self, name: str, plain: dict[str, Any]) -> None:
        """Keep something, durably. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._path(name), json.dumps(plain, ensure_ascii=False).encode())

    def forget(self, name: str) -> None:
        """Keep it no longer. Raises OSError."""
        remove(self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
