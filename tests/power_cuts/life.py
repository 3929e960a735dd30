"""One life of a till: switched on, cut, switched on again, cut, and at last looked at.

What is chosen comes from the seed: what is sold, when the power goes, what the disk loses.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flows.books import check_money, check_paper
from tests.flows.cashier import Cashier, Memory, check_restart
from tests.power_cuts import media
from tests.power_cuts.lossy import LossyDisk
from tests.power_cuts.machine import FOLDER, ROOT, Line, Machine
from tests.power_cuts.moments import NAMED, Moment, Shift, chosen

CUTS = 3
"""Of each life; a life is one machine with its disk, from a new till on."""
PRINTED_POLLS = 400


_NAMED = re.compile(r"^(Premier|Dernier) .*$", re.MULTILINE)


class CutFailed(Exception):
    """Something that must hold after a cut does not."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong on purpose, to see that it is found."""

    mutant: str = ""
    lies: bool = False


@dataclass
class Known(Memory):
    """What the cashier was told, closures and archives included."""

    business_date: str = ""
    closures: int = 0
    archives: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    def told(self, answer: Mapping[str, Any]) -> None:
        Memory.told(self, answer)
        self.business_date = answer["state"]["business_date"]
        if not answer.get("ok", True):
            self.refusals[answer["refused"]] += 1
        events = answer.get("events", ())
        self.closures += events.count("PeriodClosed")
        self.archives += events.count("ArchiveMade")


class Power:
    """What keeps the machine and its disks going; it goes once."""

    def __init__(self, *disks: LossyDisk) -> None:
        self.gone = threading.Event()
        self._disks = disks
        self._machine: Machine | None = None

    def feed(self, machine: Machine) -> None:
        self._machine = machine
        if self.gone.is_set():
            machine.kill()

    def cut(self) -> None:
        """Let it go, from any thread."""
        for disk in self._disks:
            disk.dead = True
        self.gone.set()
        if self._machine is not None:
            self._machine.kill()


class Life:
    """A till with its disks in a folder."""

    def __init__(self, seed: int, folder: Path, faults: Faults) -> None:
        self.seed = seed
        self.faults = faults
        self.memory = Known()
        self.told: list[str] = []
        self._dice = random.Random(f"life {seed}")
        self._cashier = Cashier(seed)
        self._folder = folder
        self._starts = 0
        for name in ("shop", "devices"):
            shutil.copyfile(FOLDER / f"new-{name}", folder / name)

    def run(self, cuts: int) -> None:
        """Cut so many times; then stop in order and look. Raises CutFailed and AssertionError."""
        for number in range(1, cuts + 1):
            moment = chosen(self._dice)
            self.told.append(f"cut {number}: {moment}")
            loss = self._cut_at(moment, number)
            self.told[-1] += f"; {loss}"
        self._look()

    # --- one power-on -----------------------------------------------------------------------------

    def _disks(self, number: int) -> tuple[LossyDisk, LossyDisk]:
        seed = self.seed * 1000 + number
        shop = LossyDisk(self._folder / "shop", seed, lies=self.faults.lies)
        return shop, LossyDisk(self._folder / "devices", honest=True)

    def _cut_at(self, moment: Moment, number: int) -> str:
        shop, devices = self._disks(number)
        power = Power(shop, devices)
        with devices:
            with ExitStack() as stack:
                counted = devices if moment.disk == "devices" else shop
                if moment.name == "start":
                    counted.arm(moment.writes, power.cut)
                machine = stack.enter_context(Machine(log=self._log))
                power.feed(machine)
                line = self._switch_on(machine, shop, devices, power)
                if line is not None:
                    stack.callback(line.close)
                    self._serve(line, moment, counted, power)
                power.cut()
            loss = shop.cut()
        return f"{loss.kept} of {loss.waiting} sectors kept ({loss.keep.value})"

    @property
    def _log(self) -> Path:
        return self._folder / f"console-{self._starts}.log"

    def _switch_on(
        self, machine: Machine, shop: LossyDisk, devices: LossyDisk, power: Power
    ) -> Line | None:
        """Start the terminal and compare; None when the power went before it was ready."""
        at_ms = media.FIRST_DAY_MS + self._starts * media.NEXT_DAY_MS
        self._starts += 1
        machine.plug("shop", shop)
        machine.plug("devices", devices)
        order = {"do": "power_on", "at_ms": at_ms, "mutant": self.faults.mutant}
        if failed := machine.orders.ask(order).get("failed"):
            raise CutFailed(f"the data partition is not mounted: {failed}")
        line = machine.console()
        ready = line.read()
        if not ready and power.gone.is_set():
            line.close()
            return None
        if not ready.get("ready"):
            raise CutFailed(f"the terminal did not start: {ready or 'silence'}")
        if self.memory.answers:
            check_restart(ready, self.memory)
            self.memory.asked = None
        self.memory.business_date = ready["state"]["business_date"]
        if ready["state"]["operator"] is None:
            self._ask(line, power, "sign_on", {"operator": "9", "pin": "9999"})
        return line

    def _ask(self, line: Line, power: Power, do: str, fields: Mapping[str, Any]) -> bool:
        """Send a command and remember its answer; False when the power went instead."""
        self.memory.asked = (do, dict(fields))
        answer = line.ask({"id": 1, "do": do, **fields})
        if not answer or "ended" in answer:
            if power.gone.is_set():
                return False
            raise CutFailed(f"the terminal ended by itself at {do}: {answer or 'silence'}")
        self.memory.told(answer)
        return True

    def _serve(self, line: Line, moment: Moment, counted: LossyDisk, power: Power) -> None:
        timer = threading.Timer(moment.after_s, power.cut)
        if moment.name == "time":
            timer.start()
        elif moment.name == "write":
            counted.arm(moment.writes, power.cut)

        def arm() -> None:
            counted.arm(moment.writes, power.cut)

        try:
            steps = Shift(moment, self._cashier, self.memory, self._dice).steps(arm)
            for limit, (do, fields) in enumerate(steps):
                if not self._ask(line, power, do, fields):
                    return
                if limit >= MOST_STEPS and moment.name not in NAMED:
                    return
        finally:
            timer.cancel()

    # --- the end ----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Start once more, let it finish its paper, stop in order, and read the books outside."""
        shop, devices = self._disks(0)
        power = Power(shop, devices)
        with devices, shop, Machine(log=self._log) as machine:
            power.feed(machine)
            line = self._switch_on(machine, shop, devices, power)
            if line is None:
                raise CutFailed("the machine went by itself")
            ledger = self._knob(line, "poi", "ledger")["ledger"]
            papers = self._papers(line)
            line.close()
            ended = machine.orders.ask({"do": "ended"})
            if ended.get("codes") != [0] or ended.get("failed"):
                raise CutFailed(f"it did not stop in order: {ended}")
        if said := media.check(self._folder / "shop"):
            raise CutFailed(f"fsck: {said}")
        self._compare(ledger, papers)

    def _knob(self, line: Line, device: str, action: str) -> Mapping[str, Any]:
        return line.ask({"id": 1, "do": "device", "device": device, "action": action})["device"]

    def _papers(self, line: Line) -> list[str]:
        """Return what came out, once every receipt did."""
        for _ in range(PRINTED_POLLS):
            pieces = self._knob(line, "printer", "pieces")["pieces"]
            # A closure names the first and last receipt of its day, and is none.
            papers = [_NAMED.sub("", piece["text"]) for piece in pieces]
            if all(sum(check_paper(papers, number)) for number in self.memory.receipts):
                return papers
        raise CutFailed("a receipt never came out of the printer")

    def _compare(self, ledger: list[Mapping[str, Any]], papers: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data = media.take_out(
                self._folder / "shop", self._folder / "devices", Path(folder) / "data"
            )
            verify = [sys.executable, "-m", "terminal", "verify", "--data", str(data)]
            done = subprocess.run(verify, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise CutFailed(f"verify: {done.stdout}{done.stderr}")
            books = check_money(data, ledger)
            if list(books.receipts) != self.memory.receipts:
                raise CutFailed(f"receipts {books.receipts}, told {self.memory.receipts}")
            for what, known in (
                ("PeriodClosed", self.memory.closures),
                ("ArchiveMade", self.memory.archives),
            ):
                if books.events[what] < known:
                    raise CutFailed(f"{what}: {books.events[what]} kept, {known} acknowledged")
            made = len(list((data / "archives").glob("*.zip")))
            if made < self.memory.archives:
                raise CutFailed(f"{made} archives on the disk, {self.memory.archives} acknowledged")
        for number in self.memory.receipts:
            check_paper(papers, number)


MOST_STEPS = 60
"""Of a moment that is a time or a count: then the power goes in any case."""
