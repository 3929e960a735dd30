"""Pictures: every way of sending them gives the same dots, and none carries a real-time command."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.errors import LocalProtocolError
from drivers.printer.base import PrintImage, PrintLine
from drivers.printer.dots import Dots, from_columns
from drivers.printer.encoder import encode
from drivers.printer.guard import STAR_TRIGGER, disarmed, has_trigger
from drivers.printer.logo import MAX_ROWS, LogoError, load_logo
from drivers.printer.profiles import ImageCommand, profile_of
from drivers.printer.simulator import printer_simulator

GENERIC = profile_of("generic-80")
WAYS = {
    "GS v 0": replace(GENERIC, image=ImageCommand.RASTER),
    "GS ( L": replace(GENERIC, image=ImageCommand.GRAPHICS),
    "ESC *": replace(GENERIC, image=ImageCommand.COLUMNS),
    "ESC k": profile_of("star-line"),
}
NASTY = st.sampled_from(
    [b"\x10", b"\x04", b"\x05", b"\x14", b"\x10\x04\x01", b"\x10\x14\x01\x00\x01"]
)
RASTERS = st.integers(1, 600).flatmap(
    lambda width: st.lists(NASTY | st.binary(min_size=1, max_size=40), max_size=60).map(
        lambda parts: _whole(width, b"".join(parts))
    )
)


def _whole(width: int, data: bytes) -> PrintImage:
    row = (width + 7) // 8
    rows = len(data) // row + 1
    return PrintImage(width, data.ljust(row * rows, b"\x00"))


def _printed(job, profile) -> list[Dots]:
    simulator = printer_simulator(profile=profile)
    wire = simulator.connect()
    wire.open(1)
    wire.write(job.begin + job.body, 1)
    seen = simulator.look()
    assert (seen["unknown"], seen["leftover"], seen["pulses"]) == (0, 0, 0)
    pieces = []
    for element in simulator.elements():
        spans = element["spans"] if element["kind"] == "line" else [element]
        pieces += [
            Dots(span["dots"], base64.b64decode(span["data"])) for span in spans if "rows" in span
        ]
    return pieces


@settings(max_examples=120)
@given(RASTERS, st.sampled_from(sorted(WAYS)))
def test_no_picture_carries_a_real_time_command(image, way):
    """P5: whatever the dots are, nothing in the whole stream makes the printer act at once."""
    profile = WAYS[way]
    job = encode((image,), profile)
    data = job.begin + job.body
    guard = b"\x1d(D\x03\x00\x14\x01\x00"
    if way == "ESC k":
        assert not has_trigger(data, STAR_TRIGGER)
    else:
        assert not has_trigger(data.replace(guard, b""))
    simulator = printer_simulator(profile=profile)
    wire = simulator.connect()
    wire.open(1)
    wire.write(data, 1)
    asked_for = simulator._told if way == "ESC k" else b""
    assert wire.read(100, 0) == asked_for
    assert simulator.look()["pulses"] == 0


@settings(max_examples=30)
@given(st.integers(1, 80), st.integers(1, 60), st.randoms(use_true_random=False))
def test_the_same_dots_come_out_whichever_way_they_went(width, height, random):
    row = (width + 7) // 8
    # Left-over bits of the last byte are white: a picture of columns does not carry them.
    mask = 0xFF << (-width % 8) & 0xFF
    rows = b"".join(
        bytes(random.choice((0x00, 0xA5, 0x3C)) for _ in range(row - 1))
        + bytes((random.choice((0x00, 0xA5, 0x3C)) & mask,))
        for _ in range(height)
    )
    sent = Dots(width, rows)
    in_columns = (band.columns(3) for band in sent.bands(24))
    assume(not any(map(has_trigger, (rows, *in_columns))))  # else a dot differs, and must
    for profile in WAYS.values():
        pieces = _printed(encode((PrintImage(width, rows),), profile), profile)
        got = [[p.black(x, y) for x in range(width)] for p in pieces for y in range(p.height)]
        assert got[:height] == [[sent.black(x, y) for x in range(width)] for y in range(height)]
        assert not any(map(any, got[height:]))


def test_a_long_picture_goes_out_in_pieces_of_256_rows():
    image = PrintImage(576, b"\x81" * 72 * 700)
    pieces = _printed(encode((image,)), GENERIC)
    assert [piece.height for piece in pieces] == [256, 256, 188]


def test_an_armed_row_differs_by_one_dot():
    assert disarmed(b"\x10\x04") == b"\x11\x04"
    assert disarmed(b"\x10\x10\x14\x10") == b"\x10\x11\x14\x10"
    assert disarmed(b"\x1b\x06", STAR_TRIGGER) == b"\x1a\x06"


def test_a_length_that_would_be_a_command_is_sent_as_two():
    """GS ( L counts its bytes: 0x0410 of them are a question in real time."""
    for rows in range(20, 60):
        for width in (80, 160, 240, 320, 400, 480, 560):
            image = PrintImage(width, b"\xff" * (width // 8) * rows)
            assert not has_trigger(encode((image,), WAYS["GS ( L"]).body)


def test_a_picture_wider_than_the_paper_is_cut_off():
    image = PrintImage(800, b"\xff" * 100 * 2)
    assert [piece.width for piece in _printed(encode((image,)), GENERIC)] == [576]


@pytest.mark.parametrize("image", [PrintImage(0, b""), PrintImage(8, b""), PrintImage(9, b"\x00")])
def test_a_picture_without_whole_rows_is_our_fault(image):
    if image.width == 8:
        assert encode((image,)).body
        return
    with pytest.raises(LocalProtocolError):
        encode((image,))


def test_columns_and_rows_are_the_same_picture():
    dots = Dots(3, bytes((0b10100000, 0b01000000) * 12))
    assert from_columns(dots.columns(3), 3) == dots


# --- the logo ---


def _png(path, size=(100, 40), colour="black"):
    Image.new("RGBA", size, colour).save(path)
    return path


def test_a_logo_is_made_of_dots(tmp_path):
    image = load_logo(_png(tmp_path / "logo.png"), 576)
    assert (image.width, len(image.rows)) == (100, 13 * 40)
    assert Dots(image.width, image.rows).black(50, 20)


def test_what_is_transparent_stays_white(tmp_path):
    image = load_logo(_png(tmp_path / "logo.png", colour=(0, 0, 0, 0)), 576)
    assert not any(image.rows)


def test_a_logo_is_made_to_fit_the_paper(tmp_path):
    wide = load_logo(_png(tmp_path / "wide.png", (1200, 100)), 384)
    assert wide.width == 384
    tall = load_logo(_png(tmp_path / "tall.png", (100, 1000)), 576)
    assert Dots(tall.width, tall.rows).height == MAX_ROWS


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "cannot be read"),
        (lambda path: path.write_bytes(b"GIF89a"), "not a PNG"),
        (lambda path: path.write_bytes(_png(path).read_bytes()[:60]), "not a PNG"),
        (lambda path: path.write_bytes(bytes(1_048_577)), "at most"),
        (lambda path: _png(path, (4001, 1)), "larger than"),
    ],
)
def test_a_logo_that_cannot_be_used_says_why(tmp_path, make, why):
    make(tmp_path / "logo.png")
    with pytest.raises(LogoError, match=why):
        load_logo(tmp_path / "logo.png", 576)


def test_a_logo_stands_above_the_text():
    image = PrintImage(8, b"\xff" * 8)
    simulator = printer_simulator()
    wire = simulator.connect()
    wire.open(1)
    job = encode((image, PrintLine("REPRISE")))
    wire.write(job.begin + job.body, 1)
    assert [element["kind"] for element in simulator.elements()] == ["image", "line"]
