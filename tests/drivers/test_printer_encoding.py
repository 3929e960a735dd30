"""Pages to bytes, and bytes to commands: nothing unknown, nothing left over, no drawer."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import LocalProtocolError
from drivers.printer import commands
from drivers.printer.base import Align, PrintBarcode, PrintFeed, PrintLine, PrintQR
from drivers.printer.encoder import encode, printable, runs
from drivers.printer.escpos_grammar import ESCPOS
from drivers.printer.glyphs import CELL_WIDTH, run_dots
from drivers.printer.simulator import PrinterSimulator
from drivers.printer.tokens import Tokenizer

HOSTILE = [
    "\x1bp\x00\x19\xfa",
    "\x10\x14\x01\x00\x01",
    "\x1b@\x1d(D\x03\x00\x14\x01\x01",
    "\x10\x04\x01",
    "\x00\x1b",
    "\x9bp",
    "\u2028\x1bp0",
    "\u001bp\u0000",
]


def _tokens(data: bytes) -> tuple[list, int]:
    tokenizer = Tokenizer(ESCPOS)
    tokenizer.feed(data)
    return list(iter(tokenizer.next, None)), len(tokenizer)


def _bytes(items) -> bytes:
    job = encode(tuple(items))
    return job.begin + job.body + job.cut


LINES = st.builds(
    PrintLine, st.text(max_size=60), st.sampled_from(list(Align)), st.booleans(), st.booleans()
)
CODES = st.builds(
    PrintBarcode,
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=30),
)
EANS = st.builds(PrintBarcode, st.from_regex(r"[0-9]{13}", fullmatch=True), st.just("EAN13"))
QRS = st.builds(
    PrintQR, st.text(min_size=1, max_size=100).map(lambda text: "x" + text), st.integers(-5, 40)
)
ITEMS = st.lists(LINES | CODES | EANS | QRS | st.builds(PrintFeed, st.integers(-3, 30)), max_size=8)


@settings(max_examples=150)
@given(ITEMS)
def test_every_page_is_whole_commands_and_never_opens_the_drawer(items):
    """P2 and P8: tokenised with nothing left over; no label, code or feed is a pulse."""
    data = _bytes(items)
    tokens, left = _tokens(data)
    assert left == 0
    assert {token.name for token in tokens}.isdisjoint({"unknown", "ESC p", "DLE \x14"})
    assert not any(token.name.startswith("DLE") for token in tokens)
    simulator = PrinterSimulator()
    wire = simulator.connect()
    wire.open(1)
    wire.write(data, 1)
    seen = simulator.look()
    assert (seen["pulses"], seen["unknown"], seen["buffered"]) == (0, 0, 0)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_label_is_only_text(text):
    for item in (PrintLine(text), PrintQR("x" + text)):
        body = encode((item,)).body
        assert not any(found in body for found in (b"\x1bp", b"\x10\x14", b"\x10\x04", b"\x1b@"))


@pytest.mark.parametrize(
    ("text", "paper", "drawn"),
    [
        ("Œuf à l'été: 12,50 €", "Œuf à l'été: 12,50 €", []),
        ("Škoda Łódź Čeština", "Škoda Łódź Čeština", ["Ł", "ź", "Č"]),
        ("1\u202f234,50\u00a0€", "1 234,50 €", []),
        ("日本 3", "???? 3", []),
        ("e\u0301", "é", []),
        ("x\u030c2", "x\u030c2", ["x\u030c"]),
        ("a\tb\r\nc\x7f\x80\u200b", "abc", []),
        ("n → ½ ẞ", "n → ½ SS", ["→"]),
        ("Ελλάς", "Ελλάς", ["Ελλάς"]),
        ("\u0301a", "a", []),
    ],
)
def test_only_what_the_code_page_lacks_is_drawn(text, paper, drawn):
    """The rest of the line stays text; what the face lacks as well becomes its likeness."""
    assert printable(text) == paper
    assert ["".join(clusters) for _, clusters in runs(text) if clusters] == drawn


@given(st.text())
def test_printable_text_has_no_control_codes_and_stays_so(text):
    shown = printable(text)
    assert printable(shown) == shown
    for data, drawn in runs(text):
        assert bool(data) != bool(drawn)
        assert all(byte >= 0x20 for byte in data)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=48))
def test_a_drawn_run_takes_the_columns_of_its_characters(text):
    """What stands to the right of it does not move."""
    wide = sum(
        len(data) if data else run_dots(drawn).width // CELL_WIDTH for data, drawn in runs(text)
    )
    assert wide == sum(unicodedata.category(c) not in ("Cc", "Cf") for c in text)


def test_a_job_has_its_phases():
    job = encode((PrintLine("Total 8,00 €"),))
    assert job.begin == b"\x1b@" + b"\x1d(D\x03\x00\x14\x01\x00" + b"\x1bt\x10"
    assert b"Total 8,00 \x80\n" in job.body
    assert job.cut == b"\x1dVB\x00"


def test_encoding_says_nothing_on_standard_output(capfd):
    """The console speaks one JSON object a line there."""
    encode((PrintBarcode("3017620422003", "EAN13"), PrintBarcode("82A"), PrintQR("x")))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "item",
    [
        PrintQR(""),
        PrintQR("x" * 2001),
        PrintBarcode("", "CODE128"),
        PrintBarcode("x" * 31),
        PrintBarcode("é"),
        PrintBarcode("12", "EAN13"),
        PrintBarcode("x" * 13, "EAN13"),
        PrintBarcode("1", "AZTEC"),
    ],
)
def test_what_no_code_can_hold_is_our_fault(item):
    with pytest.raises(LocalProtocolError):
        encode((item,))


@pytest.mark.parametrize("marker", ["", "abc", "abcde", "ab\x00c", "abcé"])
def test_a_marker_is_four_characters(marker):
    with pytest.raises(LocalProtocolError):
        commands.process_id(marker)


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"abc\n", ["text", "control"]),
        (b"\x1b@\x1bE\x01x", ["ESC @", "ESC E", "text"]),
        (b"\x1b*\x21\x02\x00" + bytes(6) + b"x", ["ESC *", "text"]),
        (b"\x1b*\x00\x02\x00" + bytes(2) + b"x", ["ESC *", "text"]),
        (b"\x1dv0\x00\x02\x00\x03\x00" + bytes(6) + b"x", ["GS v", "text"]),
        (b"\x1d(L\x02\x000\x32x", ["GS ( L", "text"]),
        (b"\x1d8L\x04\x00\x00\x00abcdx", ["GS 8 L", "text"]),
        (b"\x1dk\x02301762042200\x00x", ["GS k", "text"]),
        (b"\x1dkI\x03{BAx", ["GS k", "text"]),
        (b"\x1dVB\x00\x1dV\x00x", ["GS V", "GS V", "text"]),
        (b"\x1bD\x08\x10\x00x", ["ESC D", "text"]),
        (b"\x1b&\x03\x41\x42\x01abc\x01def" + b"x", ["ESC &", "text"]),
        (b"\x1d*\x01\x01" + bytes(8) + b"x", ["GS *", "text"]),
        (b"\x1cq\x01\x01\x00\x01\x00" + bytes(8) + b"x", ["FS q", "text"]),
        (b"\x1dC;1;2;3;4;5;x", ["GS C", "text"]),
        (b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08x", ["DLE 20", "text"]),
        (b"\x1b\x7fx", ["unknown", "text"]),
    ],
)
def test_commands_have_their_length(data, names):
    tokens, left = _tokens(data)
    assert ([token.name for token in tokens], left) == (names, 0)


def test_a_raster_of_impossible_size_is_rubbish_and_not_awaited():
    tokens, _ = _tokens(b"\x1dv0\x00\xff\xff\xff\xffabc")
    assert next(token.name for token in tokens) == "unknown"


@settings(max_examples=100)
@given(st.binary(max_size=300), st.lists(st.integers(0, 10**6), max_size=10))
def test_split_and_merged_the_paper_is_the_same(data, cuts):
    """C6, and a foreign stream never crashes the printer (P2)."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    papers = []
    for pieces in ([data], [data[a:b] for a, b in pairwise(places)]):
        simulator = PrinterSimulator()
        wire = simulator.connect()
        wire.open(1)
        for piece in pieces:
            wire.write(piece, 1)
        seen = simulator.look()
        papers.append((seen["current"], seen["pieces"], seen["pulses"], wire.read(65536, 0)))
    assert papers[0] == papers[1]
