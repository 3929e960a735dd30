"""Resident memory and idle processor of the terminal without a window."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import shops
from tests.bench.measure import Row, Sizes
from tests.bench.starting import console, cpu_s

MEMORY_GOAL_MIB = 70
SETTLE_S = 3.0
"""After the start the GS1 tables are loaded; what is idle begins after that."""
SCANS = 100


def resident_mib(pid: int) -> float:
    """Return the memory a process holds now."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def idle_percent(pid: int, idle_s: float) -> float:
    """Return the part of one processor that a process uses while nobody asks anything."""
    time.sleep(min(SETTLE_S, idle_s))
    begin, before = time.monotonic(), cpu_s(pid)
    time.sleep(idle_s)
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - begin)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure: a till that has started, sold, and waits."""
    folder = shops.open_sale("footprint", 10)
    articles = shops.pieces(folder, SCANS)
    with console(folder) as (process, _):
        assert process.stdin is not None
        assert process.stdout is not None
        for article in articles:
            process.stdin.write(json.dumps({"do": "scan", "code": article.code}) + "\n")
            process.stdin.flush()
            process.stdout.readline()
        idle = idle_percent(process.pid, sizes.idle_s)
        memory = resident_mib(process.pid)
    yield Row("resident memory, headless", memory, "MiB", MEMORY_GOAL_MIB)
    yield Row("idle processor, headless", idle, "%")
