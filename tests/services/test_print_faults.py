"""P1: a receipt through seeded faults at any byte, by the real spooler, over a real socket.

The printer is a process of its own as far as the terminal can tell: it keeps its buffer, its paper
and its state when the terminal is cut off or starts again.  Lost is a receipt of which no whole
paper came out; doubled is one that came out twice without a mark.  ``REPRISE_EXPLORE=full`` plays
1,000 runs, ``REPRISE_SEED=7`` plays one.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from drivers.printer.mechanism import PrinterMechanism
from drivers.printer.profiles import profile_of
from drivers.printer.simulator import printer_simulator
from drivers.serve import SimulatorServer
from terminal.core.state import PrintState
from tests.flows.books import check_paper
from tests.flows.power import Cut, Till, switched_on
from tests.services.conftest import counter_with, with_printer

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
SEEDS = (
    [int(os.environ["REPRISE_SEED"])]
    if "REPRISE_SEED" in os.environ
    else range(1000 if FULL else 24)
)
AT_ONCE = 8
JOB_BYTES = 4300
"""What the receipt sends with its logo, and the conversation around it."""
MODELS = ("generic-80", "generic-80", "epson-tm-t20iii", "generic-58", "clone-80", "star-line")
FAULTS = ("unplug", "power", "restart", "paper", "cover")
WAIT_S = 60


@pytest.fixture(scope="module")
def counter(tmp_path_factory) -> Path:
    """A shop with a logo that is about to be paid for a bag of flour."""
    folder = counter_with(tmp_path_factory.mktemp("counter"), "3270190128724")
    Image.effect_noise((240, 90), 80).save(folder / "logo.png")
    return folder


@dataclass
class Run:
    """One receipt, its printer, and what happens to it."""

    seed: int
    folder: Path
    printer: PrinterMechanism = field(init=False)
    chance: random.Random = field(init=False)
    cut: Cut | None = None
    faults: list[tuple[str, int]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.model = MODELS[self.seed % len(MODELS)]
        self.printer = printer_simulator(profile=profile_of(self.model))
        self.printer.control("speed", mm_s=self.chance.choice((0, 0, 900)))

    def strike(self, till: Till) -> None:
        """Plan the next fault: at a byte of what is sent, or at a line of what is printed."""
        kind = self.chance.choice(FAULTS)
        at = self.chance.randrange(JOB_BYTES)
        self.faults.append((kind, at))
        printer = self.printer
        if kind == "paper":
            printer.control("paper_out_after", lines=at % 24)
            return
        if kind == "restart":
            self.cut = Cut(self.folder / f"cut{len(self.faults)}")
        ends = {
            "unplug": printer._unplug,
            "power": printer._power_off,
            "cover": lambda: printer._set_cover(is_open=True),
            "restart": lambda: (self.cut.now(till.running), printer._unplug()),
        }
        with printer.changed:
            printer._fuse = (at, ends[kind])

    def broken(self) -> bool:
        seen = self.printer.look()
        whole = seen["plugged"] and seen["powered"] and seen["cover"] == "closed"
        return not whole or seen["paper"] == "out"

    async def play(self, till: Till) -> bool:
        """Go on until the paper is out; False when the terminal was cut on the way."""
        while not (till.running.terminal.spooler.idle and not till.state.print_jobs):
            await till.until(lambda: self._needs_somebody(till))
            if self.cut is not None and self.cut.image is not None:
                return False
            if self.broken():
                await asyncio.sleep(self.chance.choice((0, 0, 0.3)))
                self.repair()
                if len(self.faults) < 3 and self.chance.random() < 0.4:
                    self.strike(till)
            for job in tuple(till.state.print_jobs.values()):
                if job.state is PrintState.AMBIGUOUS:
                    await self._look_at_the_paper(till, job)
        return self.cut is None or self.cut.image is None

    def _needs_somebody(self, till: Till) -> bool:
        idle = till.running.terminal.spooler.idle
        return idle or self.broken() or (self.cut is not None and self.cut.image is not None)

    async def _look_at_the_paper(self, till: Till, job) -> None:
        self.asked += 1
        number = job.receipt_number
        out = sum(check_paper(self.papers(), number)) > 0 and self.whole(number)
        await till.ok("settle_paper", job=job.job_id, came_out=out)

    def repair(self) -> None:
        for action in ("plug", "power_on", "cover_close", "refill"):
            self.printer.control(action)

    def papers(self) -> list[str]:
        with self.printer.changed:
            pieces = [piece["text"] for piece in self.printer.control("pieces")["pieces"]]
        return [*pieces, self.printer.look()["current"]]

    def whole(self, number: str) -> bool:
        """Tell whether a paper goes down to the bar code, the last thing on it."""
        last = re.compile(rf"\[CODE128 {number}\]|^ *{number}$", re.MULTILINE)
        return any(last.search(paper) for paper in self.papers())


async def play(seed: int, counter: Path, folder: Path) -> tuple[Run, int, int]:
    """Play one run; returns originals and duplicates that came out."""
    run = Run(seed, folder / f"run{seed}")
    run.folder.mkdir()
    server = SimulatorServer(run.printer)
    shop = with_printer(
        counter,
        run.folder / "shop",
        receipt_printer=server.address,
        printer_profile=run.model,
        logo="logo.png",
    )
    number = ""
    try:
        while True:
            async with switched_on(shop) as till:
                run.cut = None
                if not number:
                    run.strike(till)
                    await till.ok("pay", tender="cash", amount_minor=250)
                    number = till.sale["receipt_number"]
                done = await run.play(till)
            if done:
                break
            shop = run.cut.image
            run.repair()
        originals, duplicates = check_paper(run.papers(), number)
    finally:
        server.close()
    assert run.whole(number), f"seed {seed}: lost after {run.faults}"
    return run, originals, duplicates


def test_a_receipt_survives_faults_at_any_byte(counter: Path, tmp_path: Path):
    """0 lost, 0 unmarked duplicates."""
    seen: Counter[str] = Counter()

    async def everything() -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(seed: int) -> None:
            async with gate, asyncio.timeout(6 * WAIT_S):
                run, originals, duplicates = await play(seed, counter, tmp_path)
            assert originals + duplicates >= 1, f"seed {seed}: lost after {run.faults}"
            assert originals <= 1, f"seed {seed}: doubled after {run.faults}"
            seen["runs"] += 1
            seen["faults"] += len(run.faults)
            seen["originals"] += originals
            seen["marked duplicates"] += duplicates
            seen["asked staff"] += run.asked
            seen.update(kind for kind, _ in run.faults)

        await asyncio.gather(*map(one, SEEDS))

    asyncio.run(everything())
    if FULL:
        Path("build").mkdir(exist_ok=True)
        Path("build/print-faults.txt").write_text(f"{dict(seen)}\n", encoding="utf-8")
    assert seen["runs"] == len(SEEDS)
