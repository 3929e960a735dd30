"""An emulated board with a card in it, which loses in a cut what was not flushed."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from image import layout
from tests.image_trials import agent
from tests.image_trials.card import Card
from tests.power_cuts.lossy import Keep, Loss, LossyDisk
from tests.power_cuts.machine import Line
from tests.power_cuts.nbd import Server

MEMORY_MB = 1024
BOOT_S = 3600
"""Software emulation beside other work; a Raspberry Pi takes a fiftieth of it."""
LOOK_S = 1.0
RESTART_WORD = re.compile(r"reboot: Restarting system(?: with command '([^']*)')?")
"""What a kernel says last, with what it was told for the firmware (kernel/reboot.c)."""
TRYBOOT = "0 tryboot"
CONSOLES = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
"""What the kernel says its first and last words on."""
TTYS = {"amd64": "ttyS1", "arm64": "ttyS0"}
"""The line to the machine's hands; of arm64 it is plugged in, for that board has but one."""
EMULATORS = {
    "amd64": (
        "qemu-system-x86_64", "-M", "q35", "-cpu", "max,avx=off,avx2=off,fma=off,f16c=off",
        "-vga", "none", "-device", "virtio-vga,xres=1024,yres=600",
    ),
    "arm64": (
        "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72",
        "-device", "virtio-gpu-pci,xres=1024,yres=600",
    ),
}  # fmt: skip


class TrialFailed(Exception):
    """The machine does not do what it must."""


class Board:
    """One power-on."""

    def __init__(
        self,
        architecture: str,
        card: Card,
        *,
        seed: int,
        out: Path,
        tryboot: bool = False,
        keep: Keep | None = None,
        gate_s: int = agent.GATE_S,
        words: str = "",
    ) -> None:
        """``words`` are added to the kernel's command line."""
        self._folder = tempfile.TemporaryDirectory(prefix="board-")
        here = Path(self._folder.name)
        self.out = out
        self._gate_s = gate_s
        self._words = words
        self._plugged = 0
        out.mkdir(parents=True, exist_ok=True)
        self.started = card.start(here, tryboot=tryboot)
        self.disk = LossyDisk(card.path, seed, keep=keep)
        self._server = Server(self.disk, here / "card.nbd")
        self._begin = time.monotonic()
        self._process = subprocess.Popen(
            self._command(architecture, here), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self._watchdog = threading.Timer(BOOT_S, self.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self._qmp = Line(self._socket(here / "qmp"))
        self._qmp.read()
        self.monitor("qmp_capabilities")
        self._agent = Line(self._socket(here / "agent"))

    def _command(self, architecture: str, here: Path) -> list[str]:
        blockdev = {"driver": "nbd", "node-name": "card", "server": {"type": "unix"}}
        blockdev["server"]["path"] = str(here / "card.nbd")  # type: ignore[index]
        tty = TTYS[architecture]
        words = (
            self.started.cmdline,
            # The last one is where programs write: the screen, as in a shop.
            f"console={CONSOLES[architecture]} console=tty1 rauc.slot={self.started.slot}",
            agent.words(architecture, tty, gate_s=self._gate_s),
            self._words,
        )
        return [
            *("setpriv", "--pdeathsig", "KILL"),  # nothing is left of a trial that ends
            *EMULATORS[architecture],
            *("-accel", "tcg", "-smp", "1", "-m", str(MEMORY_MB), "-display", "none"),
            # Its watchdog is there and fed, but a host that is busy is no reason for a reset.
            *("-no-reboot", "-nodefaults", "-device", "i6300esb", "-action", "watchdog=none"),
            *("-device", "virtio-rng-pci"),
            *("-nic", "user,model=virtio-net-pci,restrict=on", "-device", "qemu-xhci,id=usb"),
            *("-kernel", str(self.started.kernel), "-initrd", str(self.started.initrd)),
            *("-append", " ".join(word for word in words if word)),
            *("-blockdev", json.dumps(blockdev), "-device", "virtio-blk-pci,drive=card"),
            *("-serial", f"file:{self.out / 'console.log'}"),
            *self._line(architecture, here / "agent"),
            *("-qmp", f"unix:{here}/qmp,server=on,wait=off"),
            *agent.arguments(architecture, tty, here, gate_s=self._gate_s),
        ]

    @staticmethod
    def _line(architecture: str, socket: Path) -> tuple[str, ...]:
        place = f"{socket},server=on,wait=off"
        if architecture == "amd64":
            return ("-serial", f"unix:{place}")
        return (
            *("-chardev", f"socket,id=hands,path={place}"),
            *("-device", "pci-serial,chardev=hands"),
        )

    def _socket(self, path: Path) -> Path:
        while not path.exists():
            if self._process.poll() is not None:
                raise TrialFailed("the emulator did not start")
            time.sleep(0.05)
        return path

    # --- what can be done to it from outside ------------------------------------------------------

    @property
    def age_s(self) -> float:
        """Seconds since power-on."""
        return time.monotonic() - self._begin

    def monitor(self, name: str, **arguments: Any) -> Mapping[str, Any]:
        """Order something of the emulator; an order that it refuses returns its error."""
        self._qmp.send({"execute": name, "arguments": arguments})
        while answer := self._qmp.read():
            if "return" in answer or "error" in answer:
                return answer
        return {}

    def picture(self, name: str) -> Path:
        """Keep what stands on the screen."""
        path = self.out / f"{name}.png"
        self.monitor("screendump", filename=str(path), format="png")
        return path

    def press(self, *keys: str) -> None:
        """Press keys together on the machine's keyboard and let go (QEMU's names of keys)."""
        codes = [{"type": "qcode", "data": key} for key in keys]
        self.monitor("send-key", keys=codes)

    def kill(self) -> None:
        """Pull the plug."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)

    def cut(self) -> Loss:
        """Let the power go; the card keeps what it keeps."""
        self.disk.dead = True
        self.kill()
        self._process.wait()
        return self.disk.cut()

    def cut_at_write(self, count: int, label: str) -> None:
        """Let the power go at the K-th write from now into a partition."""
        first = layout.offsets()[label]
        grown = label == layout.PARTITIONS[-1].label
        end = self.disk.size if grown else first + layout.partition(label).size
        self.disk.arm(count, self.kill, first=first, end=end)

    def plug(self, stick: Path) -> str:
        """Plug a USB stick in; return its name, to pull it by."""
        self._plugged += 1
        name = f"stick{self._plugged}"
        drive = {"driver": "raw", "node-name": name, "read-only": True}
        self.monitor("blockdev-add", **drive, file={"driver": "file", "filename": str(stick)})
        self.monitor("device_add", driver="usb-storage", drive=name, id=f"usb-{name}", bus="usb.0")
        return name

    def pull(self, name: str) -> None:
        """Pull a stick, and wait until the machine has let go of where it was mounted."""
        self.monitor("device_del", id=f"usb-{name}")
        self.until("! grep -q ' /media/sd' /proc/mounts")

    def off(self) -> None:
        """Wait until it is off, by itself or by a cut. Raises TrialFailed after ``BOOT_S``."""
        try:
            self._process.wait(BOOT_S)
        except subprocess.TimeoutExpired as error:
            raise TrialFailed("the machine stays on") from error

    def restarted(self) -> bool:
        """Wait until it restarts itself; tell whether it asks the firmware for the tryboot flag.

        A restart is no cut: the card keeps what it was given. Raises TrialFailed.
        """
        self.off()
        self.disk.flush()
        said = (self.out / "console.log").read_text(encoding="utf-8", errors="replace")
        words = RESTART_WORD.findall(said)
        if not words:
            raise TrialFailed("the machine went off without a word")
        return words[-1] == TRYBOOT

    @property
    def on(self) -> bool:
        return self._process.poll() is None

    # --- what its hands within do -----------------------------------------------------------------

    def wait_for_agent(self) -> float:
        """Wait for the machine's own system; return the seconds since power-on."""
        if self._agent.read() != {"agent": True}:
            raise TrialFailed(f"the system did not start: see {self.out}/console.log")
        return self.age_s

    def order(self, **order: Any) -> Mapping[str, Any]:
        """Have something done within. Raises TrialFailed."""
        answer = self._agent.ask(order)
        if not answer or "error" in answer:
            raise TrialFailed(f"{order}: {answer or 'silence'}")
        return answer

    def run(self, *command: str) -> str:
        """Run a command within, to its end; returns what it said. Raises TrialFailed."""
        answer = self.order(run=command)
        if answer["code"] != 0:
            raise TrialFailed(f"{' '.join(command)}: {answer['out']}{answer['err']}")
        return answer["out"]

    def until(self, command: str, limit_s: float = BOOT_S) -> str:
        """Wait until a shell command succeeds; returns what it said. Raises TrialFailed."""
        deadline = time.monotonic() + limit_s
        while True:
            answer = self.order(run=["sh", "-c", command])
            if answer["code"] == 0:
                return answer["out"]
            if time.monotonic() > deadline:
                raise TrialFailed(f"{command}: never")
            time.sleep(LOOK_S)

    def close(self) -> None:
        """End it, whatever it does."""
        self.kill()
        self._process.wait()
        self._watchdog.cancel()
        self._qmp.close()
        self._agent.close()
        self._server.close()
        self.disk.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
