"""The rig's program within the machine: it waits for its disks, and starts the real terminal.

Everything that the terminal loads is loaded before the machine's state is kept, as a warm file
cache would have it; no disk is plugged in by then.  Spoken to over a line of JSON for each order.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

SHOP, DEVICES = Path("/shop"), Path("/devices")
DATA = SHOP / "reprise"
OPTIONS = "noatime,errors=remount-ro"
"""As the image mounts the data partition."""
LAZY = (
    "escpos.printer",
    "terminal.cli.books",
    "terminal.core.gs1_syntax",
    "terminal.fiscal.verify_archive",
    "terminal.services.printing",
)
"""What the terminal loads at its first use."""
DISK_S = 30
BUSYBOX = "/bin/busybox"


def main() -> None:
    """Load, say so, and do what is ordered."""
    from tests.flows import nursery

    nursery._load()
    for module in LAZY:
        import_module(module)
    gc.freeze()
    orders = _port("orders").open("r+b", buffering=0)
    _say(orders, {"warm": True})
    for line in iter(lambda: _line(orders), b""):
        order = json.loads(line)
        name = order.pop("do")
        _say(orders, ORDERS[name](**order))


def _line(orders: Any) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        if part := orders.read(65_536):
            line += part
        else:
            time.sleep(0.01)  # nobody holds the other end yet
    return line


def _say(orders: Any, answer: Mapping[str, Any]) -> None:
    orders.write(json.dumps(answer).encode() + b"\n")


def _port(name: str) -> Path:
    for port in Path("/sys/class/virtio-ports").iterdir():
        if (port / "name").read_text().strip() == name:
            return Path("/dev", port.name)
    raise FileNotFoundError(name)


# --- orders ---------------------------------------------------------------------------------------


def power_on(at_ms: int, mutant: str) -> dict[str, Any]:
    """Set the clock and take the disks, as the machine's start does."""
    time.clock_settime(time.CLOCK_REALTIME, at_ms / 1000)
    if mutant:
        MUTANTS[mutant]()
    failed = _mount("/dev/vda", SHOP) or _mount("/dev/vdb", DEVICES)
    memory = DATA / "simulators"
    if not failed and memory.is_dir():
        failed = _busybox("mount", "-o", "bind", DEVICES, memory)
    return {"failed": failed}


def _mount(device: str, place: Path) -> str:
    deadline = time.monotonic() + DISK_S
    while not Path(device).exists():
        if time.monotonic() > deadline:
            return f"{device} did not come"
        time.sleep(0.01)
    place.mkdir(exist_ok=True)
    return _busybox("mount", "-t", "ext4", "-o", OPTIONS, device, place)


def _busybox(*arguments: object) -> str:
    done = subprocess.run(
        [BUSYBOX, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"left {done.returncode}"


_consoles: list[int] = []


def console() -> dict[str, Any]:
    """Start ``reprise console``; it speaks on the other line."""
    pid = os.fork()
    if pid == 0:
        line = os.open(_port("console"), os.O_RDWR)
        _become(["console", "--data", str(DATA), "--role", "till"], line, said=True)
    _consoles.append(pid)
    return {"pid": pid}


def ended() -> dict[str, Any]:
    """Wait for the console to end by itself, and let go of the disks."""
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in _consoles]
    _consoles.clear()
    places = (DATA / "simulators", DEVICES, SHOP)
    failed = [said for place in places if (said := _busybox("umount", place))]
    return {"codes": codes, "failed": " ".join(failed)}


def run(arguments: list[str]) -> dict[str, Any]:
    """Run a command of ``reprise`` on the shop, to its end."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(theirs, 2)
        _become([*arguments, "--data", str(DATA)], theirs)
    os.close(theirs)
    with os.fdopen(ours, "r", errors="replace") as said:
        told = said.read()
    return {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "said": told}


def _become(arguments: list[str], line: int, *, said: bool = False) -> None:
    """Be ``reprise`` in this process, and end with it; ``said`` tells the line of a bad end."""
    from terminal.cli.main import run as reprise

    os.dup2(line, 0)
    os.dup2(line, 1)
    code = 1
    try:
        code = reprise(arguments)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if said and code:
            # Not when it ended in order: then nobody holds the line's other end.
            os.write(1, b'{"ended": %d}\n' % code)
        os._exit(code)


ORDERS: dict[str, Callable[..., dict[str, Any]]] = {
    "power_on": power_on,
    "console": console,
    "ended": ended,
    "run": run,
}


# --- faults that the rig must find ----------------------------------------------------------------


def _synchronous(word: str, value: int) -> Callable[[], None]:
    def plant() -> None:
        from terminal.journal import database

        database._PRAGMAS = tuple(
            (name, word, value) if name == "synchronous" else (name, said, read)
            for name, said, read in database._PRAGMAS
        )

    return plant


MUTANTS: dict[str, Callable[[], None]] = {
    "synchronous-off": _synchronous("OFF", 0),
    "synchronous-normal": _synchronous("NORMAL", 1),
}
"""Planted in the machine, never in the product."""

if __name__ == "__main__":
    main()
