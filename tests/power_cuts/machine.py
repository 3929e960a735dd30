"""An emulated machine, from power-on to the moment its power goes.

It is started from a state kept once: kernel booted, the terminal's program in memory, no disk.
Then its disks are plugged in and mounted, and everything that a real start reads is read.
"""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Self

from tests.power_cuts.lossy import LossyDisk
from tests.power_cuts.nbd import Server

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "power-cuts"
STATE = "warm.state"
MEMORY_MB = 640
BOOT_S = 900
"""Of the one boot whose state is kept: it loads everything, which takes one to two minutes."""
LISTEN_S, LOOK_S = 3.0, 0.05
"""Between the name of an emulator's socket and its first connection."""
PATIENCE_S = 600
"""A machine silent for this long is killed: its cut failed."""


class Line:
    """A line of JSON objects to the machine; gone when its power is."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._file: BinaryIO = self._socket.makefile("rb") if self._reach(path) else BytesIO()

    def _reach(self, path: Path) -> bool:
        """Connect; False when nobody listens, as when the power went before."""
        deadline = time.monotonic() + LISTEN_S
        while True:
            try:
                self._socket.connect(str(path))
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(LOOK_S)
            else:
                return True

    def send(self, value: Mapping[str, Any]) -> None:
        """Send an object; a machine that is gone takes none."""
        with contextlib.suppress(OSError):
            self._socket.sendall(json.dumps(value).encode() + b"\n")

    def read(self) -> Mapping[str, Any]:
        """Return the next object; empty when the machine is gone, a torn line included."""
        try:
            line = self._file.readline()
        except OSError:
            return {}
        return json.loads(line) if line.endswith(b"\n") else {}

    def ask(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send an object and return the next."""
        self.send(value)
        return self.read()

    def close(self) -> None:
        """Hang up: the machine reads the end of its input."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Machine:
    """One power-on."""

    def __init__(self, *, warm: bool = True, log: Path | None = None) -> None:
        self._sockets = tempfile.TemporaryDirectory(prefix="power-")
        self.folder = Path(self._sockets.name)
        self._servers: list[Server] = []
        self._id = 0
        self._process = subprocess.Popen(
            _command(self.folder, warm=warm, log=log or FOLDER / "console.log"),
            cwd=FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._watchdog = threading.Timer(PATIENCE_S if warm else BOOT_S, self.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        for name in ("qmp", "orders", "console"):
            _wait_for(self.folder / name, self._process)
        self.qmp = Line(self.folder / "qmp")
        self.qmp.read()
        self.command("qmp_capabilities")
        self.orders = Line(self.folder / "orders")
        if warm:
            self._resume()

    def _resume(self) -> None:
        while self.command("query-status").get("status") in ("inmigrate", "prelaunch"):
            time.sleep(0.02)
        self.command("cont")

    def command(self, name: str, **arguments: Any) -> Mapping[str, Any]:
        """Order something of the emulator; returns what it answers, empty when it is gone."""
        self._id += 1
        self.qmp.send({"execute": name, "arguments": arguments, "id": self._id})
        while answer := self.qmp.read():
            if answer.get("id") == self._id:
                assert "return" in answer, answer
                return answer["return"] if isinstance(answer["return"], dict) else answer
        return {}

    def plug(self, name: str, disk: LossyDisk) -> None:
        """Plug a disk in; the first is the machine's /dev/vda.

        Returns when the machine's kernel reads its partition table: then it has its name.
        """
        path = self.folder / f"{name}.nbd"
        self._servers.append(Server(disk, path))
        self.command(
            "blockdev-add",
            **{"driver": "nbd", "node-name": name, "server": {"type": "unix", "path": str(path)}},
        )
        self.command("device_add", driver="virtio-blk-pci", drive=name, id=f"disk-{name}")
        while not disk.reads and not disk.dead and self._process.poll() is None:
            time.sleep(0.01)

    def console(self) -> Line:
        """Start the terminal's console; its first line says that it is ready."""
        line = Line(self.folder / "console")
        self.orders.ask({"do": "console"})
        return line

    def kill(self) -> None:
        """Pull the plug."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def keep(self) -> None:
        """Write the machine's state beside its kernel, and end it."""
        self.command("stop")
        self.command("migrate", uri=f"exec:cat > {STATE}.new")
        while (said := self.command("query-migrate").get("status")) not in ("completed", None):
            assert said != "failed"
            time.sleep(0.1)
        self.kill()
        self._process.wait()
        (FOLDER / f"{STATE}.new").rename(FOLDER / STATE)

    def close(self) -> None:
        """End it, whatever it does."""
        self.kill()
        self._process.wait()
        self._watchdog.cancel()
        self.qmp.close()
        self.orders.close()
        for server in self._servers:
            server.close()
        self._sockets.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert process.poll() is None, "the emulator did not start"
        time.sleep(0.01)


def _command(folder: Path, *, warm: bool, log: Path) -> list[str]:
    """Return the emulator's command; software emulation, which works anywhere."""
    lines = []
    for name in ("orders", "console"):
        lines += ["-chardev", f"socket,id={name},path={folder}/{name},server=on,wait=off"]
        lines += ["-device", f"virtserialport,chardev={name},name={name}"]
    return [
        *("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-M", "pc", "-m", str(MEMORY_MB)),
        *("-nodefaults", "-display", "none", "-no-reboot"),
        *("-kernel", "vmlinuz", "-initrd", "whole"),
        *("-append", "console=ttyS0 quiet panic=-1 mitigations=off"),
        *("-serial", f"file:{log}", "-device", "virtio-serial-pci"),
        *lines,
        *("-qmp", f"unix:{folder}/qmp,server=on,wait=off"),
        *(("-incoming", f"exec:cat {STATE}", "-S") if warm else ()),
    ]


def warm_up() -> float:
    """Boot once and keep the state from which every power-on starts; returns the seconds taken."""
    begin = time.monotonic()
    with Machine(warm=False) as machine:
        assert machine.orders.read() == {"warm": True}, f"see {FOLDER}/console.log"
        machine.keep()
    return time.monotonic() - begin


@contextmanager
def powered(shop: LossyDisk, devices: LossyDisk, log: Path | None = None) -> Iterator[Machine]:
    """Switch a machine on with its two disks."""
    with Machine(log=log) as machine:
        machine.plug("shop", shop)
        machine.plug("devices", devices)
        yield machine
