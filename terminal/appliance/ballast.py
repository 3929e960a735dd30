"""The ballast: a file of zeros that holds room on the disk, given back when there is none left.

What it holds is the room for the sale in progress, its receipt and the closures of the day.  The
blocks are allocated for real (``posix_fallocate``), so that giving them back frees them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

FILE = "ballast"
MIB = 2**20


@dataclass(frozen=True, slots=True)
class Ballast:
    """The ballast of one data folder."""

    folder: Path
    size: int
    """Bytes; 0: this till has none."""

    @property
    def path(self) -> Path:
        return self.folder / FILE

    @property
    def is_there(self) -> bool:
        """Tell whether it holds its room."""
        try:
            return self.size > 0 and self.path.stat().st_size >= self.size
        except OSError:
            return False

    def make(self) -> None:
        """Take the room; one that was half made is made whole.

        Raises OSError: there is no room for it, and what was taken is given back.
        """
        if self.size <= 0 or self.is_there:
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self.size)
            os.fsync(descriptor)
        except OSError:
            self.path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def release(self) -> bool:
        """Give the room back; False when there was none.

        Raises OSError: the disk does not even take that.
        """
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        directory = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)  # ext4 gives the blocks back with the commit of its own journal
        finally:
            os.close(directory)
        return True


def free_bytes(folder: Path) -> int:
    """Return the bytes that may still be written by this user. Raises OSError."""
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize
