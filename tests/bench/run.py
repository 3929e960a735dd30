"""Measure the terminal: ``python tests/bench/run.py [--json FILE] [--only NAME] [--quick]``.

A table goes to standard output, the same as JSON to FILE.  Ratios are taken in one run, each pair
of samples one right after the other, so that they survive a machine that others use too.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench import (
    append,
    audit,
    baskets,
    books,
    footprint,
    frames,
    lookup,
    paper,
    powerfail,
    scanning,
    starting,
    wear,
)
from tests.bench.measure import FULL, QUICK, TINY, Row, Sizes

Part = Callable[[Sizes], Iterator[Row]]

PARTS: dict[str, Part] = {
    "append": append.rows,
    "baskets": baskets.rows,
    "wear": wear.rows,
    "starting": starting.rows,
    "lookup": lookup.rows,
    "paper": paper.rows,
    "powerfail": powerfail.rows,
    "scanning": scanning.rows,
    "footprint": footprint.rows,
    "frames": frames.rows,
    "audit": audit.rows,
    "books": books.rows,
}
WIDTH = 72


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for; returns 0, also when a goal is missed: a table is no test."""
    options = _parser().parse_args(arguments)
    sizes = TINY if options.tiny else QUICK if options.quick else FULL
    rows: list[Row] = []
    for name in [options.only] if options.only else PARTS:
        begin = time.perf_counter()
        for row in PARTS[name](sizes):
            rows.append(row)
            _say(_line(row))
        _say(f"{'':{WIDTH}}({name}: {time.perf_counter() - begin:.0f} s)")
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(_json(rows), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the terminal.")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--only", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="smaller, under a minute")
    size.add_argument("--tiny", action="store_true", help="too small to mean anything")
    return parser


def _line(row: Row) -> str:
    value = "-" if row.value is None else f"{row.value:,.{_decimals(row.value)}f} {row.unit}"
    goal = "" if row.goal is None else f"<= {row.goal:g} {row.unit}"
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    return f"{row.name:{WIDTH}}{value:>18}  {goal:14}{verdict:8}{row.note}".rstrip()


def _decimals(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2


def _json(rows: Sequence[Row]) -> str:
    machine = {"system": platform.system(), "machine": platform.machine(),
               "python": platform.python_version()}  # fmt: skip
    table = [{**asdict(row), "met": row.met} for row in rows]
    return json.dumps({"machine": machine, "rows": table}, indent=2, ensure_ascii=False) + "\n"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
