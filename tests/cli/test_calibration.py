"""``reprise calibration``: the code that tells how a keyboard scanner is set."""

from __future__ import annotations

import base64
from io import BytesIO

from PIL import Image

from drivers.simulators import Bench
from terminal.devices import calibration
from terminal.devices.scanner import LAYOUT_FILE, keep_layout
from tests.flows.process import reprise

REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
"""What a printer obeys even inside a picture."""


def test_the_picture_is_printable_at_its_size():
    picture = Image.open(BytesIO(reprise("calibration").stdout))
    assert (picture.format, picture.width, picture.getcolors()[0][1]) == ("PNG", 576, 0)
    assert round(picture.info["dpi"][0]) == 203


def test_the_paper_is_the_same_picture():
    job = reprise("calibration", "--format", "escpos").stdout
    assert not any(trigger in job for trigger in REAL_TIME)
    bench = Bench()
    wire = bench.printer.connect()
    wire.open(1)
    wire.write(job, 5)
    (piece,) = range(1, bench.look("printer")["total_pieces"] + 1)
    (image,) = [e for e in bench.printer.elements(piece) if e["kind"] == "image"]
    black = Image.frombytes(
        "1", (8 * image["row_bytes"], image["rows"]), base64.b64decode(image["data"]), "raw", "1;I"
    )
    assert black.tobytes() == calibration.picture().tobytes()


def test_the_doctor_says_which_keyboard_the_scanner_types_on(bare_shop):
    shop = bare_shop.create("devices.scanner_mode=keyboard")
    keep_layout(shop.data / LAYOUT_FILE, "de")
    page = reprise("doctor", "--data", shop.data).stdout.decode()
    assert "sim:scanner, keyboard, layout de (see reprise calibration)" in page


def test_it_fits_on_the_smallest_screen():
    width, height = calibration.picture().size
    assert (width <= 800, height <= 600) == (True, True)
