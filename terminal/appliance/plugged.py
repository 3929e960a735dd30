"""What is on the sticks that are plugged in, and whether somebody has plugged it in anew.

A stick that is forgotten in the till must not be news at every look, nor stand in the way of what
the server offers; one that a person plugs in again is a person who asks.  The kernel counts every
disk that appears (``diskseq``, since Linux 5.15): the same stick has another number after each
plug.  The numbers begin anew with the machine, so over a restart a file is told by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from terminal.appliance import places
from terminal.whole_files import write_whole

FILE_NAME = "looked.json"
MAX_BYTES = 262_144
"""Far above the files that are looked at (``update_sources.MAX_LOOKED_AT``)."""
_DISKS = Path("/sys/dev/block")


@dataclass(frozen=True, slots=True)
class Plugged:
    """One file of a stick."""

    path: str
    size: int
    mtime_ns: int
    plug: int = 0
    """The kernel's number of the disk since the machine started; 0: it does not say."""

    def is_file_of(self, other: Plugged) -> bool:
        """Tell whether both are the same file, whenever its stick was plugged in."""
        return (self.path, self.size, self.mtime_ns) == (other.path, other.size, other.mtime_ns)


def seen_now(paths: Iterable[Path], root: Path = Path("/")) -> tuple[Plugged, ...]:
    """Return what can be said of files that are plugged in now."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            said = path.stat()
            plug = _plug(said.st_dev, root)
            found.append(Plugged(str(path), said.st_size, said.st_mtime_ns, plug))
    return tuple(found)


def _plug(device: int, root: Path) -> int:
    name = f"{os.major(device)}:{os.minor(device)}"
    disk = (places.under(root, _DISKS) / name).resolve()
    for folder in (disk, disk.parent):  # a disk, or a partition of one
        with contextlib.suppress(OSError, ValueError):
            return int((folder / "diskseq").read_text(encoding="ascii"))
    return 0


def anew(now: Iterable[Plugged], folder: Path, boot: str) -> frozenset[Path]:
    """Return the files that were not looked at since their stick was plugged in.

    Args:
        now: what is plugged in.
        folder: of the updater; what was looked at last is remembered there.
        boot: of this start of the machine.
    """
    then, before = _looked(folder)
    return frozenset(
        Path(one.path)
        for one in now
        if not any(one == other or (then != boot and one.is_file_of(other)) for other in before)
    )


def remember(looked: Iterable[Plugged], folder: Path, boot: str) -> None:
    """Remember what was looked at. Raises OSError."""
    files = tuple(looked)
    if _looked(folder) == (boot, files):
        return
    folder.mkdir(parents=True, exist_ok=True)
    said = {"boot": boot, "files": [astuple(one) for one in files]}
    write_whole(folder / FILE_NAME, json.dumps(said).encode() + b"\n", 0o644)


def _looked(folder: Path) -> tuple[str, tuple[Plugged, ...]]:
    try:
        with (folder / FILE_NAME).open("rb") as file:
            said: Any = json.loads(file.read(MAX_BYTES))
        return str(said["boot"]), tuple(Plugged(*one) for one in said["files"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "", ()
