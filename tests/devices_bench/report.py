"""What the emulated machine tells the one it runs on: one line of JSON for each thing tried."""

from __future__ import annotations

import json
import statistics
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

MARK = "ROW "
"""Begins a line with a row; every other line is a log."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried, and what came of it."""

    what: str
    passed: bool
    figures: str = ""

    def line(self) -> str:
        return MARK + json.dumps(asdict(self), ensure_ascii=False)


def parse(line: str) -> Row | None:
    """Return the row that a line holds, None for a line of the log."""
    return Row(**json.loads(line.removeprefix(MARK))) if line.startswith(MARK) else None


Part = Callable[[], Iterator[Row]]


def run(name: str, part: Part) -> None:
    """Tell every row of a part as it comes; a part that breaks is a row that failed."""
    try:
        for row in part():
            say(row.line())
    except BaseException as error:
        say(traceback.format_exc())
        say(Row(f"{name}: broke", passed=False, figures=repr(error)).line())
        raise


def say(line: str) -> None:
    """Write a line out at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def milliseconds(seconds: Sequence[float]) -> str:
    """Return median and 99th percentile, in words."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, -(-99 * len(ordered) // 100) - 1)]
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p99 {last * 1000:.1f} ms"
