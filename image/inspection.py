"""The finished system, looked at by its own systemd: units, how open they are, udev's rules.

The tests read the same files with the systemd of the machine that tests, which is another version.
"""

from __future__ import annotations

from pathlib import Path

from image.recipe import BuildError, run

MOST_EXPOSED = 20
"""Tenths, as ``systemd-analyze security`` reckons: 0 is locked up, 100 free to do anything."""
UNIT_FOLDER = "/usr/lib/systemd/system"
RULES_FOLDER = "/usr/lib/udev/rules.d"


def inspect(root: Path, units: list[str], rules: list[str]) -> None:
    """Have everything of ours read in place. Raises BuildError with what was found wrong.

    ``verify`` returns 0 on a word that it does not know, so that whatever it says is a fault.
    """
    said = _within(root, "systemd-analyze", "verify", "--man=no", *units)
    if said.strip():
        raise BuildError(f"systemd says of our units:\n{said.strip()}")
    services = [name for name in units if name.endswith(".service")]
    security = ("systemd-analyze", "security", "--offline=true", "--no-pager")
    for name in services:
        _within(root, *security, f"--threshold={MOST_EXPOSED}", f"{UNIT_FOLDER}/{name}")
    places = [f"{RULES_FOLDER}/{name}" for name in rules]
    _within(root, "udevadm", "verify", "--resolve-names=late", *places)


def _within(root: Path, *command: str) -> str:
    """Run a program of the system in it; return all it said. Mounts end with the program."""
    mounts = (
        f'mount -t proc proc "{root}/proc"',
        f'mount --bind /dev "{root}/dev"',
        *(f'mount -t tmpfs tmpfs "{root}/{place}"' for place in ("run", "tmp")),
    )
    enter = " && ".join(mounts)
    script = f'{enter} && exec chroot "{root}" "$@" 2>&1'
    return run("unshare", "--mount", "sh", "-ec", script, "sh", *command)
