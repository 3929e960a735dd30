"""Removable media: which are plugged in, and a file copied to one so that it is certainly there.

What is mounted is read from ``/proc/self/mountinfo`` (proc(5)); what is removable from the kernel's
device tree in ``/sys`` (``removable`` is 1 for sticks and cards, and a disk behind USB is told by
its path); names and serial numbers from udev's database (``ID_FS_LABEL``, ``ID_SERIAL_SHORT``).

The copy is read back from the medium, not from memory: after ``fsync`` its pages are clean, and
``posix_fadvise(POSIX_FADV_DONTNEED)`` drops them, so that the next read asks the device.
``O_DIRECT`` would do the same where a file system knows it; not all of those that sticks have do
(exFAT through FUSE, network shares), and it wants aligned buffers.  A stick that answers from a
cache of its own is beyond both.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from terminal.whole_files import sync_directory

CHUNK = 1 << 20
"""Bytes copied at a time."""
MOUNT_FOLDERS = ("/media", "/run/media")
"""Where desktops and the appliance mount what is plugged in."""
MAX_MEDIA = 16
"""Media looked at: a hub has no more ports."""
_OCTAL = re.compile(r"\\([0-7]{3})")


class CopyDiffers(OSError):
    """The medium gives back something else than was written there."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A place that copies go to."""

    folder: Path
    label: str = ""
    serial: str = ""
    external: bool = True
    """It is on another file system than the books."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the kernel and udev tell of media; tests have folders of their own."""

    mountinfo: Path = Path("/proc/self/mountinfo")
    sys: Path = Path("/sys")
    udev: Path = Path("/run/udev/data")
    mount_folders: tuple[str, ...] = MOUNT_FOLDERS

    def media(self) -> tuple[Medium, ...]:
        """Return the removable media that are mounted, the last mounted first."""
        found = []
        for line in reversed(self._lines()):
            fields = line.split()
            if len(fields) < 5:
                continue
            device, folder = fields[2], Path(_OCTAL.sub(_unescaped, fields[4]))
            if self._under_media(folder) or self._removable(device):
                label, serial = self._names(device)
                found.append(Medium(folder, label or folder.name, serial))
        return tuple(found[:MAX_MEDIA])

    def medium_of(self, folder: Path, books: Path) -> Medium:
        """Return the medium that a folder lies on, named as far as it names itself.

        Raises OSError.
        """
        device = folder.stat().st_dev
        label, serial = self._names(f"{os.major(device)}:{os.minor(device)}")
        external = device != books.stat().st_dev
        return Medium(folder, label or folder.name, serial, external)

    def _lines(self) -> list[str]:
        try:
            return self.mountinfo.read_text("utf-8", "surrogateescape").splitlines()
        except OSError:
            return []

    def _under_media(self, folder: Path) -> bool:
        return any(Path(parent) in folder.parents for parent in self.mount_folders)

    def _removable(self, device: str) -> bool:
        try:
            place = (self.sys / "dev" / "block" / device).resolve(strict=True)
        except OSError:
            return False
        disk = place if (place / "removable").exists() else place.parent
        try:
            flag = (disk / "removable").read_text("ascii").strip()
        except (OSError, ValueError):
            return False
        return flag == "1" or any(part.startswith("usb") for part in place.parts)

    def _names(self, device: str) -> tuple[str, str]:
        """Return (label, serial number) of a device; empty where udev knows none."""
        try:
            text = (self.udev / f"b{device}").read_text("utf-8", "replace")
        except OSError:
            return "", ""
        said = dict(
            line[2:].split("=", 1)
            for line in text.splitlines()
            if line.startswith("E:") and "=" in line
        )
        serial = said.get("ID_SERIAL_SHORT") or said.get("ID_FS_UUID", "")
        return said.get("ID_FS_LABEL", "")[:40], serial[:40]


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 8))


def copy_to(
    medium: Medium,
    source: Path,
    sha256: str,
    check: Callable[[Path], object],
    told: Callable[[int], None] = lambda _: None,
) -> Path:
    """Copy a file to a medium and read it back from there; return where it is.

    It has its name only when everything was found as it should be: a medium that is pulled out,
    full or worn leaves at most a file that ends in ``.part``.

    Args:
        check: reads the copy and raises when it does not prove itself.
        told: hears how many bytes are written.

    Raises:
        OSError: the medium does not take it; CopyDiffers: it gives back something else.
    """
    target = medium.folder / source.name
    beside = medium.folder / f".{source.name}.part"
    try:
        _write(source, beside, told)
        _compare(beside, sha256, target)
        check(beside)
        beside.replace(target)
        sync_directory(medium.folder)
    except BaseException:
        _forget(beside)
        raise
    return target


def _write(source: Path, to: Path, told: Callable[[int], None]) -> None:
    written = 0
    with source.open("rb") as reader, to.open("wb") as writer:
        while chunk := reader.read(CHUNK):
            writer.write(chunk)
            written += len(chunk)
            told(written)
        writer.flush()
        os.fsync(writer.fileno())
        os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _compare(path: Path, sha256: str, target: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise CopyDiffers(f"{target} is not what was written there: use another medium")


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the medium is gone, and the file with it
