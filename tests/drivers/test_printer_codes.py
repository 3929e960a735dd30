"""P4: what a scanner makes of the codes on our paper."""

from __future__ import annotations

import os
import random

import pytest

from drivers.printer.base import PrintBarcode, PrintLine, PrintQR
from drivers.printer.encoder import encode
from drivers.printer.picture import draw
from drivers.printer.profiles import PROFILES, profile_of
from drivers.printer.simulator import printer_simulator
from drivers.printer.symbols import CannotDraw, bars
from tests.zbar import Reader

CODES = 200 if os.environ.get("REPRISE_EXPLORE") == "full" else 12
MODELS = sorted(PROFILES)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def picture(items, name: str = "generic-80"):
    """Return a picture of a page as a model prints it."""
    profile = profile_of(name)
    simulator = printer_simulator(profile=profile)
    wire = simulator.connect()
    wire.open(1)
    job = encode(items, profile)
    wire.write(job.begin + job.body, 1)
    return draw(simulator.elements(), dots=profile.dots)


def ean13(body: str) -> str:
    weighted = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body))
    return body + str(-weighted % 10)


def test_generated_codes_are_read_back(reader):
    chance = random.Random(13)
    for _ in range(CODES):
        # A first digit of 0 is the UPC-A code of the same bars, 978 and 979 are books.
        article = ean13(chance.choice("12345678") + "".join(chance.choices("0123456789", k=11)))
        token = "https://r.example/" + "".join(
            chance.choices("abcXYZ019-_?=", k=chance.randrange(90))
        )
        name = chance.choice(MODELS)
        page = (
            PrintBarcode(article, "EAN13"),
            PrintLine("x"),
            PrintQR(token, chance.randrange(3, 7)),
        )
        assert reader.read(picture(page, name)) == {("EAN-13", article), ("QR-Code", token)}, name


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "data", ["820300100000000014", "8203001000000000147", "A-1 {x} %", "1604", "x" * 12]
)
def test_code128_is_read_back_on_every_model(reader, name, data):
    assert ("CODE-128", data) in reader.read(picture((PrintBarcode(data),), name))


FOREIGN = [
    ("EAN8", b"\x1dkD\x0896385074", ("EAN-8", "96385074")),
    ("UPC-A", b"\x1dkA\x0c036000291452", ("UPC-A", "036000291452")),
    ("UPC-E", b"\x1dkB\x0801234565", ("UPC-E", "01234565")),
    ("UPC-E long", b"\x1dkB\x0b01234500006", ("UPC-E", "01234565")),
    ("CODE39", b"\x1dkE\x07ABC-123", ("CODE-39", "ABC-123")),
    ("ITF", b"\x1dkF\x0812345678", ("I2/5", "12345678")),
    ("CODE128 C", b"\x1dkI\x05{C\x0c\x22\x38", ("CODE-128", "123456")),
    ("CODABAR", b"\x1dkG\x08A123456B", ("Codabar", "A123456B")),
]


@pytest.mark.parametrize(("kind", "data", "read"), FOREIGN, ids=[kind for kind, _, _ in FOREIGN])
def test_bar_codes_of_others_are_drawn_to_be_read(reader, kind, data, read):
    simulator = printer_simulator()
    wire = simulator.connect()
    wire.open(1)
    wire.write(b"\x1dw\x03\x1dh\x50" + data, 1)
    assert read in reader.read(draw(simulator.elements()))


@pytest.mark.parametrize(
    ("symbology", "data"),
    [("AZTEC", "x"), ("UPC-E", "12"), ("UPC-E", "12345678901"), ("EAN13", "x"), ("ITF", "é")],
)
def test_what_cannot_be_drawn_is_said(symbology, data):
    with pytest.raises(CannotDraw):
        bars(symbology, data)
