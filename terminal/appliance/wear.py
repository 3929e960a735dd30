"""What the card has to take, and how long it will: counters of the kernel, read and put into days.

Pure functions over the texts of ``/proc`` and ``/sys``; ``root`` stands for ``/`` in tests.

- ``/proc/PID/io``, ``write_bytes``: bytes this process caused to be sent to the storage (proc(5)).
- ``/sys/block/DISK/stat``, seventh field: sectors of 512 bytes written since the machine started,
  by everybody (kernel, Documentation/block/stat.rst).
- ``/sys/block/mmcblkN/device/life_time``: two numbers, in steps of ten percent of the estimated
  life used, for the two kinds of memory of an eMMC; ``pre_eol_info``: 1 normal, 2 eighty percent of
  the reserve blocks used, 3 urgent (JEDEC JESD84-B51, EXT_CSD 267 to 269).  An SD card has none.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
SECTORS_WRITTEN = 6
"""Field of the block statistics, from 0."""
GIGABYTE = 10**9
"""As makers of cards count."""
LIFE_STEPS = 11
"""0x0b: the estimated life is over."""
MAX_TEXT = 4096


@dataclass(frozen=True, slots=True)
class EmmcLife:
    """What an eMMC says of itself."""

    used_percent: int
    """Upper end of the step of the more worn of its two kinds of memory; above 100: it is over."""
    reserve: str
    """``normal``, ``warning``, ``urgent``, or empty where it says nothing."""


def process_written(text: str) -> int | None:
    """Return the bytes a process caused to be written, of the text of ``/proc/PID/io``."""
    found = re.search(r"^write_bytes: (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else None


def disk_written(text: str) -> int | None:
    """Return the bytes written to a disk since the start, of the text of its ``stat``."""
    fields = text.split()
    if len(fields) <= SECTORS_WRITTEN or not fields[SECTORS_WRITTEN].isdecimal():
        return None
    return int(fields[SECTORS_WRITTEN]) * SECTOR


def emmc_life(life_time: str, pre_eol_info: str = "") -> EmmcLife | None:
    """Return what the two registers say; None where they say nothing that the standard knows."""
    steps = [int(word, 16) for word in re.findall(r"0x([0-9a-fA-F]{2})\b", life_time)]
    known = [step for step in steps if 1 <= step <= LIFE_STEPS]
    if not known:
        return None
    reserve = {1: "normal", 2: "warning", 3: "urgent"}
    said = re.fullmatch(r"\s*0x0?([0-9a-fA-F])\s*", pre_eol_info)
    return EmmcLife(max(known) * 10, reserve.get(int(said[1], 16), "") if said else "")


def days_left(per_day: int, already: int, endurance_gb: int) -> int | None:
    """Return the days until as much is written as the maker vouches for; None where unknown.

    Args:
        per_day: bytes written to the card on an average day.
        already: bytes written to it so far, as far as they were counted.
        endurance_gb: what the maker's sheet says (TBW times 1000), 0 when it says nothing.
    """
    if per_day <= 0 or endurance_gb <= 0:
        return None
    return max(0, endurance_gb * GIGABYTE - already) // per_day


def disk_of(folder: Path, root: Path = Path("/")) -> Path | None:
    """Return the ``/sys`` folder of the whole disk that a folder lies on; None where there is none.

    A file system without a disk of its own (tmpfs, network, overlay) has none.
    """
    try:
        device = folder.stat().st_dev
        node = root / "sys/dev/block" / f"{os.major(device)}:{os.minor(device)}"
        place = node.resolve(strict=True)
    except OSError:
        return None
    return place.parent if (place / "partition").exists() else place


def text_of(path: Path) -> str:
    """Return a small text of the kernel; empty when it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT).decode("ascii", "replace")
    except OSError:
        return ""


def read_disk(disk: Path | None) -> int | None:
    """Return the bytes written to a disk since the start; None where it cannot be told."""
    return None if disk is None else disk_written(text_of(disk / "stat"))


def read_process(root: Path = Path("/")) -> int | None:
    """Return the bytes this process has caused to be written; None where it cannot be told."""
    return process_written(text_of(root / "proc/self/io"))


def read_boot_id(root: Path = Path("/")) -> str:
    """Return what tells one start of the machine from another; empty where it cannot be told."""
    return text_of(root / "proc/sys/kernel/random/boot_id").strip()[:40]
