"""What the law costs: signing in a sale's commit, verifying signed books, closing a year.

What is verified and closed is made by the core's own decisions under the French regime, many sales
to a commit.  Verification, closure and archive run in processes of their own: their peak memory is
theirs alone.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

from terminal import config as configuration
from terminal.app import Running, build
from terminal.core import commands as c
from terminal.core.closing import due, is_due
from terminal.core.errors import Refused
from terminal.core.events import Event
from terminal.core.items import Article
from terminal.core.policy import Moment
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.services.requests import SignOnWithPin
from tests.bench import shops
from tests.bench.measure import MS, Row, Sizes, median, percentile
from tests.bench.starting import cpu_s

FRANCE = "fiscal.regime=france"
LINES = 3
SALES_A_DAY, DAYS = 80, 360
DAY_MS = 86_400_000
SIGN_GOAL_MS, VERIFY_GOAL_S, CLOSURE_GOAL_S = 1.0, 30.0, 10.0
RECORDS_A_SALE = 2
"""Signed at least: the receipt, and the totals after it."""


# --- signing --------------------------------------------------------------------------------------


class Counter:
    """A running till of one regime."""

    def __init__(self, running: Running, articles: Iterator[Article]) -> None:
        self._running = running
        self._articles = articles
        self._session = running.terminal.session

    async def sale(self) -> float:
        """Sell for cash; returns how long its completion took, from the command to its answer."""
        for article in islice(self._articles, LINES):
            await self._session.carry_out(c.AddItem(article.code, article))
        begin = time.perf_counter()
        done = await self._session.carry_out(c.TenderCash(10_000_00))
        taken = time.perf_counter() - begin
        if isinstance(done, Refused):
            raise TypeError(f"a sale is refused: {done.code}")
        await self._paper_is_out()
        await self._session.carry_out(c.NextCustomer())
        return taken

    async def _paper_is_out(self) -> None:
        changed = asyncio.Event()
        forget = self._running.subscribe(changed.set)
        while not self._running.terminal.spooler.idle:
            changed.clear()
            await changed.wait()
        forget()


async def _completions(count: int) -> tuple[list[float], list[float]]:
    """Complete sales in a plain and in a French till, one right after the other."""
    async with AsyncExitStack() as stack:
        tills = []
        for name, settings in (("law-plain", ()), ("law-france", (FRANCE,))):
            folder = shops.shop(name, *settings)
            running = await stack.enter_async_context(build(folder))
            await running.ready()
            await running.submit(SignOnWithPin("1", "1111"))
            tills.append(Counter(running, cycle(shops.pieces(folder, 200))))
        plain, france = tills
        pairs = [(await plain.sale(), await france.sale()) for _ in range(count)]
    return [one for one, _ in pairs], [other for _, other in pairs]


# --- books to verify and to close -----------------------------------------------------------------


class SealedTill(shops.Till):
    """A till whose events go through the French regime, as the session lets them."""

    def __init__(self, folder: Path) -> None:
        config = configuration.load(DataFolder(folder).settings)
        self._regime = regime_of(config, folder / "keys", bytes(32))
        super().__init__(folder)

    def happened(self, *events: Event) -> None:
        sealed = self._regime.seal(self.state, events, self._moment)
        if isinstance(sealed, Refused):
            raise TypeError(f"{events} cannot be signed: {sealed}")
        super().happened(*sealed)

    def pass_time(self) -> None:
        """A day's sales are one commit, and what is signed has the time of its commit."""

    def day(self, number: int) -> None:
        """Begin a trading day; the one before is closed."""
        if self._events:
            self.commit()
        begin = shops.START.at_ms + number * DAY_MS
        today = date.fromisoformat(shops.START.business_date) + timedelta(days=number)
        self._moment = Moment(begin, today.isoformat())
        if is_due(self.state, self._moment.business_date):
            self.happened(*due(self.state, self._moment.business_date))


def signed_sales(count: int) -> Path:
    """Return a shop that made so many sales within a year, whose last day is still open."""
    folder = shops.kept(f"signed-{count}")
    if (folder / "complete").exists():
        return folder
    till = SealedTill(shops.renewed(folder, FRANCE))
    with closing(till.store):
        a_day = max(SALES_A_DAY, -(-count // DAYS))
        for n in range(count):
            if n % a_day == 0:
                till.day(n // a_day)
            till.sell(LINES)
        till.commit()
    (folder / "complete").touch()
    return folder


# --- measured in a process of their own -----------------------------------------------------------


PEAK = """
import sys, time
from pathlib import Path
{run}
lines = Path("/proc/self/status").read_text().splitlines()
peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
Path(sys.argv[1]).write_text(f"{{code}} {{peak}} {{time.process_time()}}")
"""
"""A process says its own peak: what the system says of a child counts its parent's memory, too."""
COMMAND = "from terminal.cli.main import run; code = run(sys.argv[2:])"
CHECK = "from terminal.fiscal.verify_archive import main; code = main(sys.argv[2:])"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    wall_s: float
    cpu_s: float
    peak_mib: float

    def rows(self, name: str, goal_s: float | None = None) -> Iterator[Row]:
        yield Row(name, self.wall_s, "s", goal_s)
        yield Row(f"{name}, processor time", self.cpu_s, "s")
        yield Row(f"{name}, peak memory", self.peak_mib, "MiB")


def _timed(run: str, *arguments: str) -> Cost:
    """Run a function of the terminal in a process of its own."""
    said = shops.BUILD / "work" / "cost"
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", PEAK.format(run=run), said, *arguments],
        cwd=shops.ROOT, env=shops.environment(), check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wall_s = time.perf_counter() - begin
    code, peak_kib, cpu_s = said.read_text("utf-8").split()
    if code != "0":
        raise RuntimeError(f"{arguments}: exit code {code}")
    return Cost(wall_s, float(cpu_s), int(peak_kib) / 1024)


def _closed(folder: Path) -> Cost:
    """Close day, month and year by hand in the console; returns seconds and peak memory."""
    process = subprocess.Popen(
        shops.terminal("console", "--data", str(folder), "--role", "till"),
        cwd=shops.ROOT, env=shops.environment(), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    process.stdout.readline()
    sign_on = {"do": "sign_on", "operator": "9", "pin": "9999"}
    close = {"do": "close", "scope": "year", "counted": {"cash": 0}}
    begin = before = 0.0
    for command in (sign_on, close):
        begin, before = time.perf_counter(), cpu_s(process.pid)
        process.stdin.write(json.dumps(command) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        if not answer["ok"]:
            raise RuntimeError(f"{command}: {answer}")
    wall_s, cpu = time.perf_counter() - begin, cpu_s(process.pid) - before
    peak = next(
        int(line.split()[1])
        for line in Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
        if line.startswith("VmHWM")
    )
    process.communicate()
    return Cost(wall_s, cpu, peak / 1024)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure."""
    plain, france = asyncio.run(_completions(sizes.receipts))
    added = [b - a for a, b in zip(plain, france, strict=True)]
    yield Row("sale completes, no law, p50", median(plain) * MS, "ms")
    yield Row("sale completes, signed, p50", median(france) * MS, "ms")
    yield Row("signing adds to a sale's commit, p50", median(added) * MS, "ms", SIGN_GOAL_MS)
    yield Row("signing adds to a sale's commit, p99", percentile(added, 99) * MS, "ms")

    folder = signed_sales(sizes.signed // RECORDS_A_SALE)
    cost = _timed(COMMAND, "verify", "--data", str(folder))
    yield from cost.rows(f"{sizes.signed:,} signed records are verified", VERIFY_GOAL_S)

    year = shops.BUILD / "work" / "year"
    shutil.rmtree(year, ignore_errors=True)
    shutil.copytree(signed_sales(sizes.tickets), year)
    name = f"year of {sizes.tickets:,} tickets"
    yield from _closed(year).rows(f"a {name} is closed", CLOSURE_GOAL_S)
    cost = _timed(COMMAND, "archive", shops.START.business_date[:4], "--data", str(year))
    yield from cost.rows(f"a {name} is archived")
    (archive,) = (year / "archives").glob("*.zip")
    yield from _timed(CHECK, str(archive)).rows(f"the archive of a {name} is verified")
