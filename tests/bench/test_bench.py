"""The benchmark gives every row of its table. What the figures are is not a test's business."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import shops
from tests.bench.frames import NAMES
from tests.bench.measure import TINY, Row, percentile, ratio

PARTS = {
    "append": ["raw SQLite commit", "Store.append / raw", "whole path from scan to state / raw"],
    "baskets": [f"basket of {n}, beyond the commit, p99" for n in TINY.baskets],
    "wear": ["bytes per scan, into the log", "bytes per sale of 10 lines, by the process"],
    "starting": ["1 lines", "100 lines", "1,000 lines", "past sales / without", "articles"],
    "lookup": ["look-up", "search", "import"],
    "paper": [f"receipt of {n} lines to {form}" for n in (10, 60) for form in ("ESC/POS", "PDF")],
    "powerfail": ["power fails to safe state, p50", "power fails to safe state, p99"],
    "scanning": [f"scan end to event, {kind}, p99" for kind in ("serial", "hidpos", "keyboard")],
    "footprint": ["resident memory, headless", "idle processor, headless"],
    "audit": ["verify", "rebuild"],
}


def table(part, file):
    script = str(Path(__file__).with_name("run.py"))
    subprocess.run(
        [sys.executable, script, "--tiny", "--only", part, "--json", str(file)],
        check=True, env=shops.environment(), stdout=subprocess.PIPE,
    )  # fmt: skip
    return json.loads(file.read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("part", PARTS)
def test_every_row_is_there_with_a_figure(part, tmp_path):
    rows = table(part, tmp_path / "bench.json")
    for words in PARTS[part]:
        assert any(words in row["name"] for row in rows), words
    assert all(isinstance(row["value"], float | int) for row in rows)


@pytest.mark.ui
def test_the_window_is_measured_too(tmp_path):
    rows = table("frames", tmp_path / "bench.json")
    assert [row["name"] for row in rows] == [name for name, _, _ in NAMES]


@pytest.mark.parametrize(
    ("value", "goal", "met"), [(1.0, None, None), (1.0, 1.0, True), (1.1, 1.0, False),
                               (None, 1.0, None)]
)  # fmt: skip
def test_a_goal_is_met_up_to_its_figure(value, goal, met):
    assert Row("x", value, "x", goal).met is met


def test_figures_of_samples():
    samples = [float(n) for n in range(1, 101)]
    assert (percentile(samples, 99), percentile(samples, 50), percentile([3.0], 99)) == (99, 50, 3)
    assert ratio([2.0, 9.0, 4.0], [1.0, 1.0, 1.0]) == 4.0
