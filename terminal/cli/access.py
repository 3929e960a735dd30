"""``reprise open-access``: open on this machine what the shop's settings need, and no more."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys

from terminal import config as configuration
from terminal.appliance.access import UNSET, Access, access_of, write
from terminal.folder import DataFolder
from terminal.settings import ConfigError

DEADLINE_S = 30
EXIT_FAULT = 1


def run(options: argparse.Namespace) -> int:
    """Write the rules and let udev and the firewall take them; 1 when one of them would not."""
    _, ports = write(_access(DataFolder(options.data)))
    told = (
        ("udevadm", "control", "--reload"),
        ("udevadm", "trigger", "--subsystem-match=input", "--action=change"),
        ("nft", "-f", str(ports)),
    )
    refused = [command for command in told if not _told(command)]
    return EXIT_FAULT if refused else 0


def _access(folder: DataFolder) -> Access:
    """Return what to open; settings that cannot be read open nothing, and are told elsewhere."""
    if not folder.settings.exists():
        return UNSET
    try:
        return access_of(configuration.load(folder.settings))
    except ConfigError as error:
        print(f"reprise: {error}", file=sys.stderr)
        return Access(keyboards=False)


def _told(command: tuple[str, ...]) -> bool:
    program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        print(f"reprise: there is no {command[0]} on this machine", file=sys.stderr)
        return False
    done = subprocess.run(
        [program, *command[1:]], timeout=DEADLINE_S, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"reprise: {' '.join(command)}: {done.stderr.strip()}", file=sys.stderr)
    return done.returncode == 0
