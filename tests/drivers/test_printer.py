"""The printer driver against the printer: nothing is called printed that is not."""

from __future__ import annotations

import pytest

from drivers.base import Health
from drivers.drawer.base import DrawerState, drawer_state
from drivers.drawer.printer_kick import PrinterDrawer
from drivers.errors import DeviceFault, TransportError, TransportTimeout
from drivers.printer.base import (
    Align,
    Confirm,
    Confirmation,
    PrintBarcode,
    PrintFeed,
    PrintLine,
    PrintQR,
)
from drivers.printer.encoder import encode
from drivers.printer.escpos import EscposPrinter
from drivers.printer.simulator import RECEIVE_BUFFER, PrinterSimulator
from drivers.simulation import UnknownAction
from drivers.simulators import Bench
from drivers.transports.scripted import ScriptedTransport

PAGE = (
    PrintLine("REPRISE", Align.CENTER, bold=True, double=True),
    PrintLine("Café moulu  3,49 €"),
    PrintQR("https://r.example/t/1"),
    PrintBarcode("82001", "CODE128"),
    PrintFeed(2),
    PrintLine("LAST LINE"),
)
JOB = encode(PAGE)


@pytest.fixture
def printer(bench):
    driver = EscposPrinter(bench.printer.connect())
    driver.open(1)
    yield driver
    driver.close()


def _run(driver: EscposPrinter) -> list[Confirm]:
    """Send a job by phases, each only when the one before is confirmed; stop at the first doubt."""
    confirmed = []
    for marker, data in (("001B", JOB.begin), ("001M", JOB.body), ("001C", JOB.cut)):
        try:
            driver.send(data + driver.mark(marker), 0.2)
        except TransportError:
            return [*confirmed, Confirm.LOST]
        confirmed.append(driver.confirm(marker, 0.0))
        if confirmed[-1] is not Confirm.PRINTED:
            break
    return confirmed


def test_a_job_is_printed_and_confirmed(bench, printer):
    assert _run(printer) == [Confirm.PRINTED] * 3
    seen = bench.look("printer")
    assert seen["total_pieces"] == 1
    assert seen["pieces"][0]["text"].split("\n") == [
        "        REPRISE",
        "Café moulu  3,49 €",
        "[QR https://r.example/t/1]".center(48).rstrip(),
        "[CODE128 82001]".center(48).rstrip(),
        "",
        "",
        "LAST LINE",
    ]


TOTAL = len(JOB.begin + JOB.body + JOB.cut) + 3 * 11


@pytest.mark.parametrize("cut", ["unplug_after", "power_off_after"])
def test_cut_at_every_byte_nothing_is_called_printed_that_is_not(cut):
    """P1: for every offset of the job, the driver's word and the paper agree."""
    for offset in range(TOTAL + 1):
        simulator = PrinterSimulator()
        driver = EscposPrinter(simulator.connect())
        driver.open(1)
        simulator.control(cut, bytes=offset)
        said = _run(driver)
        paper = simulator.look()
        assert said[-1] is Confirm.LOST, offset
        if said[1:2] == [Confirm.PRINTED]:
            text = paper["current"] or paper["pieces"][0]["text"]
            assert text.endswith("LAST LINE"), offset
        if said[:1] != [Confirm.PRINTED]:
            assert (paper["current"], paper["total_pieces"]) == ("", 0), offset
        assert driver.status().health is Health.ABSENT
        driver.close()


def test_paper_out_keeps_the_rest_and_prints_it_after_the_refill(bench, printer):
    bench.control("printer", "paper_out_after", lines=2)
    assert _run(printer) == [Confirm.PRINTED, Confirm.PENDING]
    assert printer.status().reasons == ("paper_out",)
    assert "LAST LINE" not in bench.look("printer")["current"]
    bench.control("printer", "refill")
    assert printer.confirm("001M", 0.0) is Confirm.PRINTED
    assert bench.look("printer")["current"].count("Café") == 1
    assert bench.look("printer")["current"].endswith("LAST LINE")


def test_paper_that_runs_out_ends_the_wait_for_the_report_at_once(bench, printer):
    bench.control("printer", "paper_out_after", lines=2)
    job = printer.encode(PAGE)
    printer.send(job.begin + job.body + printer.mark("001M"), 1.0)
    assert printer.confirm("001M", 3600.0) is Confirm.PENDING
    assert printer.status().reasons == ("paper_out",)
    assert printer.confirm("001M", 0.0) is Confirm.PENDING  # known: that wait is for the refill
    bench.control("printer", "refill")
    assert printer.confirm("001M", 3600.0) is Confirm.PRINTED


def test_cleared_in_the_middle_the_rest_never_comes(bench, printer):
    bench.control("printer", "paper_out_after", lines=2)
    assert _run(printer)[-1] is Confirm.PENDING
    assert printer.clear(0.5)
    bench.control("printer", "refill")
    assert printer.confirm("001M", 0.0) is Confirm.LOST
    assert "LAST LINE" not in bench.look("printer")["current"]


def test_a_marker_used_again_is_not_confirmed_by_its_past(bench, printer):
    assert _run(printer) == [Confirm.PRINTED] * 3
    bench.control("printer", "paper_out")
    assert _run(printer) == [Confirm.PENDING]


def test_power_lost_during_paper_out_loses_the_buffer(bench, printer):
    bench.control("printer", "paper_out_after", lines=2)
    _run(printer)
    for knob in ("power_off", "power_on", "refill"):
        bench.control("printer", knob)
    assert printer.confirm("001M", 0.0) is Confirm.LOST
    assert printer.open(1).health is Health.READY
    assert "LAST LINE" not in bench.look("printer")["current"]


def test_unplugged_during_paper_out_the_rest_is_printed_unseen(bench, printer):
    """The hazard of a naive retry: the cable is out, the buffer is not."""
    bench.control("printer", "paper_out_after", lines=2)
    _run(printer)
    for knob in ("unplug", "refill", "plug"):
        bench.control("printer", knob)
    assert printer.confirm("001M", 0.0) is Confirm.LOST
    assert bench.look("printer")["current"].endswith("LAST LINE")


def test_a_report_that_comes_after_a_new_connection_counts(bench, printer):
    bench.control("printer", "paper_out_after", lines=2)
    _run(printer)
    printer.close()
    again = EscposPrinter(bench.printer.connect())
    assert again.open(1).reasons == ("paper_out",)
    bench.control("printer", "refill")
    assert again.confirm("001M", 0.0) is Confirm.PRINTED
    assert again.confirm("002M", 0.0) is Confirm.LOST


def test_opened_without_paper_it_says_so_and_goes_on_after_the_refill(bench):
    bench.control("printer", "paper_out")
    driver = EscposPrinter(bench.printer.connect())
    status = driver.open(1)
    assert (status.health, status.reasons) == (Health.BLOCKED, ("paper_out",))
    bench.control("printer", "refill")
    assert _run(driver) == [Confirm.PRINTED] * 3
    assert driver.status().detail == "REPRISE SIM-T20 SIM0001"


def test_a_slow_printer_confirms_when_the_paper_has_moved(clock):
    simulator = PrinterSimulator(speed_mm_s=150.0, monotonic=clock)
    driver = EscposPrinter(simulator.connect(), monotonic=clock)
    driver.open(0)
    driver.send(b"line\n" * 40, 0)  # 40 lines of 3.75 mm: one second
    driver.send(driver.mark("SLOW"), 0)
    assert driver.confirm("SLOW", 0) is Confirm.PENDING
    clock.now_s += 0.5
    assert driver.confirm("SLOW", 0) is Confirm.PENDING
    clock.now_s += 0.6
    assert driver.confirm("SLOW", 0) is Confirm.PRINTED


def test_a_full_buffer_stops_the_host_and_still_answers_a_poll(bench, printer):
    bench.control("printer", "paper_out")
    with pytest.raises(TransportTimeout) as caught:
        printer.send(b"x" * (RECEIVE_BUFFER + 5000), 0.05)
    assert RECEIVE_BUFFER - 100 <= caught.value.bytes_sent <= RECEIVE_BUFFER
    for _ in range(1000):
        assert printer.poll(0.5).reasons == ("paper_out",)
    assert printer.clear(0.5)
    bench.control("printer", "refill")
    assert _run(printer) == [Confirm.PRINTED] * 3


def test_a_half_sent_command_of_a_dead_host_is_pushed_through(bench):
    wire = bench.printer.connect()
    wire.open(1)
    wire.write(b"\x1dv0\x00\x48\x00\x40\x00" + bytes(100), 1)  # dies in a raster of 4,608 bytes
    wire.close()
    driver = EscposPrinter(bench.printer.connect())
    assert driver.open(0.2).health is Health.READY
    assert _run(driver) == [Confirm.PRINTED] * 3


def test_questions_inside_an_image_are_answered_and_still_image(bench):
    """Real-time bytes are carried out wherever they stand; a pulse is not, after GS ( D."""
    wire = bench.printer.connect()
    wire.open(1)
    inside = b"\x10\x04\x01\x10\x14\x01\x00\x01"
    wire.write(JOB.begin + b"\x1dv0\x00\x08\x00\x01\x00" + inside + b"after\n", 1)
    assert wire.read(100, 0) == b"\x12"
    seen = bench.look("printer")
    assert (seen["current"], seen["pulses"], seen["unknown"]) == ("[image]\nafter", 0, 0)


def test_a_real_time_pulse_fires_the_drawer_of_an_unguarded_printer(bench):
    wire = bench.printer.connect()
    wire.open(1)
    wire.write(b"\x10\x14\x01\x00\x01", 1)
    assert bench.look("drawer")["state"] == "open"


def test_the_drawer_opens_by_kick_and_its_sensor_is_read(bench, printer):
    drawer = PrinterDrawer(printer)
    assert drawer_state(drawer.sensor(), True) is DrawerState.CLOSED
    drawer.kick(1)
    assert drawer_state(drawer.sensor(), True) is DrawerState.OPEN
    bench.control("drawer", "close")
    assert drawer_state(drawer.sensor(), True) is DrawerState.CLOSED
    bench.control("drawer", "jam")
    drawer.kick(1)
    assert drawer_state(drawer.sensor(), True) is DrawerState.CLOSED
    printer.close()
    assert drawer_state(drawer.sensor(), True) is DrawerState.UNKNOWN


def test_a_printer_that_stands_does_not_open_the_drawer_later(bench, printer):
    bench.control("printer", "paper_out")
    with pytest.raises(DeviceFault):
        printer.kick(2, 1)
    bench.control("printer", "refill")
    assert bench.look("drawer")["openings"] == 0


def test_the_opening_conversation_byte_by_byte():
    """From the manuals: status in real time, initialisation, identity, probe."""
    opening = ScriptedTransport(
        [
            (bytes.fromhex("10 04 01 10 04 02 10 04 03 10 04 04"), bytes.fromhex("12 12 12 12")),
            (
                bytes.fromhex("1b40 1d2844030014 0100 1d61ff 1d4942 1d4943 1d4944")
                + b"\x1d(H\x06\x0000PING\x1dr\x01",
                bytes.fromhex("1000000f 5f4500 5f5400 5f3100") + b"\x37\x22PING\x00\x00",
            ),
        ],
        chunk=3,
    )
    driver = EscposPrinter(opening)
    assert driver.open(1).detail == "E T 1"
    assert driver.caps.confirmation is Confirmation.PROCESS_ID
    opening.finish()


def test_a_printer_without_process_id_is_found_out(bench):
    """It answers status but not GS ( H: what it has carried out is counted."""
    bench.control("printer", "confirmation", kind="fence")
    driver = EscposPrinter(bench.printer.connect())
    assert driver.open(1).health is Health.READY
    assert driver.caps.confirmation is Confirmation.FENCE
    assert _run(driver) == [Confirm.PRINTED] * 3


def test_what_came_out_survives_the_process(tmp_path):
    """The paper is memory: a printer that is made anew has it still."""
    bench = Bench(tmp_path)
    driver = EscposPrinter(bench.printer.connect())
    driver.open(1)
    _run(driver)
    driver.send(b"uncut\n", 1)
    with (tmp_path / "paper.jsonl").open("ab") as file:
        file.write(b'{"kind":"line","al')  # torn by the cut
    seen = Bench(tmp_path).look("printer")
    assert (seen["total_pieces"], seen["current"]) == (1, "uncut")
    assert "LAST LINE" in seen["pieces"][0]["text"]


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("explode", {}),
        ("paper_out_after", {}),
        ("paper_out_after", {"lines": -1}),
        ("paper_out_after", {"lines": "2"}),
        ("unplug_after", {"bytes": True}),
        ("speed", {"mm_s": -1}),
        ("paper_out", {"lines": 1}),
    ],
)
def test_an_unknown_knob_is_refused(bench, action, parameters):
    with pytest.raises(UnknownAction):
        bench.control("printer", action, **parameters)


def test_an_unknown_device_is_refused(bench):
    with pytest.raises(UnknownAction):
        bench.control("toaster", "look")


def test_it_says_that_it_goes_off_line_when_it_was_asked_to(bench):
    """GS ( H 49: once, with the causes, as a block that no other answer looks like."""
    wire = bench.printer.connect()
    wire.open(1)
    wire.write(b"\x1d(H\x03\x00101", 1)
    bench.control("printer", "paper_out")
    assert wire.read(100, 0) == b"\x37\x23\x42\x00"
    bench.control("printer", "refill")
    bench.control("printer", "cover_open")
    assert wire.read(100, 0) == b"\x37\x23\x41\x00"


@pytest.mark.parametrize("kind", ["process_id", "fence", "none"])
def test_a_printer_confirms_as_its_model_does(bench, kind):
    wire = bench.printer.connect()
    wire.open(1)
    bench.control("printer", "confirmation", kind=kind)
    wire.write(b"\x10\x04\x01\x1d(H\x06\x0000ABCD\x1dr\x01", 1)
    answers = {"process_id": b"\x12\x37\x22ABCD\x00\x00", "fence": b"\x12\x00", "none": b""}
    assert wire.read(100, 0) == answers[kind]


def test_the_identity_is_that_of_the_model():
    from drivers.printer.profiles import profile_of

    simulator = PrinterSimulator(profile=profile_of("epson-tm-m30iii"))
    wire = simulator.connect()
    wire.open(1)
    wire.write(b"\x1dI\x42\x1dI\x43\x1dI\x44\x1dI\x01", 1)
    assert wire.read(100, 0) == b"_EPSON\x00_TM-m30III\x00_SIM0001\x00\x20"


def test_a_jam_that_was_cleared_can_be_recovered_without_what_waited(bench, printer):
    """DLE ENQ 2 throws the buffer away, and only while there is such an error."""
    bench.control("printer", "jam_cutter")
    printer.send(JOB.body + JOB.cut + b"waiting\n", 1)
    printer.send(b"\x10\x05\x02", 1)
    bench.control("printer", "free_cutter")
    assert "waiting" not in bench.look("printer")["current"]
    printer.send(b"\x10\x05\x02after\n", 1)
    assert bench.look("printer")["current"].endswith("after")
