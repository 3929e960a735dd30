"""A card with the image on it, and the Raspberry Pi's firmware that starts from it.

The firmware is played: it reads ``autoboot.txt`` on the first partition, takes the boot partition
named there (the other one after a restart with the tryboot flag), and loads kernel, first file
system and command line from it (Raspberry Pi documentation, "autoboot.txt").
"""

from __future__ import annotations

import configparser
import subprocess
from dataclasses import dataclass
from pathlib import Path

from image import layout

CARD_BYTES = 4 << 30
"""Of the card that the image is written to: the data partition grows to its end."""
KERNELS = {"vmlinuz": "initrd.img", "kernel8.img": "initramfs8"}
"""What may be in a boot partition, and the first file system that goes with it."""
SLOTS = {2: "A", 3: "B"}


@dataclass(frozen=True, slots=True)
class Started:
    """What the firmware loaded."""

    partition: int
    kernel: Path
    initrd: Path
    cmdline: str

    @property
    def slot(self) -> str:
        return SLOTS[self.partition]


class Card:
    """The image, written to a card of usual size."""

    def __init__(self, image: Path, card: Path, size: int = CARD_BYTES) -> None:
        self.path = card
        subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
        with card.open("r+b") as file:
            file.truncate(size)

    def put(self, name: str, content: str) -> None:
        """Write a file onto the FAT partition, as a technician's computer does."""
        self._mtools("mcopy", "-o", "-", f"::{name}", on="bootcfg", given=content.encode())

    def get(self, name: str, on: str = "bootcfg") -> bytes:
        """Return a file of a FAT partition; empty when there is none."""
        return self._mtools("mtype", f"::{name}", on=on, check=False)

    def names(self, on: str = "bootcfg") -> list[str]:
        """Return the names in the top folder of a FAT partition."""
        listed = self._mtools("mdir", "-b", "::", on=on, check=False).decode()
        return [line.removeprefix("::/") for line in listed.splitlines() if line]

    def start(self, to: Path, *, tryboot: bool = False) -> Started:
        """Do what the firmware does at power-on, or at a restart with the tryboot flag."""
        partition = boot_partition(self.get("autoboot.txt").decode(), tryboot=tryboot)
        name = {2: "boot_a", 3: "boot_b"}[partition]
        kernel = next(one for one in KERNELS if one in self.names(name))
        initrd = KERNELS[kernel]
        for file in (kernel, initrd):
            (to / file).write_bytes(self.get(file, name))
        cmdline = self.get("cmdline.txt", name).decode().strip()
        return Started(partition, to / kernel, to / initrd, cmdline)

    def _mtools(
        self, tool: str, *arguments: str, on: str, given: bytes = b"", check: bool = True
    ) -> bytes:
        place = f"{self.path}@@{layout.offsets()[on]}"
        return subprocess.run(
            [tool, "-i", place, *arguments], input=given, capture_output=True, check=check
        ).stdout


def boot_partition(autoboot: str, *, tryboot: bool) -> int:
    """Return the number of the boot partition that ``autoboot.txt`` names."""
    parser = configparser.ConfigParser(strict=False)
    parser.read_string(autoboot.rstrip("\0\n ") + "\n")
    section = "tryboot" if tryboot and parser.has_section("tryboot") else "all"
    return parser.getint(section, "boot_partition")
