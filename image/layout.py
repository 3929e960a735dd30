"""The partitions of the card: names, sizes, identities, and why they are as they are.

Everything is fixed, so that two builds are the same bytes; nothing here is a secret, and the
machine's own identity is made at its first start.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from image.recipe import MIB, BuildError

ALIGN = 8 * MIB
"""Flash erases in blocks of some MiB: no partition shares one with its neighbour."""
SECTOR = 512
TABLE_TAIL = MIB
"""Behind the last partition: the second copy of the table (33 sectors, rounded up)."""
IMAGE_LIMIT = 1_500_000_000
"""Bytes of the whole image, unpacked."""
FAT_TYPE = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
LINUX_TYPE = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_OURS = uuid.UUID("5d1d9d6f-3b2e-4c4e-9a35-8a0b7f6c2e11")
DATA_TYPE = str(uuid.uuid5(_OURS, "type of the data partition")).upper()
"""A type of our own: what grows the data partition can mean no other."""

DATA_FEATURES = (
    "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit",
    "flex_bg", "sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize",
)  # fmt: skip
"""What ext4 may do on the data partition, said in full: each e2fsprogs has other defaults.

No ``metadata_csum``: the superblock (1,024 bytes) is written in place, and of its two sectors a
power cut may keep one. With a checksum such a superblock is refused before the journal, which would
mend it, is read: neither the kernel nor ``fsck -p`` goes on. Without, each sector is whole by
itself, and the flushes of the journal say what counts.
"""
DATA_FORM = ("-t", "ext4", "-b", "4096", "-I", "256", "-O", ",".join(("none", *DATA_FEATURES)))
"""Arguments of mke2fs(8); mke2fs would take smaller blocks for so small a partition."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition; ``size`` in bytes as shipped."""

    label: str
    size: int
    type: str
    why: str

    @property
    def guid(self) -> str:
        """Return its identity: from its name, the same on every card."""
        return identity(self.label)


PARTITIONS = (
    Partition("bootcfg", 48 * MIB, FAT_TYPE, "autoboot.txt, and reprise.toml for the technician"),
    Partition("boot_a", 112 * MIB, FAT_TYPE, "firmware, kernel and first file system of slot A"),
    Partition("boot_b", 112 * MIB, FAT_TYPE, "of slot B: empty until the first update"),
    Partition("system_a", 512 * MIB, LINUX_TYPE, "the read-only system of slot A"),
    Partition("system_b", 512 * MIB, LINUX_TYPE, "of slot B"),
    Partition("data", 96 * MIB, DATA_TYPE, "the shop's books; grows to the end of the card"),
)
"""In the order that the firmware knows them by number: 1 bootcfg, 2 boot_a, 3 boot_b."""


def identity(name: str) -> str:
    """Return a fixed GUID for a name."""
    return str(uuid.uuid5(_OURS, name)).upper()


def partition(label: str) -> Partition:
    """Return a partition by its label."""
    return next(part for part in PARTITIONS if part.label == label)


def offsets() -> dict[str, int]:
    """Return where each partition begins, in bytes."""
    at, found = ALIGN, {}
    for part in PARTITIONS:
        found[part.label] = at
        at += -(-part.size // ALIGN) * ALIGN
    return found


def image_size() -> int:
    """Return the size of the image in bytes. Raises BuildError above ``IMAGE_LIMIT``."""
    last = PARTITIONS[-1]
    size = offsets()[last.label] + last.size + TABLE_TAIL
    if size > IMAGE_LIMIT:
        raise BuildError(f"the image would have {size:,} bytes; {IMAGE_LIMIT:,} are allowed")
    return size


def table() -> str:
    """Return the partition table as sfdisk reads it."""
    at = offsets()
    lines = [
        "label: gpt",
        f"label-id: {identity('card')}",
        "unit: sectors",
        f"sector-size: {SECTOR}",
    ]
    for part in PARTITIONS:
        start, size = at[part.label] // SECTOR, part.size // SECTOR
        named = f'type={part.type}, uuid={part.guid}, name="{part.label}"'
        lines.append(f"start={start}, size={size}, {named}")
    return "\n".join(lines) + "\n"
