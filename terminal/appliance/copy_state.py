"""What the process of the second copy says of itself, in one small file for screens."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from terminal.whole_files import write_volatile

VERSION = 1
MAX_BYTES = 4096
MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class CopyState:
    """Where the second copy stands."""

    alive: bool = False
    """There is a file: the process ran since the machine was started."""
    medium: str = ""
    """Label of the stick, or its folder; empty while there is none."""
    seq: int = 0
    """Newest record that was copied and read back."""
    copied_at_ms: int = 0
    """UTC, when that was; 0: never since the start."""
    problem: str = ""
    """``no_stick``, ``full``, ``other_shop``, ``other_history``, ``damaged``, ``io``, ``too_many``,
    or empty."""
    words: str = ""
    """The problem, for a technician."""


def load(path: Path) -> CopyState:
    """Return what the file says; nothing when there is none or it cannot be read."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(MAX_BYTES))
        if said["version"] != VERSION:
            return CopyState()
        return CopyState(
            True,
            str(said["medium"]),
            int(said["seq"]),
            int(said["copied_at_ms"]),
            str(said["problem"]),
            str(said["words"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return CopyState()


def save(path: Path, state: CopyState) -> None:
    """Put the state in place of the file. Raises OSError."""
    said = {"version": VERSION, **asdict(state), "words": state.words[:MAX_WORDS]}
    write_volatile(path, json.dumps(said).encode(), mode=None, makes_folder=False)
