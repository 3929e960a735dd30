"""The kernel's files, read with limits: of the running machine, or of a folder that looks like one.

Nothing here waits: ``/proc`` and ``/sys`` answer from memory.  Where a file is missing, too long or
rubbish the answer is None or nothing, never an exception.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.timekeeping.linux import SystemFiles

MAX_FILE_BYTES = 65_536
"""``/proc/net/fib_trie`` of a till is a few kilobytes; nothing that is read here has more."""
MAX_JSON_BYTES = 262_144
"""A day of minutes is 60 to 150 kB."""
MAX_NAMES = 256
"""Entries of a folder that are looked at."""
_WHOLE = re.compile(r"-?\d{1,15}")
_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]{1,12}")
_UPTIME = re.compile(r"(\d{1,12})\.(\d\d)( .*)?", re.ASCII)
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Space:
    """What a file system has left: bytes for ordinary users, and files (inodes)."""

    free_bytes: int
    size_bytes: int
    free_files: int
    files: int


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of ``/proc/self/mountinfo`` (proc(5))."""

    device: str
    """Major and minor number, ``179:6``."""
    folder: str
    kind: str
    options: tuple[str, ...]
    """Of the file system itself: a sandbox may show it read-only where it is not."""


class MachineFiles(SystemFiles):
    """The files of a machine; ``root`` is ``/`` or a tree of fixtures."""

    def __init__(self, root: Path = Path("/")) -> None:
        super().__init__(root)
        self.root = root

    def lines(self, path: str) -> tuple[str, ...]:
        """Return the lines of a file, at most MAX_FILE_BYTES of it; none when it cannot be read."""
        try:
            with (self.root / path).open("rb") as file:
                return tuple(file.read(MAX_FILE_BYTES).decode("utf-8", "replace").splitlines())
        except (OSError, ValueError):
            return ()

    def raw(self, path: str, limit: int = 64) -> bytes:
        """Return the first bytes of a file (device tree properties are binary)."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(limit)
        except (OSError, ValueError):
            return b""

    def whole(self, path: str) -> int | None:
        """Return the whole number that a file holds."""
        text = self.text(path)
        return int(text) if text is not None and _WHOLE.fullmatch(text) else None

    def up_ms(self) -> int | None:
        """Return the time since the machine started (proc(5), ``/proc/uptime``)."""
        told = _UPTIME.fullmatch(self.text("proc/uptime") or "")
        return int(told[1] + told[2]) * 10 if told else None

    def hexadecimal(self, path: str, place: int = 0) -> int | None:
        """Return one of the hexadecimal numbers that a file holds."""
        parts = (self.text(path) or "").split()
        if place >= len(parts) or not _HEX.fullmatch(parts[place]):
            return None
        return int(parts[place], 16)

    def folders(self, path: str, pattern: str = "*") -> tuple[str, ...]:
        """Return the paths in a folder whose names match, sorted, at most MAX_NAMES."""
        try:
            found = sorted(one.name for one in (self.root / path).glob(pattern))
        except (OSError, ValueError):
            return ()
        return tuple(f"{path}/{name}" for name in found[:MAX_NAMES])

    def json(self, path: str) -> dict[str, Any]:
        """Return the object that a JSON file holds; an empty one when it holds none."""
        found = self._parsed(path)
        return found if isinstance(found, dict) else {}

    def list(self, path: str) -> list[Any]:
        """Return the list that a JSON file holds; an empty one when it holds none."""
        found = self._parsed(path)
        return found if isinstance(found, list) else []

    def _parsed(self, path: str) -> object:
        try:
            return json.loads(self.raw(path, MAX_JSON_BYTES))
        except (ValueError, RecursionError):
            return None

    def space(self, path: str) -> Space | None:
        """Return the space of the file system that a folder is on; None when there is no folder."""
        try:
            told = os.statvfs(self.root / path)
        except (OSError, ValueError):
            return None
        return Space(
            told.f_bavail * told.f_frsize,
            told.f_blocks * told.f_frsize,
            told.f_favail,
            told.f_files,
        )

    def mounts(self) -> tuple[Mount, ...]:
        """Return what is mounted, in order."""
        found = []
        for line in self.lines("proc/self/mountinfo"):
            before, dash, after = line.partition(" - ")
            fields, of_system = before.split(), after.split()
            if not dash or len(fields) < 6 or len(of_system) < 3:
                continue
            found.append(
                Mount(
                    fields[2],
                    _OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4]),
                    of_system[0],
                    tuple(of_system[-1].split(",")),
                )
            )
        return tuple(found[:MAX_NAMES])

    def mount_of(self, path: str) -> Mount | None:
        """Return the mount that a path lies on: the longest folder above it, the newest first."""
        wanted = "/" + path.strip("/")
        best: Mount | None = None
        for mount in self.mounts():
            under = mount.folder in ("/", wanted)
            if not under and not wanted.startswith(mount.folder + "/"):
                continue
            if best is None or len(mount.folder) >= len(best.folder):
                best = mount
        return best
