"""What an image is made of: targets, versions, limits, and where a build keeps its pieces."""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent

SUITE = "trixie"
"""Debian 13: Python 3.13, systemd 257, the user land of today's Raspberry Pi OS."""
COMPONENTS = "main non-free-firmware"
PYTHON = "3.13"
PYTHON_TAG = "cp313"
EPOCH = 1_764_288_000
"""The moment (seconds) that everything taken from packages is dated with."""
MIB = 1024 * 1024


class BuildError(Exception):
    """The image cannot be built; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A machine that an image is for."""

    name: str
    arch: str
    """As Debian says it."""
    machine: str
    """As ``uname -m`` says it."""
    kernels: dict[str, tuple[str, str]]
    """End of a kernel's version: names of it and its first file system in the boot partition."""
    vendor: bool = False
    """Kernel and firmware come from the maker of the board and not from Debian."""

    @property
    def compatible(self) -> str:
        """What an update must be for: another product or machine is refused."""
        return f"reprise-{self.name}"


TARGETS = {
    "amd64": Target("amd64", "amd64", "x86_64", {"amd64": ("vmlinuz", "initrd.img")}),
    "arm64": Target("arm64", "arm64", "aarch64", {"arm64": ("kernel8.img", "initramfs8")}),
    "arm64-rpi": Target(
        "arm64-rpi",
        "arm64",
        "aarch64",
        {"v8": ("kernel8.img", "initramfs8"), "2712": ("kernel_2712.img", "initramfs_2712")},
        vendor=True,
    ),
}
"""``arm64`` is for a virtual machine and, as far as Debian goes, a Raspberry Pi 4; ``arm64-rpi``
has the kernels of Raspberry Pi; ``amd64`` is the twin for tests."""
USUAL = ("amd64", "arm64")
"""What is built when nothing is said: everything that Debian alone has."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The folders of one build."""

    target: Target
    folder: Path

    @classmethod
    def under(cls, target: Target, base: Path) -> Workshop:
        """Return the workshop of a target, its folders made."""
        folder = base / target.name
        folder.mkdir(parents=True, exist_ok=True)
        return cls(target, folder)

    def kept(self, what: str, key: str, suffix: str = "") -> Path:
        """Return where a piece is kept that is made once per ``key``."""
        return self.folder / f"{what}-{key}{suffix}"


def key_of(*parts: str | bytes | Path) -> str:
    """Return a short name for inputs: texts, and files or folders with their names and contents."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            files = sorted(p for p in part.rglob("*") if p.is_file()) if part.is_dir() else [part]
            for file in files:
                mode = file.stat().st_mode & 0o111
                name = file.relative_to(part if part.is_dir() else part.parent).as_posix()
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                total.update(f"{name}\0{mode}\0{content}\0".encode())
        else:
            total.update((part if isinstance(part, bytes) else part.encode()) + b"\0")
    return total.hexdigest()[:16]


def run(
    *command: str | Path, env: dict[str, str] | None = None, told: str = "", cwd: Path | None = None
) -> str:
    """Run a program; return what it printed. Raises BuildError with its last words.

    ``env`` is added to a small, fixed environment: nothing of whoever builds may get into an image.
    """
    words = [str(word) for word in command]
    fixed = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "HOME": "/nonexistent",
    }
    passed = {k: v for k, v in os.environ.items() if k.startswith("PIP_") or k.endswith("_proxy")}
    done = subprocess.run(  # noqa: S603 - our own words
        words,
        env={**fixed, **passed, **(env or {})},
        input=told,
        cwd=cwd,
        text=True,
        errors="replace",
        capture_output=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise BuildError(f"{' '.join(words[:6])} ... failed ({done.returncode}):\n{last}")
    return done.stdout


def columns(file: Path, count: int) -> list[tuple[str, ...]]:
    """Return the rows of a list such as ``packages.txt``: columns parted by ``|``."""
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            row = tuple(cell.strip() for cell in line.split("|"))
            if len(row) != count:
                raise BuildError(f"{file.name}: {count} columns are needed in: {line}")
            rows.append(row)
    return rows
