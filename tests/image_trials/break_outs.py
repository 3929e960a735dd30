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
EMERGENCY_S, LOOK_S = 600.0, 2.0
SEEN = (
    "cat /proc/sys/kernel/random/boot_id /sys/class/tty/tty0/active; "
    "systemctl show --property=NRestarts --property=ActiveState --value terminal.service; "
    "systemctl list-units --type=service --state=running --plain --no-legend 'getty*' "
    "'serial-getty*' 'debug-shell*' 'rescue*' 'emergency*' | wc -l; "
    "grep -c -E ' /(media|mnt|run/media)' /proc/mounts; "
    "ls /sys/class/net | tr '\\n' ,"
)
LET_KEYS_THROUGH = "for f in /sys/class/input/input*/inhibited; do echo 0 > $f; done"
"""As at a till, and as if the rule of a kiosk had been too late."""
KIOSK = PROVISIONING.replace('role = "till"', 'role = "kiosk"')
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
INHIBITED, THROUGH = "as shipped", "keys let through by hand"
KEYBOARD = "a USB keyboard plugged in, Ctrl-Alt-F2 and Ctrl-Alt-Del on it"
NETWORK = "a USB network adapter plugged in"
STICK = "a USB stick plugged in"
OWN_END = "the terminal ended by force: a shell behind it?"
EMERGENCY = "emergency mode"


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be told of a machine: nothing of it may change."""

    boot_id: str
    console: str
    restarts: str
    state: str
    logins: str
    media: str
    networks: str


def look(board: Board) -> Seen:
    """Look from within."""
    words = str(board.order(run=["sh", "-c", SEEN])["out"]).split()
    return Seen(*words[:7])


def trial(architecture: str, image: Path, folder: Path, seed: int) -> None:
    """Try everything, and write the table. A machine that went is started no second time."""
    card = Card(image, folder / "card.img")
    card.put(places.PROVISIONING_FILE, KIOSK)
    rows: list[tuple[str, str]] = []
    with Board(architecture, card, seed=seed, out=folder) as board:
        first_start(board)
        healthy(board)
        board.picture("before")
        for name, came in _tries(board, folder):
            rows.append((name, came))
            told(f"{name}: {came}")
            if not board.on:
                break
        else:
            rows.append((EMERGENCY, emergency(board)))
            told(f"{EMERGENCY}: {rows[-1][1]}")
    table = "".join(f"| {name} | {came} |\n" for name, came in rows)
    (folder / "break-outs.md").write_text(f"| tried | came of it |\n|---|---|\n{table}")
    (folder / "break-outs.json").write_text(json.dumps(rows, indent=1))
    (folder / "card.img").unlink()


def _tries(board: Board, folder: Path) -> Iterator[tuple[str, str]]:
    before = look(board)
    for way in (INHIBITED, THROUGH):
        if way == THROUGH:
            board.run("sh", "-c", LET_KEYS_THROUGH)
        for name, pressed in KEYS:
            for keys in pressed:
                board.press(*keys)
            yield f"{name}, {way}", verdict(board, before)
    yield KEYBOARD, _with_keyboard(board, before)
    yield NETWORK, _with_network(board, before)
    yield STICK, _with_stick(board, folder, before)
    yield OWN_END, _without_terminal(board, before)


def _with_keyboard(board: Board, before: Seen) -> str:
    board.monitor("device_add", driver="usb-kbd", id="strange", bus="usb.0")
    time.sleep(SETTLE_S)
    board.press("ctrl", "alt", "f2")
    board.press("ctrl", "alt", "delete")
    came = verdict(board, before)
    board.monitor("device_del", id="strange")
    return came


def _with_network(board: Board, before: Seen) -> str:
    board.monitor("netdev_add", type="user", id="foreign")
    board.monitor("device_add", driver="usb-net", netdev="foreign", id="foreign-nic", bus="usb.0")
    came = verdict(board, before)
    board.monitor("device_del", id="foreign-nic")
    return came


def _with_stick(board: Board, folder: Path, before: Seen) -> str:
    stick = folder / "stick.img"
    stick.write_bytes(bytes(8 << 20))
    drive = {"driver": "raw", "node-name": "stick"}
    board.monitor("blockdev-add", **drive, file={"driver": "file", "filename": str(stick)})
    board.monitor("device_add", driver="usb-storage", drive="stick", id="stick-device", bus="usb.0")
    came = verdict(board, before)
    board.monitor("device_del", id="stick-device")
    return came


def _without_terminal(board: Board, before: Seen) -> str:
    """Kill what has the screen, type at what is behind it, and wait until it is there again."""
    board.run("systemctl", "kill", "--signal=KILL", "terminal.service")
    board.run("rm", "-f", str(places.VITALS))
    time.sleep(SETTLE_S)
    board.picture("behind")
    board.press("ctrl", "alt", "f2")
    board.press("ret")
    healthy(board)
    board.picture("after")
    after = look(board)
    same = (after.boot_id, after.console, after.logins) == (
        before.boot_id, before.console, before.logins,
    )  # fmt: skip
    return "no shell; it was started again" if same else f"**{after}**"


def emergency(board: Board) -> str:
    """Ask for the mode that elsewhere opens a shell: the page must come, and then a restart."""
    # In a moment: the hands within are stopped with all the rest, and could not answer.
    isolate = ("systemctl", "--no-block", "isolate", "emergency.target")
    board.run("systemd-run", "--quiet", "--on-active=3", *isolate)
    deadline = time.monotonic() + EMERGENCY_S
    shots = 0
    while board.on and time.monotonic() < deadline:
        time.sleep(LOOK_S)
        shots += 1
        if board.on and shots % 5 == 0:
            board.picture("emergency")
            board.press("ret")
    return "the page, then the machine restarted" if not board.on else "**it stayed there**"


def verdict(board: Board, before: Seen) -> str:
    """Say what became of a try."""
    time.sleep(SETTLE_S)
    if not board.on:
        return "**the machine restarted**"
    after = look(board)
    changes = [
        f"{field}: {getattr(before, field)} became {getattr(after, field)}"
        for field in Seen.__slots__
        if getattr(before, field) != getattr(after, field)
    ]
    return "**" + "; ".join(changes) + "**" if changes else "nothing"
