"""The real window: start to resumed sale, scan to frame, resident memory, idle processor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.bench import shops
from tests.bench.footprint import idle_percent, resident_mib
from tests.bench.measure import MS, Row, Sizes, median, percentile
from tests.bench.starting import cpu_s, started_s

SIZE = "1280x800"
ROLE = "kiosk"
START_GOAL_S = 1.5
MEMORY_GOAL_MIB = 180
BASKETS = (1, 100)
RENDERER = ("libLLVM", "swrast", "libgallium")
NAMES = (
    ("start to resumed sale in the window", "s", START_GOAL_S),
    ("start in the window, processor time", "s", None),
    *((f"scan to frame, basket of {n}, {p}", "ms", None) for n in BASKETS for p in ("p50", "p99")),
    ("resident memory, with the window", "MiB", MEMORY_GOAL_MIB),
    ("software renderer's part of it", "MiB", None),
    ("idle processor, with the window", "%", None),
)


@dataclass(frozen=True, slots=True)
class Window:
    """A window with the resumed sale in sight."""

    process: subprocess.Popen[str]
    pid: int
    start_s: float
    cpu_s: float
    lines: int

    def scan(self, code: str) -> float:
        """Scan, and return the seconds until the frame that shows it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()
        return float(_said(self.process)["frame_s"])


def rows(sizes: Sizes) -> Iterator[Row]:
    """Measure, or give empty rows where there is neither a display nor a virtual one."""
    prefix = _display()
    if prefix is None:
        for name, unit, goal in NAMES:
            yield Row(name, None, unit, goal, "no display, and no xvfb-run")
        return
    yield from (
        Row(name, value, unit, goal)
        for (name, unit, goal), value in zip(NAMES, _figures(sizes, prefix), strict=True)
    )


def _figures(sizes: Sizes, prefix: list[str]) -> Iterator[float]:
    starts = _starts(shops.open_sale("window-start", 10), prefix, sizes.starts)
    yield median([wall for wall, _ in starts])
    yield median([cpu for _, cpu in starts])
    for lines in BASKETS:
        folder = shops.open_sale(f"window-{lines}", lines)
        articles = cycle(shops.pieces(folder, 200))
        with window(folder, prefix) as shown:
            taken = [shown.scan(next(articles).code) for _ in range(sizes.frames + 1)][1:]
            yield median(taken) * MS
            yield percentile(taken, 99) * MS
            if lines == BASKETS[-1]:
                yield resident_mib(shown.pid)
                yield renderer_mib(shown.pid)
                yield idle_percent(shown.pid, sizes.idle_s)


def _starts(folder: Path, prefix: list[str], count: int) -> list[tuple[float, float]]:
    """Return wall and processor seconds of some starts; one more, the first, warms the disk."""
    taken = []
    for _ in range(count + 1):
        with window(folder, prefix) as shown:
            taken.append((shown.start_s, shown.cpu_s))
    return taken[1:]


def renderer_mib(pid: int) -> float:
    """Return what the libraries that draw in software hold: a graphics card needs none of them."""
    mapped, kib = "", 0
    for line in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(" ")
        if not name.endswith(":"):
            mapped = value
        elif name == "Rss:" and any(library in mapped for library in RENDERER):
            kib += int(value.split()[0])
    return kib / 1024


@contextmanager
def window(folder: Path, prefix: list[str]) -> Iterator[Window]:
    """Open the window on a folder, and wait for its sale; it is killed in the end."""
    script = str(Path(__file__).with_name("window.py"))
    process = subprocess.Popen(
        [*prefix, sys.executable, script, str(folder), ROLE, SIZE], cwd=shops.ROOT,
        env=shops.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        first = _said(process)
        pid = first["pid"]
        start = first["at_s"] - started_s(pid)
        yield Window(process, pid, start, cpu_s(pid), first["lines"])
        os.kill(pid, 9)
    finally:
        process.communicate()


def _said(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the window did not come up")
    return json.loads(line)


def _display() -> list[str] | None:
    """Return what to put before a command that needs a display; None where there is none."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return []
    if shutil.which("xvfb-run") is None:
        return None
    return ["xvfb-run", "-a", "-s", "-screen 0 1920x1920x24"]
