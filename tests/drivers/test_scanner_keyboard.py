"""Scanners that type: every character of every layout, and nothing that may be half a code."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.base import LOST, MAX_QUEUED_SCANS, MAX_SCAN_CHARS, Scan
from drivers.scanner.input_events import EV_KEY, EventReader, InputEvent, encode
from drivers.scanner.keyboard_protocol import GAP_US, MIN_CHARS, KeyboardDecoder
from drivers.scanner.layouts import (
    ALTGR,
    CALIBRATION,
    LAYOUTS,
    PLAIN,
    SHIFT,
    SHORT_CALIBRATION,
    SPACE,
    Stroke,
)
from drivers.scanner.typist import lost, presses, typed

ORACLE = json.loads(Path(__file__).with_name("keyboard_oracle.json").read_text())
"""By which keys a character is typed: ``xkbcli how-to-type`` of libxkbcommon 1.5.0 with the layouts
of xkb-data 2.35.1 (Debian 12); tests/interop/test_keyboard_layouts.py asks again."""
LEVELS = {"plain": PLAIN, "shift": SHIFT, "altgr": ALTGR}
ASCII = "".join(map(chr, range(0x20, 0x7F)))
ENTER, KEYPAD_ENTER, TAB, CAPS_LOCK, NUM_LOCK = 28, 96, 15, 58, 69
LEFT_ALT, RIGHT_ALT, LEFT_CTRL, LEFT_SHIFT, META, ARROW_UP = 56, 100, 29, 42, 125, 103
SECOND_US = 1_000_000

layouts = pytest.mark.parametrize("layout", LAYOUTS)


def keys(text, layout="us", *, at_us=SECOND_US, alt=False, end=ENTER, step_us=1000):
    """What a scanner types for a text."""
    made = [p for character in text for p in presses(character, LAYOUTS[layout], alt=alt)]
    return typed([*made, (end,)] if end else made, at_us, step_us)


def raw(*events, at_us=SECOND_US):
    """Key events as (key, value)."""
    return b"".join(encode(InputEvent(at_us, EV_KEY, key, value)) for key, value in events)


def tap(*codes):
    return [(code, value) for code in codes for value in (1, 0)]


def read(data, layout="us"):
    return [scan.text for scan in KeyboardDecoder(layout).receive(data)]


@layouts
def test_every_character_is_where_xkbcli_has_it(layout):
    """S1: no key of the oracle makes another character here, and each character has a key."""
    table, ours = ORACLE[layout], LAYOUTS[layout]
    assert sorted(table) == list(ASCII)
    for character, ways in table.items():
        made = {
            ours.text([Stroke(key, LEVELS[level]), *after])
            for how, after in (("at_once", []), ("dead", [Stroke(SPACE)]))
            for key, level in ways[how]
        }
        assert made - {None} == {character}, (character, ways)


@layouts
def test_every_character_is_read_as_it_was_typed(layout):
    """S1, through the events: Shift, AltGr, and dead keys with their space."""
    assert read(keys(ASCII, layout), layout) == [ASCII]


@layouts
@given(text=st.text(st.sampled_from(ASCII), min_size=MIN_CHARS, max_size=40))
def test_any_text_in_any_layout_arrives(layout, text):
    scans = KeyboardDecoder(layout).receive(keys(f"]Q1{text}", layout))
    assert [(scan.text, scan.aim) for scan in scans] == [(text, "]Q1")]


@pytest.mark.parametrize(
    ("layout", "made", "text"),
    [
        pytest.param("fr", [2, 3, 4], '&é"', id="a French keyboard without Shift"),
        pytest.param("fr", [26, 18, SPACE, 2], "ê &", id="a dead key changes the letter after it"),
        pytest.param("fr", [26, 45, 2], "^x&", id="or is itself where there is none"),
        pytest.param("de", [41, SPACE, 41, 2], "^^1", id="at the end or with a space it is itself"),
    ],
)
def test_keys_make_what_the_layout_says(layout, made, text):
    assert read(raw(*tap(*made, ENTER)), layout) == [text]


def test_a_scanner_of_another_layout_is_not_understood():
    """What a French scanner types is no number on an American keyboard."""
    assert read(keys("12345", "fr")) == ["!@#$%"]


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER, TAB])
def test_each_of_three_keys_ends_a_symbol(end):
    assert read(keys("4006381333931", end=end)) == ["4006381333931"]


@layouts
def test_a_gs_is_control_and_the_closing_bracket_by_its_place(layout):
    """S4."""
    assert read(keys("10LOT9\x1d17270101", layout), layout) == ["10LOT9\x1d17270101"]


@layouts
def test_characters_by_number_are_the_same_in_every_layout(layout):
    """Alt and digits: as scanners for any country type; S4 for GS."""
    text = "]C1" + ASCII + "\x1d10é€"
    scans = KeyboardDecoder(layout).receive(keys(text, layout, alt=True))
    assert [(scan.text, scan.aim) for scan in scans] == [(text[3:], "]C1")]


@pytest.mark.parametrize(
    ("held", "typed_keys", "text"),
    [
        pytest.param([LEFT_ALT], [11, 3, 10], "abc\x1d", id="GS by Alt 029, upper row"),
        pytest.param([LEFT_ALT], [80, 73], "abc\x1d", id="GS by Alt 29, keypad"),
        pytest.param([LEFT_ALT], [79, 81, 82], "abcé", id="Alt 130 is of code page 850"),
        pytest.param([LEFT_CTRL, LEFT_ALT], [3], "abc~", id="Ctrl and Alt are AltGr", marks=()),
        pytest.param([LEFT_CTRL], [39], None, id="Ctrl and a key without control code"),
        pytest.param([LEFT_ALT], [79] * 6, None, id="a number that is too long"),
        pytest.param([LEFT_ALT], [80, 81, 81, 81], None, id="a number that is no character"),
        pytest.param([LEFT_ALT], [30], None, id="Alt and a letter"),
        pytest.param([META], [30], None, id="a shortcut of the desktop"),
        pytest.param([], [ARROW_UP], None, id="a key that types nothing"),
    ],
)
def test_keys_held_together(held, typed_keys, text):
    """What has no meaning is dropped whole: a separator lost in silence would join two fields."""
    layout = "fr" if held == [LEFT_CTRL, LEFT_ALT] else "us"
    begin = typed([p for c in "abc" for p in presses(c, LAYOUTS[layout])], SECOND_US)
    pressed = [*((key, 1) for key in held), *tap(*typed_keys), *((key, 0) for key in held)]
    scans = KeyboardDecoder(layout).receive(begin + raw(*pressed, *tap(ENTER)))
    assert scans == ([LOST] if text is None else [Scan(text)])


def test_capslock_numlock_and_a_key_held_down_change_nothing():
    events = [*tap(CAPS_LOCK, 30), (31, 1), (31, 2), (31, 2), (31, 0), *tap(NUM_LOCK, 79, 28)]
    assert read(raw(*events)) == ["as1"]


def test_the_keypad_types_digits_and_marks():
    assert read(raw(*tap(79, 80, 81, 83, 55, 74, 78, 98, 96))) == ["123.*-+/"]


@pytest.mark.parametrize("text", ["", "1", "12"])
def test_a_bump_is_no_symbol(text):
    assert read(keys(text) + keys("123", at_us=9 * SECOND_US)) == ["123"]


def test_events_that_the_kernel_lost_cost_the_whole_symbol_and_only_it():
    """S3: at every event of a symbol; the rest of it is no symbol either, and it is said."""
    symbol = Scan("4006381333931", "]E0")
    whole = keys("]E04006381333931")
    records = [whole[at : at + 24] for at in range(0, len(whole), 24)]
    for place in range(len(records)):
        decoder = KeyboardDecoder()
        torn = b"".join([*records[:place], lost(SECOND_US), *records[place + 5 :]])
        scans = decoder.receive(torn) + decoder.pause()
        ended = (ENTER, 1) in [(e.code, e.value) for e in EventReader().receive(torn[: 24 * place])]
        assert scans == ([symbol, LOST] if ended else [LOST]), place
        assert decoder.receive(keys("]E012345670", at_us=9 * SECOND_US)) == [
            Scan("12345670", "]E0")
        ]
        assert decoder.dropped == 1


def test_shift_let_go_among_the_lost_events_does_not_stay_down():
    decoder = KeyboardDecoder()
    decoder.receive(raw((LEFT_SHIFT, 1), *tap(30)) + lost(SECOND_US))
    assert decoder.receive(raw(*tap(ENTER))) == [LOST]
    assert decoder.receive(keys("abc", at_us=9 * SECOND_US)) == [Scan("abc")]


def test_a_pause_ends_a_symbol_of_a_scanner_without_terminator():
    decoder = KeyboardDecoder()
    late = SECOND_US + 3 * 1000 + GAP_US + 1
    assert decoder.receive(keys("1234", end=0)) == []
    assert decoder.receive(keys("5678", end=0, at_us=late)) == [Scan("1234")]
    assert decoder.unfinished
    assert decoder.pause() == [Scan("5678")]
    assert not decoder.unfinished


def test_at_the_edge_of_the_gap_a_symbol_goes_on():
    assert read(keys("1234567", step_us=GAP_US)) == ["1234567"]
    assert read(keys("1234567", step_us=GAP_US + 1)) == []


def test_a_scanner_that_ends_its_symbols_by_a_key_never_delivers_half_of_one():
    decoder = KeyboardDecoder()
    decoder.receive(keys("11111"))
    decoder.receive(keys("2222", end=0, at_us=2 * SECOND_US))
    assert decoder.receive(keys("3333", at_us=3 * SECOND_US)) == [LOST, Scan("3333")]


def test_a_clock_that_is_set_back_within_a_symbol_changes_nothing():
    """C8."""
    later = keys("123", end=0, at_us=3600 * SECOND_US)
    assert read(later + keys("456", at_us=SECOND_US)) == ["123456"]


def test_a_pulled_plug_forgets_the_symbol_and_the_keys_held():
    decoder = KeyboardDecoder()
    decoder.receive(raw((LEFT_SHIFT, 1), *tap(30, 31, 32)) + b"\1\2\3")
    decoder.drop()
    assert (decoder.unfinished, decoder.dropped) == (False, 1)
    assert decoder.receive(keys("abc")) == [Scan("abc")]


def test_a_symbol_of_seven_thousand_characters_is_cut_and_said_to_be():
    long, after = KeyboardDecoder().receive(keys("7" * 7089) + keys("123", at_us=9 * SECOND_US))
    assert (len(long.text), long.too_long) == (MAX_SCAN_CHARS, True)
    assert after == Scan("123")


def test_more_scans_at_once_than_anybody_can_make_are_dropped():
    decoder = KeyboardDecoder()
    assert len(decoder.receive(keys("123") * 100)) == MAX_QUEUED_SCANS
    assert decoder.dropped == 100 - MAX_QUEUED_SCANS


@given(st.lists(st.integers(0, 10**6), max_size=10))
def test_split_and_merged_the_scans_are_the_same(cuts):
    """C6."""
    data = keys("]C1011234\x1d10AB", "fr") + lost(SECOND_US) + keys("x^~`y", "fr")
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    decoder = KeyboardDecoder("fr")
    parts = [scan for a, b in pairwise(places) for scan in decoder.receive(data[a:b])]
    assert parts == KeyboardDecoder("fr").receive(data)


@layouts
@pytest.mark.parametrize("present", LAYOUTS)
@pytest.mark.parametrize("aim", ["", "]C0", "]Q1"])
def test_the_calibration_code_finds_the_layout(layout, present, aim):
    decoder = KeyboardDecoder("auto", present)
    (scan,) = decoder.receive(keys(aim + CALIBRATION, layout))
    assert (scan.text, scan.aim, scan.layout, decoder.layout) == (CALIBRATION, aim, layout, layout)
    assert decoder.receive(keys(ASCII, layout, at_us=9 * SECOND_US)) == [Scan(ASCII)]


def test_a_layout_that_is_set_is_kept_whatever_is_shown():
    decoder = KeyboardDecoder("fr")
    (scan,) = decoder.receive(keys(CALIBRATION, "us"))
    assert (scan.layout, decoder.layout) == ("us", "fr")


@pytest.mark.parametrize("layout", ["us", "fr", "be", "de"])
def test_the_short_calibration_code_tells_all_but_british_and_american(layout):
    (scan,) = KeyboardDecoder("auto", "fr").receive(keys(SHORT_CALIBRATION, layout))
    assert scan.layout == layout


def test_a_scanner_that_types_by_number_needs_no_layout():
    (scan,) = KeyboardDecoder("auto", "be").receive(keys(CALIBRATION, alt=True))
    assert scan.layout == "be"
