"""Try the known ways out of a kiosk in the running image, and tell what became of each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from terminal.appliance import places
from tests.image_trials.board import Board
from tests.image_trials.card import Card
from tests.image_trials.sale import PROVISIONING, first_start, healthy, told

SETTLE_S = 3.0
"""Time for a key to do its harm, before it is looked at."""
SEEN = (
    "cat /proc/sys/kernel/random/boot_id /sys/class/tty/tty0/active; "
    "systemctl show --property=NRestarts --property=ActiveState --value terminal.service; "
    "systemctl list-units --type=service --state=running --plain --no-legend 'getty*' "
    "'serial-getty*' 'debug-shell*' 'rescue*' 'emergency*' | wc -l; "
    "grep -c -E ' /(media|mnt|run/media)' /proc/mounts"
)
KEYS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
    ("Ctrl-Alt-Del", (("ctrl", "alt", "delete"),)),
    ("Ctrl-Alt-Del seven times", (("ctrl", "alt", "delete"),) * 7),
    *((f"Alt-F{n}", (("alt", f"f{n}"),)) for n in range(1, 13)),
    *((f"Ctrl-Alt-F{n}", (("ctrl", "alt", f"f{n}"),)) for n in (1, 2, 7, 12)),
    ("Alt-Left, Alt-Right", (("alt", "left"), ("alt", "right"))),
    ("Alt-SysRq-b (restart)", (("alt", "sysrq", "b"),)),
    ("Alt-SysRq-c (crash)", (("alt", "sysrq", "c"),)),
    ("Alt-SysRq-k (kill what has the screen)", (("alt", "sysrq", "k"),)),
    ("Alt-SysRq-e, -i, -f", (("alt", "sysrq", "e"), ("alt", "sysrq", "i"), ("alt", "sysrq", "f"))),
    ("Alt-SysRq-r, -o", (("alt", "sysrq", "r"), ("alt", "sysrq", "o"))),
    ("Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-\\", tuple(("ctrl", k) for k in ("c", "d", "z", "backslash"))),
    ("Ctrl-Q, Ctrl-W, Ctrl-Alt-Backspace", (("ctrl", "q"), ("ctrl", "w"),
                                            ("ctrl", "alt", "backspace"))),
    ("Escape, Alt-F4, F1, F11", (("esc",), ("alt", "f4"), ("f1",), ("f11",))),
    ("Super, Alt-Tab, Ctrl-Escape, Menu", (("meta_l",), ("alt", "tab"), ("ctrl", "esc"),
                                           ("menu",))),
    ("Print, Pause, Scroll Lock", (("print",), ("pause",), ("scroll_lock",))),
    ("Power, Sleep", (("power",), ("sleep",))),
)  # fmt: skip
KEYBOARD = "a USB keyboard plugged in, Ctrl-Alt-F2 and Ctrl-Alt-Del on it"
STICK = "a USB stick plugged in"


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be told of a machine: nothing of it may change."""

    boot_id: str
    console: str
    restarts: str
    state: str
    logins: str
    media: str


def look(board: Board) -> Seen:
    """Look from within."""
    words = str(board.order(run=["sh", "-c", SEEN])["out"]).split()
    return Seen(*words[:6])


def trial(architecture: str, image: Path, folder: Path, seed: int) -> None:
    """Try everything, and write the table. A machine that went is started no second time."""
    card = Card(image, folder / "card.img")
    card.put(places.PROVISIONING_FILE, PROVISIONING)
    rows: list[tuple[str, str]] = []
    with Board(architecture, card, seed=seed, out=folder) as board:
        first_start(board)
        healthy(board)
        board.picture("before")
        before = look(board)
        for name, came in _tries(board, folder):
            time.sleep(SETTLE_S)
            rows.append((name, came or verdict(board, before)))
            told(f"{name}: {rows[-1][1]}")
            if not board.on:
                break
        if board.on:
            healthy(board)
            board.picture("after")
            board.cut()
    table = "".join(f"| {name} | {came} |\n" for name, came in rows)
    (folder / "break-outs.md").write_text(f"| tried | came of it |\n|---|---|\n{table}")
    (folder / "break-outs.json").write_text(json.dumps(rows, indent=1))
    (folder / "card.img").unlink()


def _tries(board: Board, folder: Path) -> Iterator[tuple[str, str]]:
    for name, pressed in KEYS:
        for keys in pressed:
            board.press(*keys)
        yield name, ""
    board.monitor("device_add", driver="usb-kbd", id="strange", bus="usb.0")
    time.sleep(SETTLE_S)
    board.press("ctrl", "alt", "f2")
    board.press("ctrl", "alt", "delete")
    yield KEYBOARD, ""
    board.monitor("device_del", id="strange")
    stick = folder / "stick.img"
    stick.write_bytes(bytes(8 << 20))
    drive = {"driver": "raw", "node-name": "stick"}
    board.monitor("blockdev-add", **drive, file={"driver": "file", "filename": str(stick)})
    board.monitor("device_add", driver="usb-storage", drive="stick", id="stick-device", bus="usb.0")
    yield STICK, ""
    board.monitor("device_del", id="stick-device")


def verdict(board: Board, before: Seen) -> str:
    """Say what became of a try."""
    if not board.on:
        return "**the machine restarted**"
    after = look(board)
    changes = [
        f"{field}: {getattr(before, field)} became {getattr(after, field)}"
        for field in Seen.__slots__
        if getattr(before, field) != getattr(after, field)
    ]
    return "**" + "; ".join(changes) + "**" if changes else "nothing"
