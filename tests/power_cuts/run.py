"""Cut the power of a whole emulated machine, again and again: ``python tests/power_cuts/run.py``.

Each seed is one life of a till on a disk that loses what was not flushed.  Prints a line for each,
and returns 1 when anything failed; the disks of a life that failed are kept.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.power_cuts import media
from tests.power_cuts.life import CUTS, CutFailed, Faults, Life
from tests.power_cuts.machine import FOLDER, STATE, warm_up

MUTANTS = ("synchronous-off", "synchronous-normal")


def main(arguments: Sequence[str] | None = None) -> int:
    """Live the lives; returns 1 when one failed."""
    given = _given(arguments)
    (FOLDER / "failed").mkdir(parents=True, exist_ok=True)
    _prepare(rewarm=given.rewarm)
    begin, tally = time.monotonic(), Counter[str]()
    with (FOLDER / given.results).open("a", encoding="utf-8") as results:
        for seed in _seeds(given):
            if time.monotonic() - begin > given.minutes * 60:
                break
            row = live(seed, Faults(given.mutant, given.lies), given.cuts_each)
            results.write(json.dumps(row, ensure_ascii=False) + "\n")
            results.flush()
            _tell(row)
            tally[row["outcome"]] += 1
            tally["cuts"] += len(row["cuts"])
            if given.until_found and row["outcome"] != "clean":
                break
    failed = tally["failed"] + tally["broke"]
    told = f"{tally['cuts']} cuts in {tally['clean'] + failed} lives, {failed} of them failed"
    sys.stdout.write(f"{told}, {time.monotonic() - begin:.0f} s\n")
    return 1 if failed else 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", default="", help="FIRST..LAST, or one; a life each")
    parser.add_argument("--cuts", type=int, default=30, help="in all, when no seeds are given")
    parser.add_argument("--cuts-each", type=int, default=CUTS, help="cuts of each life")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no life after so many")
    parser.add_argument("--mutant", default="", choices=("", *MUTANTS), help="plant a fault")
    parser.add_argument("--lies", action="store_true", help="the disk lies about its flushes")
    parser.add_argument("--until-found", action="store_true", help="stop at the first failure")
    parser.add_argument("--results", default="results.jsonl", help="file for a line of each life")
    parser.add_argument("--rewarm", action="store_true", help="boot and keep the state anew")
    return parser.parse_args(arguments)


def _seeds(given: argparse.Namespace) -> range:
    if not given.seeds:
        return range(1, 1 + -(-given.cuts // given.cuts_each))
    first, _, last = given.seeds.partition("..")
    return range(int(first), int(last or first) + 1)


def _prepare(*, rewarm: bool) -> None:
    if rewarm or not (FOLDER / STATE).exists():
        # The shop is made with the machine: by the program that the machine has.
        media.make(FOLDER / "new-shop", FOLDER / "new-devices")
        sys.stdout.write(f"booted once and kept: {warm_up():.0f} s\n")


def live(seed: int, faults: Faults, cuts: int) -> dict[str, object]:
    """Live one life and say what came of it."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="life-") as folder:
        life = Life(seed, Path(folder), faults)
        outcome, why = "clean", ""
        broken: Exception | None = None
        try:
            life.run(cuts)
        except (AssertionError, CutFailed) as error:
            outcome, why = "failed", str(error) or traceback.format_exc()
        except Exception as error:  # noqa: BLE001 - told, and the next life begins
            broken = error
        if broken is not None:
            outcome, why = "broke", "".join(traceback.format_exception(broken))
        if outcome != "clean":
            _keep(Path(folder), seed)
    return {
        "seed": seed,
        "outcome": outcome,
        "why": why[:2000],
        "cuts": life.told,
        "answers": life.memory.answers,
        "receipts": len(life.memory.receipts),
        "closures": life.memory.closures,
        "archives": life.memory.archives,
        "refusals": dict(life.memory.refusals),
        "mutant": faults.mutant,
        "lies": faults.lies,
        "seconds": round(time.monotonic() - begin, 1),
    }


def _keep(folder: Path, seed: int) -> None:
    place = FOLDER / "failed" / f"seed-{seed}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place)


def _tell(row: dict[str, object]) -> None:
    figures = f"{row['answers']} answers, {row['receipts']} receipts, {row['seconds']} s"
    sys.stdout.write(f"seed {row['seed']}: {row['outcome']}: {figures}\n")
    for cut in row["cuts"]:  # type: ignore[union-attr]
        sys.stdout.write(f"    {cut}\n")
    if row["why"]:
        sys.stdout.write(f"    {row['why']}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
