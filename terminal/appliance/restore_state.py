"""How far a restoration from a second copy is: a small file in memory, for the setup screen."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from terminal.whole_files import write_volatile

VERSION = 1
MAX_BYTES = 4096
MAX_WORDS = 300
WORKING, DONE, FAILED = "working", "done", "failed"


@dataclass(frozen=True, slots=True)
class RestoreState:
    """Where it stands; the records are those of the copy."""

    state: str = ""
    """``working``, ``done``, ``failed``; empty: none was asked for."""
    phase: str = ""
    """``reading``, ``tables``, ``proof`` or ``articles``."""
    permille: int = 0
    """Of the whole work, as far as it can be told."""
    code: str = ""
    """Why it failed: the last part of a key ``restore.problem``."""
    detail: str = ""
    """The same for a technician: which record, which file."""
    seq: int = 0
    """Newest record of the copy."""
    at_ms: int = 0
    """Its time: what came after it is unknown."""
    skipped: int = 0
    """Numbers left out of every series."""
    timezone: str = "UTC"


def load(path: Path) -> RestoreState:
    """Return what the file says; an empty state when there is none or it cannot be read."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(MAX_BYTES))
        if said["version"] != VERSION:
            return RestoreState()
        return RestoreState(
            str(said["state"]),
            str(said["phase"]),
            int(said["permille"]),
            str(said["code"]),
            str(said["detail"]),
            int(said["seq"]),
            int(said["at_ms"]),
            int(said["skipped"]),
            str(said["timezone"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return RestoreState()


def save(path: Path, state: RestoreState) -> None:
    """Put the state in place of the file. Raises OSError."""
    said = {"version": VERSION, **asdict(state), "detail": state.detail[:MAX_WORDS]}
    write_volatile(path, json.dumps(said).encode())
