"""The simulated printer by itself: its paper as files, its commands as lines; the doctor's logo."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from PIL import Image

from drivers.printer.escpos import EscposPrinter
from drivers.printer.profiles import profile_of
from drivers.transports.address import open_transport
from terminal.cli.main import run
from terminal.config import FILE_NAME
from tests.conftest import Shop
from tests.flows.process import SimulatorProcess

PATIENCE_S = 60


def appears(path: Path) -> bytes:
    """Return a file that another process is about to write."""
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.read_bytes()


def test_a_printer_by_itself_shows_its_paper_and_its_commands(tmp_path):
    options = ("--tokens", "--out", str(tmp_path / "paper"), "--model", "epson-tm-t88v")
    profile = profile_of("epson-tm-t88v")
    with SimulatorProcess("", "tcp:127.0.0.1:0", tmp_path, *options, device="printer") as printer:
        driver = EscposPrinter(open_transport(printer.ready["address"], {}), profile=profile)
        assert driver.open(5).detail == "EPSON TM-T88V SIM0001"
        assert driver.self_test(5).passed
        driver.close()
        text = appears(tmp_path / "paper/receipt-0001.txt").decode()
        assert "Epson TM-T88V" in text
        assert appears(tmp_path / "paper/receipt-0001.png").startswith(b"\x89PNG")
        tokens = []
        while not tokens or tokens[-1]["token"] != "GS V":
            tokens.append(printer.read())
    assert {"token": "ESC t", "bytes": 3, "hex": "1b 74 10"} in tokens
    assert any("€" in token.get("text", "") for token in tokens)


@pytest.mark.parametrize("option", [("--tokens",), ("--out", "x"), ("--decode", "x")])
def test_only_a_printer_has_paper(option, capsys):
    assert run(["simulate", "scanner", *option]) == 1
    assert "a printer's, not a scanner's" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "level", "words"),
    [
        ("picture", "good", "120 of 576 dots"),
        ("text", "warn", "not a PNG"),
        ("", "warn", "cannot be read"),
    ],
)
def test_the_doctor_says_when_the_logo_cannot_be_used(tmp_path, capsys, content, level, words):
    data = Shop(tmp_path / "shop").create().data
    settings = data / FILE_NAME
    settings.write_text(settings.read_text().replace('logo = ""', 'logo = "logo.png"'))
    if content == "picture":
        Image.new("L", (120, 60)).save(data / "logo.png")
    elif content:
        (data / "logo.png").write_text("no picture")
    capsys.readouterr()
    assert run(["doctor", "--data", str(data), "--json"]) == 0
    found = {one["part"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["logo"]["level"] == level
    assert words in found["logo"]["words"]
