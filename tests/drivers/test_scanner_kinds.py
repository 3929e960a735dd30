"""The three kinds of scanner alike: nothing lost, nothing torn, strangers' codes harmless."""

from __future__ import annotations

import os
import random
import tracemalloc

import pytest

from drivers.registry import driver_class
from drivers.scanner.base import LOST, MAX_SCAN_CHARS, Scan
from drivers.scanner.hidpos_protocol import ReportDecoder, encode_reports
from drivers.scanner.keyboard import IDLE_S
from drivers.scanner.keyboard_protocol import KeyboardDecoder
from drivers.scanner.layouts import LAYOUTS
from drivers.scanner.serial_protocol import SUFFIXES, ScanDecoder, encode_scan
from drivers.scanner.simulator import ScannerSimulator
from drivers.scanner.symbology import Symbology, symbology_of
from drivers.scanner.typist import presses, typed
from drivers.simulation import UnknownAction
from drivers.transports.scripted import RecordedTransport
from terminal.core import gs1
from terminal.core.barcode import COMMON_SCHEMES, Reading, read
from terminal.core.errors import Refused

MEGABYTES = 10 if os.environ.get("REPRISE_EXPLORE") == "full" else 1
PIECE = 4096
KINDS = ("serial", "hidpos", "keyboard")
GS1 = "0103760123456784" + "17270131" + "10LOT9\x1d21SER/1"


class Timed:
    """A simulated scanner and its driver, on a clock that runs when somebody waits."""

    def __init__(self, clock, kind, **options):
        self.clock = clock
        self.simulator = ScannerSimulator(clock, personality=kind)
        self.simulator.changed = _Waiting(clock)
        self.driver = driver_class(f"{kind}-scanner")(self.simulator.connect(), clock, **options)
        self.driver.open(1)

    def turn(self, action, **parameters):
        return self.simulator.control(action, **parameters)

    def scan(self, code, aim=""):
        self.turn("scan", code=code, aim=aim)
        return self.driver.read(60)

    def rest(self):
        return list(iter(lambda: self.driver.read(1), None))


class _Waiting:
    """A condition in one thread: to wait is to let the time pass."""

    def __init__(self, clock):
        self._clock = clock

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def wait(self, seconds):
        self._clock.now_s += seconds

    def notify_all(self):
        """Nobody else waits."""


@pytest.fixture(params=KINDS)
def scanner(request, clock):
    return Timed(clock, request.param)


def test_ten_scans_a_second_for_a_minute_lose_none(scanner):
    """S2, with the time between characters of a slow scanner."""
    scanner.turn("speed", per_s=500)
    for n in range(600):
        began_s = scanner.clock.now_s
        assert scanner.scan(f"{n:013}", "]E0") == Scan(f"{n:013}", "]E0")
        scanner.clock.now_s = max(scanner.clock.now_s, began_s + 0.1)
    assert scanner.driver.statistics == {"scans": 600, "dropped": 0, "repeated": 0}


def test_a_minute_of_scans_that_nobody_fetched_is_still_there(scanner):
    for n in range(60):
        scanner.turn("scan", code=f"{n:013}", aim="]E0")
    assert [scan.text for scan in scanner.rest()] == [f"{n:013}" for n in range(60)]


@pytest.mark.parametrize("speed", [0, 100])
def test_a_gs_is_kept_down_to_lot_and_expiry(scanner, speed):
    """S4."""
    scanner.turn("speed", per_s=speed)
    scan = scanner.scan(GS1, "]d2")
    assert (scan.text, scan.symbology) == (GS1, Symbology.GS1DATAMATRIX)
    reading = read(scan.text, scan.aim, COMMON_SCHEMES)
    assert isinstance(reading, Reading)
    assert (reading.expires, reading.candidates[0]) == ("2027-01-31", "03760123456784")
    elements = gs1.parse(scan.text)
    assert (elements.values["10"], elements.values["21"]) == ("LOT9", "SER/1")


HOSTILE = {
    "7,089 digits": "7" * 7089,
    "a screen of escape sequences": "\x1b[2J\x1b]0;gone\x07\x1bc",
    "an address": "https://evil.example/\u2044?q=<script>alert(1)</script>",
    "SQL": "4006381333931'; DROP TABLE article; --",
    "text that runs backwards": "\u202e4006381333931\u2066",
    "nothing visible": "\u200b\u200c\u200d\ufeff",
    "a printer's commands": "\x10\x14\x01\x00\x01\x1dV\x00",
    "a path": "../../../../etc/passwd\x00.png",
    "half a surrogate's neighbour": "\ud7ff\ue000\U0010ffff",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_code_ends_as_a_refusal_and_the_next_scan_is_good(scanner, code):
    """S6: refused in words, or looked up as the text it is and not found."""
    scanner.turn("scan", code=code, aim="]Q1")
    for scan in scanner.rest():
        assert len(scan.text) <= MAX_SCAN_CHARS
        verdict = Refused("code_too_long") if scan.too_long else read(scan.text, scan.aim, ())
        if isinstance(verdict, Reading):
            assert verdict.text == scan.text.strip(" ")
            assert all(candidate.isprintable() for candidate in verdict.candidates)
    assert scanner.scan("4006381333931", "]E0") == Scan("4006381333931", "]E0")


def test_a_symbol_read_twice_is_sold_once_where_a_shop_wants_that(clock):
    for kind in KINDS:
        scanner = Timed(clock, kind, same_s=0.5)
        scanner.turn("double_read", on=True)
        assert [scan.text for scan in (scanner.scan("4006381333931"), *scanner.rest())] == [
            "4006381333931"
        ]
        clock.now_s += 0.6
        assert scanner.scan("4006381333931") == Scan("4006381333931")
        assert scanner.scan("12345670") == Scan("12345670")
        assert scanner.driver.statistics["repeated"] >= 2


def test_two_equal_articles_are_two_articles(scanner):
    """The guard is off by default."""
    scanner.turn("double_read", on=True)
    scanner.turn("scan", code="4006381333931")
    assert [scan.text for scan in scanner.rest()] == ["4006381333931"] * 2


@pytest.mark.parametrize("kind", ["hidpos", "keyboard"])
def test_a_part_that_is_lost_on_the_way_is_said(clock, kind):
    """S3: no partial code; a lost report before the last cannot be seen, the last one can."""
    scanner = Timed(clock, kind)
    if kind == "keyboard":
        scanner.turn("lose", pieces=4)
        assert scanner.scan("4006381333931") == LOST
    else:
        torn = encode_reports("0" * 57, "]Q1")[0]
        scanner.simulator._say(torn)
        assert scanner.driver.read(60) == LOST
    assert scanner.scan("12345670") == Scan("12345670")
    assert scanner.driver.statistics["dropped"] == 1


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("alt", [False, True])
def test_the_simulated_keyboard_has_a_layout_of_its_own(clock, layout, alt):
    scanner = Timed(clock, "keyboard", layout=layout)
    scanner.turn("layout", name=layout)
    scanner.turn("alt", on=alt)
    assert scanner.scan("A^~`z/]#", "]C0") == Scan("A^~`z/]#", "]C0")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_serial_scanner_of_any_suffix(clock, suffix):
    scanner = Timed(clock, "serial", suffix=suffix)
    scanner.turn("suffix", name=suffix)
    assert scanner.scan("4006381333931", "]E0") == Scan("4006381333931", "]E0")
    assert scanner.scan("12345670") == Scan("12345670")


def test_a_keyboard_scanner_without_a_suffix_is_heard_after_a_pause(clock):
    scanner = Timed(clock, "keyboard")
    scanner.turn("suffix", name="none")
    began_s = clock.now_s
    assert scanner.scan("4006381333931") == Scan("4006381333931")
    assert clock.now_s - began_s == pytest.approx(IDLE_S)


def test_a_person_at_a_keyboard_is_no_scanner(clock):
    scanner = Timed(clock, "keyboard")
    scanner.turn("speed", per_s=6)
    scanner.turn("scan", code="4006381333931")
    assert scanner.rest() == []


ENCODED = {
    "serial": encode_scan("4006381333931", "]E0"),
    "hidpos": b"".join(encode_reports("4006381333931", "]E0")),
    "keyboard": typed(
        [p for c in "]E04006381333931\r"[:-1] for p in presses(c, LAYOUTS["us"])] + [(28,)], 10**12
    ),
}
DECODERS = {"serial": ScanDecoder, "hidpos": ReportDecoder, "keyboard": KeyboardDecoder}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_noise_without_end_is_survived_and_the_next_symbol_is_read(kind, seed):
    """C5: nothing escapes, memory stays flat, and after a pause the next symbol is whole."""
    decoder = DECODERS[kind]()
    noise = random.Random(seed)
    tracemalloc.start()
    for _ in range(MEGABYTES * 1_000_000 // PIECE):
        scans = decoder.receive(noise.randbytes(PIECE))
        assert all(len(scan.text) <= MAX_SCAN_CHARS for scan in scans)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000
    decoder.pause()
    assert decoder.receive(ENCODED[kind])[-1] == Scan("4006381333931", "]E0")


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_that_never_stops_talking_does_not_hold_the_thread(clock, kind):
    """C7."""

    class Chatter(RecordedTransport):
        def read(self, limit, timeout_s):
            clock.now_s += 0.01
            return b"\x02"

    driver = driver_class(f"{kind}-scanner")(Chatter([]), clock)
    driver.open(1)
    began_s = clock.now_s
    assert driver.read(0.5) is None
    assert clock.now_s - began_s < 0.6


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [
        ("]E0", "EAN13"), ("]E4", "EAN8"), ("]E3", "EAN13_S"), ("]C0", "CODE128"),
        ("]C1", "EAN128"), ("]e0", "GS1DATABAR"), ("]d1", "DATAMATRIX"), ("]d2", "GS1DATAMATRIX"),
        ("]Q1", "QRCODE"), ("]Q3", "GS1QRCODE"), ("]A0", "CODE39"), ("]I1", "ITF"),
        ("]L0", "PDF417"), ("]z0", "AZTEC"), ("]E1", "OTHER"), ("]X0", "OTHER"), ("", "UNKNOWN"),
    ],
)  # fmt: skip
def test_symbologies_have_the_names_of_unifiedpos(aim, symbology):
    assert symbology_of(aim).name == symbology


@pytest.mark.parametrize(
    ("knob", "parameters"),
    [
        ("personality", {"name": "telepathy"}), ("layout", {"name": "dvorak"}),
        ("suffix", {"name": "keypad"}), ("speed", {"per_s": -1}), ("lose", {"pieces": 0}),
    ],
)  # fmt: skip
def test_a_knob_refuses_what_does_not_fit(knob, parameters):
    with pytest.raises(UnknownAction):
        ScannerSimulator().control(knob, **parameters)
