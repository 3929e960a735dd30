"""A bundle: what it says it is, whether it may go in, and rauc, which proves and installs it.

A bundle is a squashfs with an image for each partition of a slot, its hash tree, and a signature
over both at the end (RAUC reference, "Bundle Formats": verity).  What is wrong with a file is told
apart here so far as a person can do something about it; that it is right, only rauc says.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.appliance.release import Release, order
from terminal.appliance.update_record import UpdateRefused

RAUC = Path("/usr/bin/rauc")
BUS = Path("/usr/bin/busctl")
CONFIG = Path("/etc/rauc/system.conf")
MARK = (
    *("call", "de.pengutronix.rauc", "/", "de.pengutronix.rauc.Installer"),
    *("Mark", "ss", "good", "booted"),
)
"""Object, method and arguments that take the running slot over (RAUC reference, "D-Bus API")."""
MARK_LIMIT_S = 120
"""rauc's own command waits 25 s, and asks for every slot's state besides: more than a machine needs
that has just started and draws its first screens."""
MAX_BUNDLE_BYTES = 2 * 1024**3
"""A slot holds 1.5 GiB and less than half of it is used."""
INFO_LIMIT_S = 120
"""For the signature; the content is proven while it is installed."""
INSTALL_LIMIT_S = 3600
"""A slow card writes 500 MB in ten minutes."""
_MAGIC = b"hsqs"
_LAST_ERROR = "LastError:"
_BLOCK = 4096
_SIZE_BYTES = 8
"""The signature's length stands at the end, big-endian."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself, its signature checked."""

    path: Path
    version: str
    compatible: str


@dataclass(frozen=True, slots=True)
class Rauc:
    """The engine: Debian's rauc, asked by its command (``rauc`` manual)."""

    program: Path = RAUC
    config: Path = CONFIG
    bus: Path = BUS
    """systemd's command for the bus that rauc's service is on."""

    def info(self, path: Path) -> Bundle:
        """Check a bundle's signature and return what it is.

        Raises:
            UpdateRefused: it is none, or not signed by the maker.
        """
        look_at(path)
        done = self._run("--conf", str(self.config), "info", "--output-format=json", str(path))
        if done.returncode:
            raise UpdateRefused("unsigned", _last(done.stderr))
        try:
            said: Any = json.loads(done.stdout)
            return Bundle(path, str(said["version"]), str(said["compatible"]))
        except (ValueError, TypeError, KeyError) as error:
            raise UpdateRefused("not_a_bundle", f"rauc says nothing of it: {error}") from error

    def install(self, path: Path) -> None:
        """Write a bundle into the other slot, through rauc's service.

        Raises:
            UpdateRefused: it was not written, or not wholly: that slot is not started then.
        """
        done = self._run("install", str(path), limit_s=INSTALL_LIMIT_S)
        if done.returncode:
            said = _reason(done.stdout + "\n" + done.stderr)
            code = "slot_refused" if "set-state" in said or "mark" in said else "damaged"
            raise UpdateRefused(code, said)

    def mark_good(self) -> None:
        """Take over the slot that runs. Raises UpdateRefused."""
        words = ("--system", f"--timeout={MARK_LIMIT_S}", *MARK)
        done = _ran(self.bus, *words, limit_s=MARK_LIMIT_S + INFO_LIMIT_S)
        if done.returncode:
            raise UpdateRefused("slot_refused", _last(done.stderr or done.stdout))

    def _run(self, *words: str, limit_s: float = INFO_LIMIT_S) -> subprocess.CompletedProcess[str]:
        return _ran(self.program, *words, limit_s=limit_s)


def _ran(program: Path, *words: str, limit_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; a path is one argument
            [str(program), *words],
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except OSError as error:
        raise UpdateRefused("no_engine", f"{program}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        said = f"{program.name} did not end within {limit_s:.0f} s"
        raise UpdateRefused("damaged", said) from error


def look_at(path: Path) -> None:
    """Tell what a file is not, before anybody parses it.

    The squashfs says at its begin how long it is (its superblock: magic at 0, bytes used at 40,
    little-endian): a shorter file was cut, one that ends there was never signed.

    Raises:
        UpdateRefused: it is no bundle, was cut, or carries no signature.
    """
    try:
        if not path.is_file():
            raise UpdateRefused("not_a_bundle", f"{path.name} is no file")
        # Not waited for, whatever is in its place by now.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            head = file.read(48)
            file.seek(max(0, size - _SIZE_BYTES))
            length = int.from_bytes(file.read(_SIZE_BYTES), "big")
    except OSError as error:
        raise UpdateRefused("truncated", f"{path.name}: {error.strerror}") from error
    if len(head) < 48 or not head.startswith(_MAGIC) or size > MAX_BUNDLE_BYTES:
        raise UpdateRefused("not_a_bundle", f"{path.name} is no bundle")
    used = int.from_bytes(head[40:48], "little")
    if size < used:
        raise UpdateRefused("truncated", f"{path.name} has {size} of {used} bytes and more")
    signed = -(-used // _BLOCK) * _BLOCK
    if size <= signed:
        raise UpdateRefused("unsigned", f"{path.name} carries no signature")
    if not 0 < length <= size - used - _SIZE_BYTES:
        raise UpdateRefused("truncated", f"{path.name} does not end with its signature")


def check(
    bundle: Bundle, running: Release, refused: Mapping[str, str], *, again: bool, older: bool
) -> None:
    """Refuse what must not go in, before anything is written.

    Args:
        bundle: what was found.
        running: what runs.
        refused: versions that did not go well here, and why.
        again: somebody asked for it: the same version is taken, and one that was refused.
        older: somebody asked for an older version; its rehearsal decides whether it can work.

    Raises:
        UpdateRefused: says why not.
    """
    if running.compatible and bundle.compatible != running.compatible:
        raise UpdateRefused("other_product", f"{bundle.compatible}, not {running.compatible}")
    theirs, ours = order(bundle.version), order(running.version)
    if theirs is None:
        raise UpdateRefused("not_a_bundle", f"{bundle.version!r} is no version")
    if bundle.version in refused and not again:
        raise UpdateRefused("refused_before", refused[bundle.version])
    if bundle.version == running.version and not again:
        raise UpdateRefused("already_here", bundle.version)
    if ours is not None and theirs < ours and not older:
        raise UpdateRefused("older", f"{bundle.version}, and {running.version} runs")


def _reason(text: str) -> str:
    """Return what rauc's service said of a failure, which its command repeats before its own."""
    told = [line for line in text.splitlines() if line.strip().startswith(_LAST_ERROR)]
    return told[-1].strip().removeprefix(_LAST_ERROR).strip() if told else _last(text)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
