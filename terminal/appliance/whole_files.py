"""A small file written so that a power cut leaves the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

from terminal.journal.database import sync_directory


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file beside its place, make it durable, and put it there. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=mode)
    with beside.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_directory(path.parent)


def remove(path: Path) -> None:
    """Remove a file, for good. Raises OSError."""
    if path.exists():
        path.unlink()
        sync_directory(path.parent)


def write_volatile(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file of ``/run`` whole: readers see the old one or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=mode)
    with beside.open("wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
    beside.replace(path)
