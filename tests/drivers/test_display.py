"""Customer displays: what is sent, what stands on the glass, in both command sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.display.base import COLUMNS
from drivers.display.code_pages import PAGES, cells
from drivers.display.commands import Cd5220, DmD
from drivers.display.driver import Cd5220Display, DmDDisplay
from drivers.display.interpreter import DisplayInterpreter
from drivers.display.simulator import DisplaySimulator

HELLO = b"HELLO".ljust(COLUMNS)
WORLD = b"WORLD".ljust(COLUMNS)
ROWS = ("Crème brûlée  €", "ÀÉÈÇ ÄÖÜ   1 234,56")

FROM_THE_MANUAL = [
    # Epson DM-D110 specification, 5.4
    (DmD().initialise("cp1252"), "0d 0d 0d 0d 0d 0d 0d 0d 1b 40 1b 74 10 1f 01 1f 43 00 0c"),
    (DmD().initialise("cp858"), "0d 0d 0d 0d 0d 0d 0d 0d 1b 40 1b 74 13 1f 01 1f 43 00 0c"),
    (DmD().show(("HELLO", "WORLD"), "cp1252"),
     "1f 24 01 01" + HELLO.hex() + "1f 24 01 02" + WORLD.hex()),
    # CD5220 user's manual, 6.1: [n] x 20, then CR
    (Cd5220().show(("HELLO", "WORLD"), "cp858"),
     "1b 51 41" + HELLO.hex() + "0d 1b 51 42" + WORLD.hex() + "0d"),
    (Cd5220().initialise("cp858"), "0d 0d 0d 0d 0d 0d 0d 0d 0c 1b 40 1b 74 13 1b 11 1b 5f 00 0c"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "manual"), FROM_THE_MANUAL)
def test_the_bytes_are_those_of_the_manual(sent, manual):
    """From the manual."""
    assert sent == bytes.fromhex(manual)


@pytest.mark.parametrize(
    ("received", "rows"),
    [
        # from the manuals: cursor moves, clearing, modes and windows of both sets
        (b"ab\x08c", ("ac", "")),
        (b"ab\x0dX", ("Xb", "")),
        (b"a\x0ab", ("a", " b")),
        (b"ab\x0bX", ("Xb", "")),
        (b"\x1f$\x14\x01ZY", (" " * 19 + "Z", "Y")),
        (b"\x1f$\x15\x01a", ("a", "")),
        (b"one\x0c", ("", "")),
        (b"one\x1f$\x01\x02two\x18", ("one", "")),
        (b"\x1b[Ba", ("", "a")),
        (b"\x1b[Kx", ("", " " * 19 + "x")),
        (b"abc\x1b[Lx", ("xbc", "")),
        (b"\x1bl\x05\x02x", ("", "    x")),
        (b"\x1f\x02" + b"a" * 20 + b"b" * 20 + b"c", ("b" * 20, "c")),
        (b"\x1f\x01" + b"a" * 20 + b"b" * 20 + b"c", ("c" + "a" * 19, "b" * 20)),
        (b"\x1f\x03" + b"a" * 19 + b"bc", ("a" * 18 + "bc", "")),
        (b"\x1bQD" + b"m" * 30 + b"\r", ("m" * 20, "")),
        (b"\x1bW\x01\x01\x01\x01\x14\x01ok", ("ok", "")),
        (b"\x1bW\x01\x00ok", ("ok", "")),
        (b"\x1b&\x01\x41\x42\x05" + b"\x0c" * 5 + b"\x00ok", ("ok", "")),
        (b"\x1bt\x13\x82\xd5", ("é€", "")),
        (b"\x1bt\x10\xe9\x80", ("é€", "")),
        (b"\x1bt\x10\xe9\x1b@\x82", ("é", "")),
    ],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_the_simulator_reads_both_command_sets(received, rows, step):
    """C6: however the bytes are split."""
    reader = DisplayInterpreter()
    for at in range(0, len(received), step):
        reader.receive(received[at : at + step])
    assert tuple(row.rstrip() for row in reader.grid.rows) == rows
    assert (reader.unknown, reader.unfinished) == (0, 0)


@pytest.mark.parametrize("driver", [DmDDisplay, Cd5220Display])
@pytest.mark.parametrize("page", ["", "cp858", "cp1252"])
def test_accents_and_the_euro_come_out_right(driver, page):
    simulator = DisplaySimulator()
    display = driver(simulator.connect(), page)
    display.open(1)
    display.show(ROWS, 1)
    assert [row.rstrip() for row in simulator.look()["rows"]] == list(ROWS)
    assert (simulator.look()["unknown"], simulator.look()["unfinished"]) == (0, 0)


def test_a_new_text_leaves_nothing_of_the_old_one():
    for driver in (DmDDisplay, Cd5220Display):
        simulator = DisplaySimulator()
        display = driver(simulator.connect())
        display.open(1)
        for rows in (("x" * 20, "y" * 20), ("", "short")):
            display.show(rows, 1)
        assert simulator.look()["rows"] == [" " * 20, "short".ljust(20)]


@pytest.mark.parametrize(
    ("text", "page", "shown"),
    [
        ("œuf €", "cp858", "oeuf €"),
        ("œuf €", "cp1252", "œuf €"),
        ("9 € À", "cp437", "9 E A"),
        ("1\u202f234\u00a0−5", "cp437", "1 234 -5"),
        ("a\x0cb\x1b@c\nd", "cp1252", "ab@cd"),
        ("日本", "cp1252", "??"),
        ("Žluťoučký", "cp850", "Zlutoucký"),
    ],
)
def test_what_a_page_lacks_has_a_stand_in(text, page, shown):
    assert cells(text, page).decode(page).rstrip() == shown


@given(st.text(max_size=60), st.sampled_from(sorted(PAGES)))
def test_a_row_is_always_twenty_bytes_without_control_codes(text, page):
    row = cells(text, page)
    assert len(row) == COLUMNS
    assert all(byte >= 0x20 and byte != 0x7F for byte in row)


@given(st.binary(max_size=400), st.integers(1, 400))
def test_garbage_is_survived_and_a_new_start_is_clean(noise, cut):
    """C5: memory stays bounded, and the next initialisation and text come out right."""
    simulator = DisplaySimulator()
    wire = simulator.connect()
    wire.open(1)
    wire.write(noise[:cut], 1)
    wire.write(noise[cut:], 1)
    assert simulator.look()["unfinished"] <= 300 * 256
    simulator.control("power_off")
    simulator.control("power_on")
    display = Cd5220Display(simulator.connect())
    display.open(1)
    display.show(("after", "noise"), 1)
    assert simulator.look()["rows"] == ["after".ljust(20), "noise".ljust(20)]
