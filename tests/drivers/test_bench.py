"""The bench, the registry, the server and the picture of the paper."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.errors import Unplugged
from drivers.printer import picture
from drivers.printer.base import Align, PrintBarcode, PrintFeed, PrintLine, PrintQR
from drivers.printer.encoder import encode
from drivers.registry import DRIVERS, UnknownDriver, driver_class
from drivers.serve import SimulatorServer
from drivers.simulation import DurableLines
from drivers.transports.address import open_transport

ROOT = Path(__file__).parents[2] / "drivers"


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_every_driver_of_the_table_can_be_loaded(name):
    assert isinstance(driver_class(name), type)


def test_an_unknown_driver_is_refused():
    with pytest.raises(UnknownDriver, match="escpos"):
        driver_class("laser")


def test_nothing_heavy_is_loaded_before_it_is_needed():
    """python-escpos, Pillow and pyserial cost a terminal that does not use them nothing."""
    program = (
        "import sys, drivers.registry as r, drivers.simulators;"
        "[r.driver_class(name) for name in r.DRIVERS];"
        "print([m for m in ('escpos', 'PIL', 'serial', 'segno', 'yaml') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, cwd=ROOT.parent
    )
    assert shown.stdout.strip() == b"[]"


def test_every_driver_family_has_a_simulator():
    families = {path.split(".")[1] for path in DRIVERS.values()}
    assert {name for name in families if not (ROOT / name / "simulator.py").exists()} == set()


def test_the_newest_connection_wins(bench):
    server = SimulatorServer(bench.poi)
    old, new = (open_transport(server.address, {}) for _ in range(2))
    old.open(5)
    new.open(5)
    with pytest.raises(Unplugged):
        old.read(1, 5)
    server.close()
    with pytest.raises(Unplugged):
        new.read(1, 5)
    with pytest.raises(Unplugged):
        new.open(5)


def test_the_paper_can_be_drawn(bench):
    job = encode(
        (
            PrintLine("REPRISE", Align.CENTER, bold=True, double=True),
            PrintLine("Œuf  12,50 €", Align.RIGHT),
            PrintQR("https://r.example/t/1"),
            PrintBarcode("4006381333931", "EAN13"),
            PrintBarcode("82{001"),
            PrintFeed(2),
        )
    )
    wire = bench.printer.connect()
    wire.open(1)
    wire.write(job.begin + job.body + b"\x1dv0\x00\x02\x00\x02\x00\xff\x00\x00\xff" + job.cut, 1)
    elements = bench.printer.elements(1)
    assert [element["kind"] for element in elements] == [
        "line",
        "line",
        "qr",
        "barcode",
        "barcode",
        "feed",
        "feed",
        "image",
    ]
    drawn = picture.draw(elements)
    assert drawn.width == 576 + 2 * picture.MARGIN
    assert drawn.height > 400
    assert drawn.getextrema()[0] < 64
    assert picture.png(elements).startswith(b"\x89PNG")


def test_a_picture_has_an_end():
    line = {"kind": "feed", "dots": 30}
    assert picture.draw([line] * 2000).height == picture.MAX_HEIGHT


def test_memory_is_replaced_all_or_nothing(tmp_path):
    memory = DurableLines(tmp_path / "m.jsonl")
    memory.append([{"n": 1}, {"n": 2}])
    memory.replace([{"n": 3}])
    memory.append([{"n": 4}])
    assert DurableLines(tmp_path / "m.jsonl").load() == [{"n": 3}, {"n": 4}]


def test_files_and_functions_are_of_a_size_to_be_read():
    """House rule: 400 lines a file, 50 a function."""
    too_long = []
    for path in ROOT.rglob("*.py"):
        source = path.read_text("utf-8")
        if len(source.splitlines()) > 400:
            too_long.append(str(path))
        too_long += [
            f"{path}:{node.name}"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
        ]
    assert too_long == []
