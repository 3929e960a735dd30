"""A small file written so that a reader, or a power cut, finds the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable: a new file is lost without it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes, mode: int | None = 0o600) -> None:
    """Write a file beside its place, make it durable, and put it there. Raises OSError.

    ``mode`` None: as the process makes its files.
    """
    _put(path, path.with_name(f"{path.name}.new"), data, mode, durable=True)
    sync_directory(path.parent)


def remove(path: Path) -> None:
    """Remove a file, for good. Raises OSError."""
    if path.exists():
        path.unlink()
        sync_directory(path.parent)


def write_volatile(
    path: Path, data: bytes, mode: int | None = 0o644, *, makes_folder: bool = True
) -> None:
    """Write a file whole that a power cut may take: those of ``/run``. Raises OSError.

    ``makes_folder``: False where its folder is made by somebody else, and its absence means that.
    """
    if makes_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, path.with_name(f".{path.name}.new"), data, mode, durable=False)


def _put(path: Path, beside: Path, data: bytes, mode: int | None, *, durable: bool) -> None:
    if mode is not None:  # nobody reads it meanwhile who may not afterwards
        beside.unlink(missing_ok=True)
        beside.touch(mode=mode)
    with beside.open("wb") as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
