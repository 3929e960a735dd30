"""The label printer: its ZPL, its status, its driver against its simulator."""

from __future__ import annotations

import contextlib
import os
import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.base import Health
from drivers.errors import LocalProtocolError, RemoteProtocolError, TransportError
from drivers.label.base import QR, Align, Barcode, Label, Printed, Rule, Text
from drivers.label.host_status import HostStatus, LineReader, parse_status
from drivers.label.layouts import ShelfWords, WeighedWords, shelf_label, weighed_label
from drivers.label.picture import draw, png
from drivers.label.print_engine import Engine
from drivers.label.simulator import LabelSimulator
from drivers.label.zpl import check_digit, encode, field_data
from drivers.label.zpl_printer import ZplPrinter
from drivers.label.zpl_reader import MAX_COMMAND_BYTES, ZplReader
from drivers.simulation import UnknownAction
from drivers.transports.instant import InstantTransport, WaitingClock
from drivers.transports.scripted import RecordedTransport, ScriptedTransport

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
SHELF = shelf_label(
    ShelfWords("Farine de blé", "Bio", "2,50 €", "2,50 €/kg", "3270190128724", "28/07/2026")
)


def label_of(*fields):
    return Label(456, 256, fields)


def printed(zpl: bytes) -> list[dict]:
    """Return the labels that a stream of ZPL prints, each as its elements."""
    labels: list[dict] = []
    engine = Engine(lambda label, copies: labels.extend([label] * copies))
    reader = ZplReader()
    for command in reader.receive(zpl):
        engine.execute(command, reader.delimiter)
    return labels


# --- what we send ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "zpl"),
    [
        (Text(10, 20, 30, "abc"), b"^FO10,20^A0N,30,30^FH_^FDabc^FS"),
        (Text(10, 20, 40, "1", narrow=True), b"^FO10,20^A0N,40,30^FH_^FD1^FS"),
        (
            Text(10, 20, 30, "9,99 €", 200, Align.RIGHT),
            b"^FO10,20^A0N,30,30^FB200,1,0,R,0^FH_^FD9,99 _E2_82_AC^FS",
        ),
        (
            Barcode(10, 20, 50, "ean13", "3270190128724"),
            b"^FO10,20^BY2,3,50^BEN,50,Y,N^FH_^FD327019012872^FS",
        ),
        (Barcode(1, 2, 50, "ean8", "96385074"), b"^FO1,2^BY2,3,50^B8N,50,Y,N^FH_^FD9638507^FS"),
        (
            Barcode(1, 2, 50, "code128", "A>^~_1"),
            b"^FO1,2^BY2,3,50^BCN,50,Y,N,N,N^FH_^FDA>0><>=_5F1^FS",
        ),
        (QR(1, 2, "x^y"), b"^FO1,2^BQN,2,4^FH_^FDMA,x_5Ey^FS"),
        (Rule(1, 2, 300, 4), b"^FO1,2^GB300,4,4,B,0^FS"),
    ],
)
def test_each_field_is_the_command_of_the_manual(field, zpl):
    """From the manual: ^FO, ^A0, ^FB, ^FH, ^BE, ^B8, ^BC, ^BQ, ^GB."""
    sent = encode(label_of(field), 3)
    assert sent == b"^XA^CI28^LH0,0^PW456^LL256" + zpl + b"^PQ3,0,0,N^XZ\n"


@pytest.mark.parametrize(
    ("label", "copies"),
    [
        (SHELF, 0),
        (SHELF, 501),
        (label_of(Barcode(0, 0, 9, "ean13", "3270190128725")), 1),
        (label_of(Barcode(0, 0, 9, "ean13", "32701901287")), 1),
        (label_of(Barcode(0, 0, 9, "ean13", "327019012872٤")), 1),
        (label_of(Barcode(0, 0, 9, "code128", "é")), 1),
        (label_of(Barcode(0, 0, 9, "code128", "")), 1),
        (label_of(Barcode(0, 0, 9, "codabar", "1")), 1),
        (label_of(Barcode(0, 0, 9, "ean8", "96385074", module=11)), 1),
        (label_of(QR(0, 0, "x" * 501)), 1),
        (label_of(QR(0, 0, "x", module=0)), 1),
        (label_of(Text(-1, 0, 9, "x")), 1),
        (label_of(Rule(0, 0, 40_000, 1)), 1),
        (label_of(*[Rule(0, 0, 1, 1)] * 65), 1),
    ],
)
def test_what_cannot_be_printed_is_refused_before_a_byte_is_sent(label, copies):
    with pytest.raises(LocalProtocolError):
        encode(label, copies)


@given(st.text(max_size=80))
@example("^XZ^XA^FDhidden^FS")
@example("~JA~HS_5E_7E\r\n\x02\x03\x00\x7f")
@example("^CC/ /XA")
def test_no_name_can_inject_a_command(name):
    """Whatever stands in a name is text: no prefix, no control character, all of it ASCII."""
    data = field_data(name)
    body = data.removeprefix("^FH_^FD").removesuffix("^FS")
    assert data == f"^FH_^FD{body}^FS"
    assert not set(body) & {"^", "~"}
    assert all(" " <= one <= "~" for one in body)


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=60))
def test_what_is_written_is_what_is_printed(name):
    (label,) = printed(encode(label_of(Text(5, 5, 20, name))))
    assert [element["text"] for element in label["elements"]] == [name.rstrip("\r\n")]


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=24))
def test_a_shelf_label_of_any_article_prints_as_one_label(name, brand, code):
    words = ShelfWords(name, brand, "1,00 €", "", code, "28/07/2026")
    assert len(printed(encode(shelf_label(words)))) == 1


@given(st.text(max_size=60))
def test_a_weighed_label_of_any_article_prints_as_one_label(name):
    words = WeighedWords(
        name, "Poids", "1 kg", "Prix", "1 €/kg", "Total", "1 €", "2112345008424", ""
    )
    assert len(printed(encode(weighed_label(words)))) == 1


@given(st.text("0123456789", min_size=12, max_size=12))
def test_a_code_with_its_check_digit_stands_as_bars(digits):
    code = digits + check_digit(digits)
    (label,) = printed(encode(shelf_label(ShelfWords("x", "", "1 €", "", code, ""))))
    (bars,) = [one for one in label["elements"] if one["kind"] == "barcode"]
    assert (bars["symbology"], bars["data"]) == ("ean13", digits)


# --- what it answers ------------------------------------------------------------------------------

READY = (
    b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
)


def status(raw: bytes) -> HostStatus:
    return parse_status(LineReader().receive(raw))


def test_the_three_lines_of_the_manual_are_read():
    """From the manual, ~HS: string 1, 2 and 3."""
    assert status(READY) == HostStatus(label_length=1245)
    paper = READY.replace(b"030,0,0", b"030,1,1").replace(b"000,0,0,0,0,2", b"000,0,1,1,0,2")
    assert status(paper).reasons == ("cover_open", "paper_out", "ribbon_out", "paused")
    batch = READY.replace(b"00000000,1", b"00000042,1").replace(
        b",000,0,0,0,000", b",003,0,0,1,000"
    )
    read = status(batch)
    assert (read.remaining, read.formats, read.partial_format, read.idle) == (42, 3, True, False)


@given(
    st.builds(
        HostStatus,
        **{
            name: st.booleans()
            for name in ("paper_out", "paused", "buffer_full", "partial_format", "too_cold")
        },
        head_open=st.booleans(),
        ribbon_out=st.booleans(),
        label_waiting=st.booleans(),
        corrupt=st.booleans(),
        too_hot=st.booleans(),
        formats=st.integers(0, 999),
        remaining=st.integers(0, 99_999_999),
        label_length=st.integers(0, 9999),
    ),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_a_status_survives_the_wire_split_anywhere(one, cuts):
    """C6."""
    raw = one.spell()
    places = sorted({0, len(raw), *(cut % len(raw) for cut in cuts)})
    reader = LineReader()
    lines = [line for a, b in pairwise(places) for line in reader.receive(raw[a:b])]
    assert parse_status(lines) == one


@pytest.mark.parametrize(
    ("one", "health"),
    [
        (HostStatus(), Health.READY),
        (HostStatus(formats=3), Health.READY),
        (HostStatus(too_hot=True), Health.DEGRADED),
        (HostStatus(paper_out=True), Health.BLOCKED),
        (HostStatus(paused=True), Health.BLOCKED),
        (HostStatus(label_waiting=True), Health.BLOCKED),
        (HostStatus(corrupt=True, paper_out=True), Health.FAULT),
    ],
)
def test_health_follows_the_flags(one, health):
    assert one.health is health


@pytest.mark.parametrize("lines", [[], ["1,2,3"], ["x," * 11 + "x", "0," * 10 + "0", "1,0"]])
def test_what_is_no_status_is_refused(lines):
    with pytest.raises(RemoteProtocolError):
        parse_status(lines)


# --- the driver -----------------------------------------------------------------------------------


def test_the_conversation_of_a_print():
    """From the manual: ~HI, ~HS; a label, and ~HS until nothing is left of it."""
    busy = READY.replace(b"00000000,1", b"00000001,1")
    transport = ScriptedTransport(
        [
            (b"~HI", b"\x02ZD421-203dpi,V93.21.07Z,8,8176KB\x03\r\n"),
            (b"~HS", READY),
            (b"~HS", READY),
            (encode(SHELF, 2), b""),
            (b"~HS", busy),
            (b"~HS", READY),
        ]
    )
    printer = ZplPrinter(transport)
    opened = printer.open(5)
    assert (opened.health, opened.detail) == (Health.READY, "ZD421-203dpi V93.21.07Z")
    assert printer.print_labels(SHELF, 2, 5) is Printed.PRINTED
    transport.finish()


@pytest.fixture
def clock():
    return WaitingClock()


@pytest.fixture
def machine(clock):
    return LabelSimulator(monotonic=clock)


@pytest.fixture
def printer(machine, clock):
    return ZplPrinter(InstantTransport(machine.connect(), clock), monotonic=clock)


def test_health_is_what_the_printer_is(machine, printer):
    """C10."""
    assert printer.open(5).health is Health.READY
    for knob, health, reasons in [
        ("paper_out", Health.BLOCKED, ("paper_out", "paused")),
        ("head_open", Health.BLOCKED, ("cover_open", "paper_out", "paused")),
        ("refill", Health.BLOCKED, ("cover_open", "paused")),
        ("head_close", Health.READY, ()),
        ("pause", Health.BLOCKED, ("paused",)),
        ("resume", Health.READY, ()),
        ("unplug", Health.ABSENT, ("unplugged",)),
        ("plug", Health.READY, ()),
    ]:
        machine.control(knob)
        status = printer.poll(5)
        assert (status.health, status.reasons) == (health, reasons), knob


def test_a_printer_that_is_mute_while_blocked_is_absent_by_its_answer(machine, printer):
    machine.control("mute_when_blocked", on=True)
    machine.control("head_open")
    assert printer.poll(5).reasons == ("no_answer",)
    assert printer.print_labels(SHELF, 1, 5) is Printed.UNCONFIRMED
    machine.control("head_close")
    assert printer.poll(5).health is Health.READY
    assert machine.look()["printed"] == 1


def test_labels_wait_for_paper_and_come_out_by_themselves(machine, printer):
    machine.control("paper_left", labels=2)
    assert printer.print_labels(SHELF, 5, 5) is Printed.WAITING
    assert (machine.look()["printed"], machine.look()["waiting"]) == (2, 3)
    machine.control("refill")
    assert (machine.look()["printed"], machine.look()["waiting"]) == (5, 0)


def test_slow_labels_are_waited_for(clock):
    machine = LabelSimulator(label_s=1.0, monotonic=clock)
    printer = ZplPrinter(InstantTransport(machine.connect(), clock), monotonic=clock)
    assert printer.print_labels(SHELF, 3, 60) is Printed.PRINTED
    assert machine.look()["printed"] == 3
    assert printer.print_labels(SHELF, 9, 4) is Printed.UNCONFIRMED


@pytest.mark.parametrize("at", range(0, len(encode(SHELF)) + 4, 1 if FULL else 5))
def test_a_cable_pulled_at_any_byte_prints_a_label_once_or_not_at_all(machine, printer, at):
    machine.control("unplug_after", bytes=at)
    with contextlib.suppress(TransportError):
        assert printer.print_labels(SHELF, 1, 5) is Printed.UNCONFIRMED
    before = machine.look()["printed"]
    assert before == (at >= len(b"~HS") + len(encode(SHELF)) - 1)
    machine.control("plug")
    assert printer.print_labels(SHELF, 1, 5) is Printed.PRINTED
    assert machine.look()["printed"] == before + 1


def test_what_was_printed_is_remembered_over_a_power_cut(tmp_path):
    machine = LabelSimulator(tmp_path / "labels.jsonl")
    ZplPrinter(machine.connect()).print_labels(SHELF, 2, 5)
    again = LabelSimulator(tmp_path / "labels.jsonl")
    assert again.look()["printed"] == 2
    assert "Farine de blé" in again.look()["last"]


def test_noise_is_no_answer(patient_waits):
    """C5 and C7."""
    noise = random.Random(3).randbytes(200_000)
    pieces = [noise[at : at + 4096] for at in range(0, len(noise), 4096)]
    with pytest.raises((TransportError, RemoteProtocolError)):
        ZplPrinter(RecordedTransport(pieces)).open(0.3)
    assert ZplPrinter(RecordedTransport([])).poll(0.05).health is Health.ABSENT


# --- the simulator as a printer of anybody's ZPL --------------------------------------------------


@given(st.lists(st.integers(0, 10**6), max_size=12))
def test_zpl_means_the_same_however_it_is_split(cuts):
    """C6."""
    zpl = encode(SHELF) + b"^XA^CC/ /XZ" + b"^XA^GFB,4,4,1,\x5e\x7e^~^FO1,1^GB9,9,9^FS^XZ~HS"
    places = sorted({0, len(zpl), *(cut % len(zpl) for cut in cuts)})
    reader = ZplReader()
    parts = [one for a, b in pairwise(places) for one in reader.receive(zpl[a:b])]
    assert parts == ZplReader().receive(zpl)


def test_legal_zpl_of_others_is_understood():
    """From the manual: ^CF, ^FT, ^FR, ^FX, default fonts, changed prefixes, stored commands."""
    (label,) = printed(
        b"^XA^FX a comment ^FS^CF0,60^FO50,50^FDIntershipping, Inc.^FS^FT50,200^ADN,36,20^FDxxx^FS"
        b"^FO50,250^GB700,3,3^FS^FO75,255^FR^GB100,100,100^FS^BY5,2,270^FO100,550^BC^FD12345678^FS"
        b"^FO10,10^GFA,2,2,1,FF81^FS^IDR:X.GRF^FS^XZ"
    )
    kinds = [element["kind"] for element in label["elements"]]
    assert kinds == ["text", "text", "box", "box", "barcode", "image"]
    assert label["elements"][0]["height"] == 60
    assert label["elements"][4]["height"] == 270
    changed = b"~CC/\n/XA/FO1,1/FDcaret ^ is text/FS/XZ/CC^"
    assert [one["elements"][0]["text"] for one in printed(changed)] == ["caret ^ is text"]
    assert draw(label).size == (812, 1218)


def test_unknown_commands_are_counted_and_nothing_else_happens(machine, printer):
    machine.connect()
    wire = machine.connect()
    wire.open(1)
    wire.write(b"^XA^QQ1,2^FO1,1^FDx^FS^ZZ^QQ^XZ~ZZ9", 1)
    assert machine.look()["unknown"] == {"^QQ": 2, "^ZZ": 1}
    assert printer.poll(5).health is Health.READY
    assert machine.look()["printed"] == 1


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_printer(data):
    machine = LabelSimulator()
    wire = machine.connect()
    wire.open(1)
    wire.write(b"^XA" + data + b"^FS^XZ~HS", 1)
    assert machine.look()["plugged"]


def test_noise_without_end_is_held_within_bounds():
    reader = ZplReader()
    block = random.Random(1).randbytes(100_000).replace(b"^", b"a").replace(b"~", b"a")
    reader.receive(b"^FD")
    for _ in range(7):
        reader.receive(block)
    assert reader.dropped == 1
    assert not reader.partial
    assert MAX_COMMAND_BYTES < 700_000
    assert [one.name for one in reader.receive(b"^XA")] == ["^XA"]


@given(st.text("^~_ABFDOGQCEHXSZ,0123456789YN", max_size=200))
def test_every_label_can_be_drawn(zpl):
    for label in printed(b"^XA^PW400^LL300^FO1,1" + zpl.encode() + b"^FDx^FS^XZ"):
        assert png(label).startswith(b"\x89PNG")


def test_a_label_that_is_not_there_has_no_picture(machine, tmp_path):
    with pytest.raises(UnknownAction):
        machine.control("picture", path=str(tmp_path / "none.png"))
