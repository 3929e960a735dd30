"""From the start of the process to the resumed sale, after a power cut each time."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import shops
from tests.bench.measure import Row, Sizes, median

LINES = (1, 100, 1000)
GOAL_S = 0.5
INDEPENDENT = 1.2
"""A start that is longer by less than this factor counts as the same."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the console: wall and processor seconds until it is ready."""

    wall_s: float
    cpu_s: float
    lines: int


@contextmanager
def console(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Start]]:
    """Start the console on a folder; it is killed in the end, so that the next one recovers."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        shops.terminal("console", "--data", str(folder)), cwd=shops.ROOT,
        env=shops.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        wall_s = time.perf_counter() - begin
        sale = ready["state"]["sale"]
        yield process, Start(wall_s, cpu_s(process.pid), len(sale["lines"]) if sale else 0)
    finally:
        process.kill()
        process.communicate()


def cpu_s(pid: int) -> float:
    """Return the processor seconds a process has used, in user and system mode."""
    return _ticks(pid, 14) + _ticks(pid, 15)


def started_s(pid: int) -> float:
    """Return when a process was started, in seconds since the machine was."""
    return _ticks(pid, 22)


def _ticks(pid: int, field: int) -> float:
    """Return a field of /proc/PID/stat, counted as proc(5) does, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[field - 3]) / os.sysconf("SC_CLK_TCK")


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure; the folders take turns, so that all meet the same machine."""
    folders = {f"{n:,} lines": (shops.open_sale(f"start-{n}", n), n) for n in LINES}
    history = f"10 lines, {sizes.history:,} past sales"
    large = f"10 lines, {sizes.articles:,} articles"
    folders["10 lines"] = (shops.open_sale("start-10", 10), 10)
    folders[history] = (shops.past_sales(sizes.history), 10)
    folders[large] = (shops.open_sale_among(sizes.articles, 10), 10)
    starts: dict[str, list[Start]] = {name: [] for name in folders}
    for n in range(sizes.starts + 1):
        for name, (folder, lines) in folders.items():
            with console(folder) as (_, start):
                if start.lines != lines:
                    raise RuntimeError(f"{name}: {start.lines} lines came back")
                if n:  # the first start compiles and warms the disk's cache
                    starts[name].append(start)
    for name, taken in starts.items():
        yield Row(f"start to resumed sale, {name}", median([s.wall_s for s in taken]), "s", GOAL_S)
    plain = [s.cpu_s for s in starts["10 lines"]]
    yield Row("start, processor time, 10 lines", median(plain), "s")
    for name in (history, large):
        yield Row(f"start, processor time, {name} / without",
                  median([s.cpu_s for s in starts[name]]) / median(plain), "x",
                  INDEPENDENT)  # fmt: skip
