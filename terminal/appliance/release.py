"""What this image is, and which version comes after which."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal import __version__
from terminal.appliance import places

MAX_BYTES = 16_384
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,40}))?")


@dataclass(frozen=True, slots=True)
class Release:
    """What an image says of itself (``/usr/share/reprise/release.json``)."""

    version: str = __version__
    compatible: str = ""
    """Product and target; empty on a machine that is no appliance."""


def release(root: Path = Path("/")) -> Release:
    """Return what this machine runs; the program's own version where there is no image."""
    try:
        with places.under(root, places.RELEASE).open("rb") as file:
            said: Any = json.loads(file.read(MAX_BYTES))
        return Release(str(said["version"]), str(said["compatible"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Release()


def is_appliance(root: Path = Path("/")) -> bool:
    """Tell whether this machine was made from an image."""
    return places.under(root, places.RELEASE).exists()


def is_confirmed(root: Path = Path("/")) -> bool:
    """Tell whether what runs here may write what only it can read: it is not on trial.

    On an appliance that is said at each start by ``reprise update settle``, or by the health gate;
    while nobody has said it, it is not so.
    """
    return not is_appliance(root) or places.under(root, places.CONFIRMED).exists()


Order = tuple[int, int, int, int, tuple[tuple[int, int | str], ...]]


def order(version: str) -> Order | None:
    """Return what versions are sorted by (semantic versioning 2.0.0, section 11); None: no version.

    A pre-release comes before its release.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    major, minor, patch, pre = found.groups()
    words = tuple(
        (0, int(word)) if word.isdigit() else (1, word) for word in (pre.split(".") if pre else ())
    )
    return int(major), int(minor), int(patch), 0 if pre else 1, words
