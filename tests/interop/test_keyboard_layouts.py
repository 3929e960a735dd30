"""The keyboard table that the drivers' tests believe, asked again of those who make keyboards.

``xkbcli how-to-type`` (Debian: libxkbcommon-tools, with the layouts of xkb-data) says by which keys
a character is typed.  ``REPRISE_WRITE_ORACLE=1`` writes the table anew instead of comparing it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[1] / "drivers" / "keyboard_oracle.json"
REWRITE = "REPRISE_WRITE_ORACLE"
XKB_NAMES = {"us": "us", "uk": "gb", "fr": "fr", "be": "be", "de": "de"}
DEAD = {"^": "dead_circumflex", "`": "dead_grave", "~": "dead_tilde"}
LEVELS = {"": "plain", "Shift": "shift", "Mod5": "altgr"}
ROW = re.compile(r"^(\d+)\s+\S+\s+\d+\s+.+?\s+\d+\s+\[ (.*?)\]$", re.MULTILINE)
XKB_OFFSET = 8
"""Key codes of X are those of the kernel and eight more."""


def ask(layout: str, *what: str) -> list[list[object]]:
    """Return [key code of the kernel, level] for each way that needs no CapsLock."""
    command = ["xkbcli", "how-to-type", "--layout", layout, *what]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    ways = [(int(code) - XKB_OFFSET, held.strip()) for code, held in ROW.findall(said)]
    return [[code, LEVELS[held]] for code, held in ways if held in LEVELS]


def table(layout: str) -> dict[str, dict[str, list[list[object]]]]:
    """Return the ways of every printable character; a dead key where there is no other."""
    made = {}
    for code in range(0x20, 0x7F):
        at_once = ask(layout, str(code))
        dead = ask(layout, "--keysym", DEAD[chr(code)]) if chr(code) in DEAD and not at_once else []
        made[chr(code)] = {"at_once": at_once, "dead": dead}
    return made


@pytest.mark.parametrize("name", XKB_NAMES)
def test_the_table_is_what_xkbcli_says(name):
    said = table(XKB_NAMES[name])
    if os.environ.get(REWRITE):
        kept = json.loads(TABLE.read_text()) if TABLE.exists() else {}
        lines = (f'"{key}": {json.dumps(kept[key])}' for key in sorted({*kept, name} - {name}))
        mine = f'"{name}": {json.dumps(said)}'
        TABLE.write_text("{\n" + ",\n".join([*lines, mine]) + "\n}\n")
    assert json.loads(TABLE.read_text())[name] == said
