"""receiptio and receiptline as host of our simulated printer and as producer of streams.

receiptio waits for the printer's own word before it says ``success`` (``make interop``; needs Node
and the npm registry).
"""

from __future__ import annotations

import base64
import io
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from drivers.printer.base import PrintBarcode, PrintLine, PrintQR
from drivers.printer.encoder import encode
from drivers.printer.picture import draw
from drivers.printer.profiles import PROFILES, profile_of
from drivers.printer.simulator import printer_simulator
from tests.flows.process import SimulatorProcess
from tests.zbar import Reader

HERE = Path(__file__).parent
BUILD = Path("build/interop")
HOST = "127.0.0.9"
"""receiptio knows no port but 9100, so the printer has an address of its own."""
NPM_S, PRINT_S = 300, 60
STAR = ("star", "emustar")


def _markdown() -> str:
    """A receipt with everything the language has: styles, rules, columns, codes, a picture."""
    file = io.BytesIO()
    Image.effect_noise((200, 90), 90).save(file, "PNG")
    picture = base64.b64encode(file.getvalue()).decode("ascii")
    return "\n".join(
        (
            "^^^REPRISE",
            "Total | Bœuf à l'été, 12,50 € |",
            '_under_ "bold" `inverse` ^wide ^^high ^^^double ^^^^three',
            "{border:line; width:10,*,8}",
            "Farine | x1 | 2,50",
            "---",
            "Lait | x2 | 3,00",
            "{border:none; width:auto}",
            "-",
            f"{{image:{picture}}}",
            "{code:4006381333931; option:ean,3,72,hri}",
            "{code:82030010; option:code128,2,40}",
            "{code:ABC-1; option:code39,2,40,hri}",
            "{code:12345678; option:itf,2,40}",
            "{code:96385074; option:jan,2,40}",
            "{code:A1234B; option:nw7,2,40}",
            "{code:CODE 93; option:code93,2,40}",
            "{code:01234505; option:upc,2,40}",
            "{code:https://example.org/é; option:qrcode,5,M}",
            "{align:right}",
            "à droite|",
        )
    )


@pytest.fixture(scope="module")
def library() -> Path:
    """Install receiptio, once, where built things go."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "receipts.js"):
        shutil.copy(HERE / name, BUILD / name)
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"]
    subprocess.run(install, cwd=BUILD, check=True, timeout=NPM_S)
    (BUILD / "receipt.txt").write_text(_markdown(), encoding="utf-8")
    return BUILD


@pytest.fixture(scope="module")
def streams(library) -> dict[str, bytes]:
    """Every printer language of receiptio, with every option that changes the commands."""
    out = library / "streams"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    produce = ["node", "receipts.js", "receipt.txt", "streams"]
    subprocess.run(produce, cwd=library, check=True, timeout=NPM_S)
    found = {path.stem: path.read_bytes() for path in sorted(out.glob("*.bin"))}
    assert len(found) == 15 * 14 - 2
    return found


def test_every_stream_of_receiptline_is_understood(streams):
    """0 unknown, 0 left over, in ESC/POS and in Star line mode."""
    wrong = {}
    for name, data in streams.items():
        star = name.startswith(STAR)
        simulator = printer_simulator(
            profile=profile_of("star-line" if star else "epson-tm-t20iii")
        )
        wire = simulator.connect()
        wire.open(1)
        wire.write(data, 30)
        seen = simulator.look()
        draw(simulator.elements(), dots=simulator.profile.dots)
        if (seen["unknown"], seen["leftover"]) != (0, 0) or seen["pulses"]:
            wrong[name] = (seen["unknown"], seen["leftover"], seen["pulses"])
    assert wrong == {}


@pytest.mark.parametrize("language", ["escpos", "epson", "generic", "starline"])
def test_their_receipt_reads_as_it_was_written(streams, language):
    star = language.startswith(STAR)
    simulator = printer_simulator(profile=profile_of("star-line" if star else "epson-tm-t20iii"))
    wire = simulator.connect()
    wire.open(1)
    wire.write(streams[f"{language}-french"], 30)
    text = simulator.look()["pieces"][0]["text"]
    assert "Bœuf à l'été, 12,50 €" in text
    picture = draw(simulator.elements(1), dots=simulator.profile.dots)
    read = Reader().read(picture)
    assert {("EAN-13", "4006381333931"), ("CODE-128", "82030010"), ("CODE-39", "ABC-1")} <= read


def _print(library: Path, *options: str) -> str:
    """Let receiptio print, and return the word that it ends with."""
    command = ["node", "node_modules/receiptio/bin/cli.js", "-d", HOST, "-t", "20", *options]
    done = subprocess.run(
        [*command, "receipt.txt"], cwd=library, capture_output=True, text=True, timeout=PRINT_S,
        check=False, env={**os.environ, "LANG": "fr_FR.UTF-8"},
    )  # fmt: skip
    return (done.stdout + done.stderr).strip()


CASES = [("epson-tm-t20iii", "escpos"), ("epson-tm-t20iii", ""), ("generic-80", "generic"),
         ("star-line", "starline")]  # fmt: skip


@pytest.mark.parametrize(("model", "language"), CASES)
def test_receiptio_prints_and_is_told_what_is_wrong(library, tmp_path, model, language):
    """P7: an independent host that reads DLE EOT, GS I, automatic status and GS r (or Star's)."""
    chosen = ("-p", language) if language else ()
    paper = tmp_path / "paper"
    with SimulatorProcess(
        "", f"tcp:{HOST}:9100", tmp_path, "--model", model, "--out", str(paper), device="printer"
    ) as printer:
        assert _print(library, *chosen) == "success"
        assert printer.turn("look")["total_pieces"] == 1
        printer.turn("paper_out")
        assert _print(library, *chosen) == "paperempty"
        printer.turn("refill")
        printer.turn("cover_open")
        assert _print(library, *chosen) == "coveropen"
        printer.turn("cover_close")
        assert _print(library, *chosen) == "success"
        seen = printer.turn("look")
        # Without a language it asks as Star does as well, which no ESC/POS printer knows.
        assert seen["unknown"] == (0 if language else 4)
        assert seen["pulses"] == 0
    assert (paper / "receipt-0001.txt").is_file()


def test_two_hundred_codes_are_read_back():
    """P4, by the program that shops use: 200 EAN-13 and 200 QR codes on every model."""
    chance, reader, names = random.Random(4), Reader(), sorted(PROFILES)
    for n in range(200):
        body = chance.choice("12345678") + "".join(chance.choices("0123456789", k=11))
        check = -sum(int(d) * (1, 3)[place % 2] for place, d in enumerate(body)) % 10
        token = f"https://r.example/{n}/" + "".join(
            chance.choices("abcXYZ019-_", k=chance.randrange(80))
        )
        profile = profile_of(names[n % len(names)])
        page = (PrintBarcode(f"{body}{check}", "EAN13"), PrintLine("x"), PrintQR(token, 4))
        job = encode(page, profile)
        simulator = printer_simulator(profile=profile)
        wire = simulator.connect()
        wire.open(1)
        wire.write(job.begin + job.body, 5)
        read = reader.read(draw(simulator.elements(), dots=profile.dots))
        assert read == {("EAN-13", f"{body}{check}"), ("QR-Code", token)}, profile.name
