"""P2: the simulated printer tells every command of any legal stream, and survives any other."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.escpos_grammar import ESCPOS
from drivers.printer.picture import draw
from drivers.printer.profiles import PROFILES, profile_of
from drivers.printer.simulator import PrinterSimulator, printer_simulator
from drivers.printer.star_grammar import StarGrammar
from drivers.printer.tokens import Tokenizer
from tests.flows.process import ROOT


def check_printed(data: bytes, simulator=None):
    """Print a stream; nothing of it may be unknown or left over."""
    simulator = simulator or PrinterSimulator()
    wire = simulator.connect()
    wire.open(1)
    wire.write(data, 5)
    seen = simulator.look()
    assert (seen["unknown"], seen["leftover"]) == (0, 0), data[:200]
    return simulator


def text_of(data: bytes) -> str:
    epson = PrinterSimulator(profile=profile_of("epson-tm-t20iii"))
    seen = check_printed(data, epson).look()
    return "\n".join([*(piece["text"] for piece in seen["pieces"]), seen["current"]])


PICTURE = Image.new("1", (70, 300))
PICTURE.paste(1, (10, 10, 40, 200))

FEATURES = {
    "text": lambda p: p.text("Ça coûte 12 € à Łódź, Ελλάς, Москва\n"),
    "textln": lambda p: p.textln("x"),
    "ln": lambda p: p.ln(3),
    "block_text": lambda p: p.block_text("one two three four", columns=10),
    "charcode": lambda p: p.charcode("CP1252"),
    "set": lambda p: p.set(
        align="center", font="b", bold=True, underline=2, width=3, height=4, density=5,
        invert=True, smooth=True, flip=True, custom_size=True,
    ),
    "set double": lambda p: p.set(double_height=True, double_width=True),
    "set_with_default": lambda p: p.set_with_default(),
    "line_spacing": lambda p: [p.line_spacing(30, d) for d in (60, 180, 360) for _ in (0,)],
    "line_spacing off": lambda p: p.line_spacing(),
    "cut": lambda p: p.cut(),
    "cut part": lambda p: p.cut("PART", feed=False),
    "cashdraw": lambda p: [p.cashdraw(pin) for pin in (2, 5)],
    "cashdraw own": lambda p: p.cashdraw([0x1B, 0x70, 0, 50, 50]),
    "hw": lambda p: [p.hw(what) for what in ("INIT", "SELECT", "RESET")],
    "print_and_feed": lambda p: p.print_and_feed(3),
    "control": lambda p: [p.control(c) for c in ("LF", "FF", "CR", "VT")],
    "control tab": lambda p: p.control("HT", 4, 9),
    "panel_buttons": lambda p: [p.panel_buttons(on) for on in (True, False)],
    "target": lambda p: [p.target(where) for where in ("SLIP", "ROLL")],
    "slip": lambda p: [p.eject_slip(), p.print_and_eject_slip()],
    "use_slip_only": lambda p: [p.use_slip_only(), p.text("Hello")],
    "buzzer": lambda p: p.buzzer(2, 4),
    "linedisplay": lambda p: p.linedisplay("12,50"),
    "qr native": lambda p: p.qr("https://example.org", size=5, native=True),
    "qr drawn": lambda p: p.qr("https://example.org", size=5, center=True),
    "image": lambda p: p.image(PICTURE),
    "image graphics": lambda p: p.image(PICTURE, impl="graphics", high_density_vertical=False),
    "image columns": lambda p: p.image(PICTURE, impl="bitImageColumn"),
    "image columns low": lambda p: p.image(
        PICTURE, impl="bitImageColumn", high_density_vertical=False, high_density_horizontal=False
    ),
    "image pieces": lambda p: p.image(PICTURE, fragment_height=100, center=True),
}  # fmt: skip


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_of_python_escpos_is_understood(feature):
    """An independent producer; also behind an initialisation and before text."""
    builder = Dummy(profile="TM-T20II")
    FEATURES[feature](builder)
    alone = bytes(builder.output)
    check_printed(alone)
    check_printed(b"\x1b@" + alone + b"\x1b@after\n")


BARCODES = {
    "UPC-A": "123456789012", "UPC-E": "01234565", "EAN13": "4006381333931", "EAN8": "96385074",
    "CODE39": "*ABC-123*", "ITF": "12345678", "NW7": "A123456B",
}  # fmt: skip
COUNTED = {
    "CODE93": "CODE 93", "CODE128": "{BABC{{123", "GS1-128": "0101234567890128",
    "GS1 DATABAR OMNIDIRECTIONAL": "0123456789012", "GS1 DATABAR TRUNCATED": "0123456789012",
    "GS1 DATABAR LIMITED": "0123456789012", "GS1 DATABAR EXPANDED": "(01)0123456789012",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "data", "system"),
    [(kind, data, "A") for kind, data in BARCODES.items()]
    + [(kind, data, "B") for kind, data in (BARCODES | COUNTED).items()],
)
def test_every_bar_code_of_python_escpos_is_understood(kind, data, system):
    builder = Dummy(profile="TM-T20II")
    builder._hw_barcode(data, kind, 64, 3, "BELOW", "A", True, system, check=False)
    shown = text_of(bytes(builder.output) + b"after\n")
    assert data.strip("{B").replace("{{", "{") in shown
    assert shown.endswith("after")


@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_a_drawn_bar_code_of_python_escpos_is_understood(impl):
    builder = Dummy(profile="TM-T20II")
    builder.barcode("4006381333931", "EAN13", force_software=impl)
    check_printed(bytes(builder.output))


SHOWN = [
    (b"\x1dk\x024006381333931\x00", "[EAN13 4006381333931]"),
    (b"\x1dkC\x0d4006381333931", "[EAN13 4006381333931]"),
    (b"\x1dkI\x0c{BA{C\x0c\x22{Bx{{", "[CODE128 A1234x{]"),
    (b"\x1d(k\x07\x001P0shop\x1d(k\x03\x001Q0", "[QR shop]"),
    (b"\x1d(k\x07\x000P0shop\x1d(k\x03\x000Q0", "[PDF417 shop]"),
    (b"\x1d(k\x07\x002P0shop\x1d(k\x03\x002Q0", "[MaxiCode shop]"),
    (b"\x1d(k\x07\x005P0shop\x1d(k\x03\x005Q0", "[Aztec shop]"),
    (b"\x1d(k\x07\x006P0shop\x1d(k\x03\x006Q0", "[DataMatrix shop]"),
    (b"\x1bt\x10\x80\n", "€"),
    (b"\x1bt\x13\xd5\n", "€"),
    (b"\x1bt\x28\xa4\n", "€"),
    (b"\x1bt\x00\x82\n", "é"),
    (b"\x1bD\x05\x0a\x00a\tb\tc\n", "a    b    c"),
    (b"a\x1b$\x78\x00b\n", "a         b"),
    (b"\x1b&\x03AA\x02" + bytes(6) + b"\x1b%\x01AB\n", "□B"),
    (b"\x1bL\x1bW\x00\x00\x00\x00\x00\x02\x64\x00one\n\x0c", "one"),
    (b"\x1d/\x00", ""),
    (b"\x1d*\x01\x01" + bytes([255] * 8) + b"\x1d/\x00", "[image]"),
    (b"\x1cq\x01\x01\x00\x01\x00" + bytes([255] * 8) + b"\x1cp\x01\x03", "[image]"),
    (b"\x1dv0\x03\x01\x00\x01\x00\xff", "[image]"),
    (b"\x1d8L\x0b\x00\x00\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x000\x32", "[image]"),
    (b"\x1d(L\x0c\x000C0AA\x01\x08\x00\x01\x001\xff\x1d(L\x06\x000EAA\x01\x01", "[image]"),
    (b"\x1b*\x01\x0c\x00" + bytes(12) + b"x\n", "□x"),
    (b"\x1b-\x02\x1dB\x01\x1b{\x01\x1bV\x01styled\n", "styled"),
]


@pytest.mark.parametrize(("data", "paper"), SHOWN)
def test_what_a_command_puts_on_paper(data, paper):
    """From the manual: one command, or a few that belong together."""
    assert text_of(data).strip() == paper


LEGAL = {
    "real time": b"\x10\x04\x01\x10\x04\x07\x01\x10\x05\x01\x10\x14\x01\x00\x01"
    b"\x10\x14\x02\x01\x08",
    "status": b"\x1da\xff\x1dr\x01\x1dr2\x1dI\x42\x1dg0\x00\x14\x00\x1dg2\x00\x14\x00",
    "counter": b"\x1dC0\x01\x01\x1dC1\x01\x00\x09\x00\x01\x01\x1dC2\x01\x00\x1dC;1;2;3;4;5;\x1dc",
    "page": b"\x1bL\x1dP\x00\x00\x1bT\x01\x1d$\x10\x00\x1d\\\x10\x00\x1b$\x10\x00\x1b\\\x10\x00"
    b"x\x18\x1bS",
    "kanji": b"\x1c&\x1c!\x00\x1cC\x01\x1cS\x00\x00\x1cW\x01\x1c-\x01\x1c.\x1c2\x77\x21"
    + bytes(72),
    "memory": b"\x1cg1\x00\x00\x00\x00\x00\x02\x00ab\x1cg2\x00\x00\x00\x00\x00\x02\x00",
    "families": b"\x1d(A\x02\x00\x00\x02\x1d(E\x03\x00\x01IN\x1d(K\x02\x001\x00"
    b"\x1d(N\x02\x000\x00\x1d(P\x01\x00x\x1c(A\x02\x000\x00\x1b(A\x03\x00a\x01\x01",
    "bitmap": b"\x1dD0C0AA01BM\x14\x00\x00\x00" + bytes(14),
    "macro": b"\x1d:\x1d^\x01\x01\x01",
    "old": b"\x1bi\x1bm\x1b<\x1bU\x01\x1bc3\x01\x1bc4\x01\x1bc5\x00\x1bv\x1bu\x00\x1be\x01"
    b"\x1bK\x08\x1bR\x01\x1br\x01",
    "offline": b"\x1d(H\x03\x00101\x1d(H\x06\x0000ABCD",
}


@pytest.mark.parametrize("name", LEGAL)
def test_every_other_legal_command_has_its_length(name):
    seen = check_printed(LEGAL[name] + b"\x1b@end\n").look()
    assert seen["current"].endswith("end")


STAR = {
    "start": b"\x1b@\x1b\x1ea\x01\x17\x1b\x1eF\x00\x1b 0\x1bs00\x1bz1\x12\x1b\x1dt\x20",
    "styles": b"\x1bE\x1bF\x1b4\x1b5\x1b-1\x1bi\x01\x01\x1bW1\x1bh1\x1bM\x1b:\x1bl\x02\x1bQ\x30",
    "place": b"\x1b\x1da1\x1b\x1dA\x10\x00a\x1b\x1dR\x10\x00b\n",
    "band": b"\x1bk\x02\x00" + bytes(48) + b"\n\x1bK\x03\x00abc\x1bX\x01\x00abc",
    "raster": b"\x1b\x1dS\x01\x02\x00\x03\x00\x00" + bytes(6),
    "qr": b"\x1b\x1dyS0\x02\x1b\x1dyS1\x01\x1b\x1dyS2\x04\x1b\x1dyD1\x00\x03\x00abc\x1b\x1dyP",
    "pdf": b"\x1b\x1dxS0\x00\x01\x01\x1b\x1dxS1\x00\x1b\x1dxD\x03\x00abc\x1b\x1dxP",
    "bars": b"\x1bb324\x504006381333931\x1e\x1bb624\x50A%0B\x1e",
    "page": b"\x1b\x1dP0\x1b\x1dP2\x01\x1b\x1dP3"
    + bytes(4)
    + b"\x80\x00\x80\x00\x1b\x1dP4\x10\x00x\x1b\x1dP7",
    "graphic": b"\x1b*rA\x1b*rP0\x00b\x02\x00ab\x1b*rY3\x00\x1b\x0c\x00\x1b*rB",
    "end": b"\x1bd3\x1b\x1d\x03\x01\x00\x00\x04\x1b\x06\x01\x07\x1b\x07\x05\x32\x07",
}


@pytest.mark.parametrize("name", STAR)
def test_every_command_of_star_line_mode_has_its_length(name):
    simulator = printer_simulator(profile=profile_of("star-line"))
    seen = check_printed(STAR[name] + b"\x1b@end\n", simulator).look()
    assert seen["current"].endswith("end")


@pytest.mark.parametrize("name", STAR)
def test_star_commands_cut_at_every_byte_are_the_same(name):
    """C6."""
    whole = _names(StarGrammar(), [STAR[name]])
    assert _names(StarGrammar(), [bytes((byte,)) for byte in STAR[name]]) == whole


@pytest.mark.parametrize("name", LEGAL)
def test_commands_cut_at_every_byte_are_the_same(name):
    assert _names(ESCPOS, [bytes((byte,)) for byte in LEGAL[name]]) == _names(ESCPOS, [LEGAL[name]])


def _names(grammar, pieces) -> list[str]:
    tokenizer, names = Tokenizer(grammar), []
    for piece in pieces:
        tokenizer.feed(piece)
        names += [token.name for token in iter(tokenizer.next, None)]
    assert len(tokenizer) == 0
    return [name for place, name in enumerate(names) if name != "text" or names[place - 1] != name]


COMMANDS = st.sampled_from(
    [b"\x1b", b"\x1d", b"\x1c", b"\x10", b"\x1b*", b"\x1d(", b"\x1b\x1d", b"\x1dv0"]
)


@settings(max_examples=150)
@given(st.lists(st.binary(max_size=30) | COMMANDS, max_size=40), st.sampled_from(sorted(PROFILES)))
def test_a_foreign_stream_never_crashes_a_printer(parts, name):
    """Not even when it is drawn; status is still answered afterwards."""
    simulator = printer_simulator(profile=profile_of(name))
    wire = simulator.connect()
    wire.open(1)
    wire.write(b"".join(parts), 5)
    draw(simulator.elements(), dots=simulator.profile.dots)
    simulator.control("power_off")
    simulator.control("power_on")
    assert simulator.look()["leftover"] == 0


def test_a_code_of_control_codes_is_named_on_the_picture():
    """As receiptline writes CODE93; the face can draw no carriage return."""
    simulator = check_printed(b"\x1dkH\x04\x0c\r\x1a0\x1dH\x02\x1dkI\x04{A\r1")
    assert draw(simulator.elements()).height > 60


def test_after_noise_the_next_receipt_is_right():
    simulator = PrinterSimulator()
    wire = simulator.connect()
    wire.open(1)
    noise = random.Random(7)
    for _ in range(40):
        wire.write(noise.randbytes(4096), 5)
    simulator.control("power_off")
    simulator.control("power_on")
    wire.open(1)
    wire.write(b"\x1b@\x1bt\x10\x80 1\n", 1)
    assert simulator.look()["current"].endswith("€ 1")


def _decode(tmp_path, data: bytes, *options: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "in.bin").write_bytes(data)
    command = [sys.executable, "-m", "terminal", "simulate", "printer", "--decode"]
    return subprocess.run(
        [*command, str(tmp_path / "in.bin"), "--out", str(tmp_path / "out"), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_captured_stream_is_rendered_and_counted(tmp_path):
    """``simulate printer --decode``: each piece as text and picture, each command a line."""
    done = _decode(tmp_path, b"\x1b@\x1bt\x10Caf\xe9\n\x1dVB\x00rest\n", "--tokens")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["token"] for line in lines[:-1]] == [
        "ESC @", "ESC t", "text", "control", "GS V", "text", "control",
    ]  # fmt: skip
    assert lines[-1] == {"tokens": 7, "pieces": 2, "pulses": 0, "unknown": 0, "leftover": 0}
    assert done.returncode == 0
    assert (tmp_path / "out/receipt-0001.txt").read_text() == "Café\n"
    assert (tmp_path / "out/receipt-0002.png").read_bytes().startswith(b"\x89PNG")


def test_a_stream_that_is_not_understood_is_said_to_be(tmp_path):
    done = _decode(tmp_path, b"\x1d\x00x\n\x1d(k\x40\x00")
    assert json.loads(done.stdout)["unknown"] == 1
    assert json.loads(done.stdout)["leftover"] == 5
    assert done.returncode == 1


@pytest.mark.parametrize("options", [("--model", "daisy-wheel"), ("--decode", "nowhere.bin")])
def test_what_cannot_be_decoded_is_said(tmp_path, options):
    done = _decode(tmp_path, b"x", *options)
    assert done.returncode == 1
    assert "daisy-wheel" in done.stderr or "nowhere.bin" in done.stderr
