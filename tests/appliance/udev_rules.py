"""What rules of udev do to a device: enough of udev(7) for those of systemd/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

_WORD = re.compile(r'([A-Z_]+(?:\{[^}]*\})?)(==|!=|\+=|=)"([^"]*)"')


def applied(rules: Path, device: Mapping[str, str], there: tuple[str, ...] = ()) -> dict[str, str]:
    """Return what the rules assign to a device: key -> value, with ENV of the device itself.

    ``device`` has keys as rules name them; ``there`` lists the files that ``TEST`` finds.
    """
    known, skip_to = dict(device), ""
    for line in rules.read_text(encoding="utf-8").splitlines():
        words = _WORD.findall("" if line.startswith("#") else line)
        if skip_to and ("LABEL", "=", skip_to) not in words:
            continue
        skip_to = ""
        if all(_matches(known, key, how, value, there) for key, how, value in words):
            for key, how, value in words:
                if key == "GOTO":
                    skip_to = value
                elif how in ("=", "+=") and key != "LABEL":
                    known[key] = value
    return {key: value for key, value in known.items() if device.get(key) != value}


def _matches(
    known: Mapping[str, str], key: str, how: str, value: str, there: tuple[str, ...]
) -> bool:
    if how not in ("==", "!="):
        return True
    if key == "TEST":
        found = value.replace("$parent", known.get("$parent", "")) in there
    else:
        found = any(fnmatchcase(known.get(key, ""), one) for one in value.split("|"))
    return found == (how == "==")
