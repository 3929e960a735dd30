"""Bundles for the trials of updates: a good one, and each kind that must not take over.

What never gets as far as a start is small: a few megabytes in the outer form of a bundle.  What
must be started is the image that was built, and that image with a terminal that does not come up.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from image import bundle as making
from image.partitions import EROFS_CLUSTER, EROFS_COMPRESSION
from image.recipe import TARGETS, Target, Workshop
from image.update_keys import Keys, keys

GOOD, UNREADY = "9.0.0", "9.1.0"
"""Newer than any release, so that the running program's own version does not matter."""
OLDER = "0.0.1"
STICK_ROOM = 32 << 20
"""Of a stick's FAT beyond its files."""
TERMINAL_UNIT = Path("etc/systemd/system/terminal.service.d/trial.conf")
NEVER_READY = "[Service]\nExecStart=\nExecStart=/usr/bin/false\n"
"""Its program agrees with the books, and its terminal does not come up."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A stick, and the reason that the state must say."""

    name: str
    code: str
    stick: Path


def stick(path: Path, *files: Path) -> Path:
    """Make a stick with files on it: FAT, as shops buy them."""
    size = sum(file.stat().st_size for file in files) + STICK_ROOM
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(-(-size // (1 << 20)) << 20)
    subprocess.run(["mkfs.vfat", "-n", "BUNDLE", str(path)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", str(path), *map(str, files), "::"], check=True)
    return path


class Bundles:
    """Made of a built image, in a folder of their own."""

    def __init__(self, target: str, built: Path, folder: Path, seed: int) -> None:
        self._target: Target = TARGETS[target]
        self._built, self._folder = built, folder
        self._dice = random.Random(f"bundles {seed}")
        self._keys = keys()
        folder.mkdir(parents=True, exist_ok=True)

    def good(self) -> Path:
        """Return a stick with the built image, as a newer version."""
        return self._whole("good", self._built / making.SYSTEM, GOOD)

    def unready(self) -> Path:
        """Return a stick with a version that rehearses well and whose terminal never comes up.

        Made of the folder that the image was made of. Raises BuildError.
        """
        shop = Workshop.under(self._target, self._folder / "built")
        root = shop.folder / "root"
        shutil.rmtree(root, ignore_errors=True)
        subprocess.run(["cp", "-al", str(self._built / "root"), str(root)], check=True)
        unit = root / TERMINAL_UNIT
        unit.parent.mkdir(parents=True)
        unit.write_text(NEVER_READY, encoding="ascii")
        system = shop.folder / making.SYSTEM
        packed = ("mkfs.erofs", "--quiet", f"-z{EROFS_COMPRESSION}", f"-C{EROFS_CLUSTER}")
        subprocess.run([*packed, str(system), str(root)], check=True)
        shutil.rmtree(root)
        return self._whole("unready", system, UNREADY)

    def refused(self) -> tuple[Refused, ...]:
        """Return the sticks of which nothing may ever be started."""
        theirs = keys(self._folder / "their-keys")
        other = next(one for one in TARGETS.values() if one != self._target)
        small = self._small(self._target, self._keys, "9.9.0")
        whole = small.read_bytes()
        used = int.from_bytes(whole[40:48], "little")
        flipped = bytearray(whole)
        flipped[self._dice.randrange(used // 4, used // 2)] ^= 1 << self._dice.randrange(8)
        made = {
            "unsigned": whole[: -(-used // 4096) * 4096],
            "foreign": self._small(self._target, theirs, "9.9.1").read_bytes(),
            "truncated": whole[: self._dice.randrange(4096, used)],
            "flipped": bytes(flipped),
            "other": self._small(other, self._keys, "9.9.2").read_bytes(),
            "older": self._small(self._target, self._keys, OLDER).read_bytes(),
            "empty": self._small(self._target, self._keys, "9.9.3").read_bytes(),
        }
        return tuple(self._on_stick(name, content) for name, content in made.items())

    def _on_stick(self, name: str, content: bytes) -> Refused:
        file = self._folder / f"{name}.raucb"
        file.write_bytes(content)
        made = Refused(name, CODES[name], stick(self._folder / f"{name}.img", file))
        file.unlink()
        return made

    def _small(self, target: Target, signed_with: Keys, version: str) -> Path:
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            for part, size in ((making.BOOT, 1 << 20), (making.SYSTEM, 4 << 20)):
                (Path(name) / part).write_bytes(self._dice.randbytes(size))
            made = making.make(target, Path(name), signed_with, version)
            return made.replace(self._folder / "small.raucb")

    def _whole(self, name: str, system: Path, version: str) -> Path:
        parts = self._folder / name
        parts.mkdir(exist_ok=True)
        for source in (system, self._built / making.BOOT):
            place = parts / source.name
            place.unlink(missing_ok=True)
            place.hardlink_to(source)
        bundle = making.make(self._target, parts, self._keys, version)
        made = stick(self._folder / f"{name}.img", bundle)
        bundle.unlink()
        return made


CODES = {
    "unsigned": "unsigned", "foreign": "unsigned", "truncated": "truncated",
    "flipped": "damaged", "other": "other_product", "older": "older",
    "empty": "rehearsal_failed",
}  # fmt: skip
"""What the state says of each (``update_record.CODES``); ``empty`` holds nothing that can run."""
