"""Data folders to measure on: a fresh shop, an open sale, years of sales, a million articles.

What takes long to make is kept under ``build/bench`` until the code that writes it changes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from terminal.cli import init
from terminal.core import commands as c
from terminal.core.decide import decide
from terminal.core.events import Event, PrintJobAdvanced, TerminalStarted
from terminal.core.evolve import evolve
from terminal.core.items import Article
from terminal.core.policy import Moment, Policy
from terminal.core.state import PrintState
from terminal.store.catalogue import Catalogue
from terminal.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
SAMPLE = ROOT / "terminal" / "sample" / "articles.csv"
SALES_PER_COMMIT = 200
START = Moment(1_767_258_000_000, "2026-01-01")
SALE_EVERY_MS = 60_000
PRINTED = (PrintState.SENDING, PrintState.BEGUN, PrintState.PRINTED, PrintState.DONE)
SIZES = ("25 cl", "33 cl", "50 cl", "75 cl", "1 L", "100 g", "250 g", "500 g", "1 kg", "x6", "x12")


def environment() -> dict[str, str]:
    """Return the environment of a measured process: compiled once, as an installed one is."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(BUILD / "pycache")
    env["PYTHONPATH"] = str(ROOT)
    return env


def terminal(*arguments: str) -> list[str]:
    """Return the command line of the terminal."""
    return [sys.executable, "-m", "terminal", *arguments]


def shop(name: str, *settings: str) -> Path:
    """Make a fresh shop with the sample articles; one of the same name is thrown away."""
    folder = BUILD / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        init.make(folder, SAMPLE, settings)
    return folder


def pieces(folder: Path, count: int) -> list[Article]:
    """Return articles sold by the piece, without an age to check, in the order of the file."""
    with closing(Catalogue.open(folder)) as catalogue, SAMPLE.open(encoding="utf-8") as file:
        found = (catalogue.find(row["code"]) for row in csv.DictReader(file))
        plain = (a for a in found if a and a.unit.value == "piece" and not a.minimum_age)
        return [article for _, article in zip(range(count), plain, strict=False)]


# --- sales already made ---------------------------------------------------------------------------


class Till:
    """A till that decides without a terminal, many events to a commit."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder, evolve=evolve)
        self.written = self.state = self.store.load()
        self._articles = pieces(folder, 500)
        self._events: list[Event] = []
        self._policy = Policy()
        self._moment = START
        self.happened(TerminalStarted("bench", "till", clean=True))
        self.do(c.SignOn("1", "Camille", "cashier"))

    def happened(self, *events: Event) -> None:
        for event in events:
            self.state = evolve(self.state, event, self._moment)
        self._events += events

    def do(self, command: c.Command) -> None:
        decided = decide(self.state, command, self._policy, self._moment)
        if not isinstance(decided, tuple):
            raise TypeError(f"{command} is refused: {decided}")
        self.happened(*decided)

    def scan(self, lines: int) -> None:
        for n in range(lines):
            article = self._articles[(self.state.last_ordinal * 7 + n) % len(self._articles)]
            self.do(c.AddItem(article.code, article))

    def sell(self, lines: int) -> None:
        """Make a whole sale in cash, with its paper."""
        self.pass_time()
        self.scan(lines)
        self.do(c.TenderCash(10_000_00))
        for job_id in self.state.print_jobs:
            self.happened(*(PrintJobAdvanced(job_id, to.value, 1, "") for to in PRINTED))
        self.do(c.NextCustomer())

    def pass_time(self) -> None:
        """Let the next sale come a while later."""
        self._moment = Moment(self._moment.at_ms + SALE_EVERY_MS, START.business_date)

    def commit(self) -> None:
        self.written = self.store.append(self._events, self._moment, self.written)
        self._events = []


def open_sale(name: str, lines: int) -> Path:
    """Make a shop in the middle of a sale, as a power cut leaves it."""
    folder = shop(name)
    till = Till(folder)
    with closing(till.store):
        till.scan(lines)
        till.commit()
    return folder


def open_sale_among(articles: int, lines: int) -> Path:
    """Make a shop in the middle of a sale, with a large catalogue."""
    folder = open_sale(f"start-{lines}-among-{articles}", lines)
    large, _ = large_catalogue(articles)
    shutil.rmtree(folder / "catalogue")
    (folder / "catalogue").symlink_to(large / "catalogue")
    return folder


def past_sales(count: int) -> Path:
    """Return a shop that has made so many sales of three lines, and is in the middle of another."""
    folder = kept(f"history-{count}")
    if (folder / "complete").exists():
        return folder
    till = Till(renewed(folder))
    with closing(till.store):
        for n in range(count):
            till.sell(lines=3)
            if n % SALES_PER_COMMIT == SALES_PER_COMMIT - 1:
                till.commit()
        till.scan(10)
        till.commit()
    (folder / "complete").touch()
    return folder


# --- a large catalogue ----------------------------------------------------------------------------


def large_catalogue(count: int) -> tuple[Path, dict[str, float]]:
    """Return a shop with so many articles, and what their import took (``seconds``, ``mib``)."""
    folder = kept(f"articles-{count}")
    report = folder / "import.json"
    if not report.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        source = folder.with_suffix(".csv")
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(_generated(count))
        figures = _import(folder, source)
        source.unlink()
        report.write_text(json.dumps(figures), encoding="utf-8")
    figures = json.loads(report.read_text(encoding="utf-8"))
    return folder, figures


def _import(folder: Path, source: Path) -> dict[str, float]:
    before = os.times()
    process = subprocess.Popen(
        terminal("init", "--data", str(folder), "--articles", str(source)),
        cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import of {source} failed")
    return {"seconds": os.times().elapsed - before.elapsed, "mib": usage.ru_maxrss / 1024}


def _generated(count: int) -> Iterator[list[Any]]:
    """Yield a catalogue with the words of the sample: their frequencies are those of a shop."""
    chance = random.Random(1)
    with SAMPLE.open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    yield header
    for n in range(count):
        label, other = chance.choice(rows)[1].split(), chance.choice(rows)[1].split()
        words = [*label, *other[: chance.randint(0, 2)], chance.choice(SIZES)]
        _, _, brand, department, _, rate, *_ = chance.choice(rows)
        price = chance.randint(49, 4999)
        text = " ".join(words)[:60]
        yield [ean(n), text, brand, department, price, rate, "piece", "", ""]


def ean(n: int) -> str:
    """Return the code of the n-th article of a large catalogue."""
    digits = f"{300_000_000_000 + n * 7:012d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"{digits}{-(odd + 3 * even) % 10}"


# --- what is kept ---------------------------------------------------------------------------------


def kept(name: str) -> Path:
    """Return the folder that is kept under a name; others of that name are thrown away."""
    folder = BUILD / f"{name}-{_sources()}"
    for old in BUILD.glob(f"{name}-*"):
        if old != folder:
            shutil.rmtree(old)
    return folder


def renewed(folder: Path, *settings: str) -> Path:
    """Make a fresh shop in a folder that is kept."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return shop("new", *settings).rename(folder)


def _sources() -> str:
    """Return a hash of the code that decides what a data folder holds."""
    paths = [ROOT / "terminal" / "config.py", ROOT / "terminal" / "settings.py", Path(__file__)]
    for layer in ("core", "fiscal", "journal", "store"):
        paths += sorted((ROOT / "terminal" / layer).glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]
