"""What of the devices' bench can be tried without an emulated machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from drivers.discovery import POINT_OF_SALE, top_usages
from drivers.scanner.keyboard_protocol import KeyboardDecoder
from drivers.scanner.layouts import LAYOUTS
from drivers.scanner.typist import presses, typed
from tests.devices_bench.gadgets import HID_POS_DESCRIPTOR, KEYBOARD_DESCRIPTOR
from tests.devices_bench.keyboard import MODIFIERS, USAGES, BootReports
from tests.devices_bench.report import Row, milliseconds, parse

FOLDER = Path(__file__).resolve().parent
GENERIC_DESKTOP, KEYBOARD = 0x01, 0x06


def test_the_descriptors_say_what_the_devices_are():
    """Usage page 8Ch, bar code scanner, and the boot keyboard of HID 1.11."""
    assert HID_POS_DESCRIPTOR.startswith(bytes.fromhex("058c0902"))
    assert top_usages(HID_POS_DESCRIPTOR)[0] == (POINT_OF_SALE, 0x02)
    assert top_usages(KEYBOARD_DESCRIPTOR) == [(GENERIC_DESKTOP, KEYBOARD)]


def test_reports_of_a_capital_letter():
    """Shift goes down, then the letter; both come up again (HID 1.11, appendix B.1)."""
    reports = list(BootReports()(typed(presses("A", LAYOUTS["us"]), 0)))
    assert [report.hex() for report in reports] == [
        "0200000000000000",
        "0200040000000000",
        "0200000000000000",
        "0000000000000000",
    ]


def test_a_keyboard_has_a_usage_for_every_key_that_scanners_type():
    """No two keys share one, but for the two names of the key beside Enter."""
    for layout in LAYOUTS.values():
        for strokes in layout.typing.values():
            assert {stroke.key for stroke in strokes} <= set(USAGES) | set(MODIFIERS)
    assert len(set(USAGES.values())) == len(USAGES)


def test_what_is_typed_reads_as_the_code():
    code = "]E04006381333931"
    made = b"".join(typed(presses(one, LAYOUTS["us"]), n * 1000) for n, one in enumerate(code))
    decoder = KeyboardDecoder("us")
    decoder.receive(made)
    assert [scan.text for scan in decoder.pause()] == [code[3:]]


def test_a_row_survives_the_line_it_is_told_on():
    row = Row("é printed", passed=True, figures="p50 1.0 ms")
    assert parse(row.line()) == row
    assert parse("a line of the log") is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ([0.001], "p50 1.0 ms, p99 1.0 ms"),
        ([n / 1000 for n in range(1, 101)], "p50 50.5 ms, p99 99.0 ms"),
    ],
)
def test_median_and_99th_percentile(seconds, words):
    assert milliseconds(seconds) == words


def test_a_part_that_does_not_exist_is_refused_before_anything_starts():
    done = subprocess.run(
        [sys.executable, FOLDER / "run.py", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no part 'nonsense'" in done.stderr
