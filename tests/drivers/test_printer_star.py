"""Printers that count instead of naming: Star's fences, and GS r of clones."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import Health
from drivers.errors import LocalProtocolError, TransportTimeout
from drivers.printer.base import Confirm, Confirmation, PrintLine
from drivers.printer.escpos import EscposPrinter
from drivers.printer.fence import FenceCounter
from drivers.printer.profiles import profile_of
from drivers.printer.protocol import StatusDemultiplexer
from drivers.printer.simulator import printer_simulator
from drivers.printer.star import StarPrinter
from drivers.printer.star_status import FENCES, StarDemultiplexer, status_bytes
from drivers.transports.scripted import ScriptedTransport

MEGABYTES = 10 if os.environ.get("REPRISE_EXPLORE") == "full" else 1
CALM = {
    "cover_open": False, "offline": False, "drawer_high": False, "cutter_error": False,
    "paper_out": False, "near_end": False, "fences": 0,
}  # fmt: skip
MODELS = {"star-line": StarPrinter, "clone-80": EscposPrinter}


def opened(name: str):
    profile = profile_of(name)
    simulator = printer_simulator(profile=profile)
    driver = MODELS[name](simulator.connect(), profile=profile)
    driver.open(2)
    return simulator, driver


# --- Star's automatic status ---


@pytest.mark.parametrize("name", [name for name in CALM if name != "fences"])
def test_each_bit_of_a_star_status_says_one_thing(name):
    status = StarDemultiplexer().receive(status_bytes(**{**CALM, name: True}))[0]
    assert {bit for bit in CALM if bit != "fences" and getattr(status, bit)} == {name}


def test_a_star_status_as_the_specification_has_it():
    """From the manual: 7 bytes of an older model, and 9 with the counter of fences at 9."""
    old = StarDemultiplexer().receive(bytes.fromhex("0f 00 28 00 00 08 00"))[0]
    assert (old.cover_open, old.offline, old.paper_out, old.fences) == (True, True, True, 0)
    new = StarDemultiplexer().receive(bytes.fromhex("23 06 00 00 00 00 00 22 00"))[0]
    assert new.fences == 9


@given(st.integers(0, FENCES - 1), st.lists(st.integers(1, 30), max_size=5))
def test_a_star_status_is_found_however_it_is_split(fences, cuts):
    data = status_bytes(**{**CALM, "fences": fences}) * 3
    reader, found, at = StarDemultiplexer(), [], 0
    for cut in (*cuts, len(data)):
        found += reader.receive(data[at : at + cut])
        at += cut
    assert [status.fences for status in found] == [fences] * 3
    assert reader.rubbish == 0


@pytest.mark.parametrize("reader", [StarDemultiplexer, StatusDemultiplexer])
def test_noise_leaves_nothing_behind(reader):
    """C5: no exception, flat memory, and the next answer is found."""
    demultiplexer, noise = reader(), random.Random(5)
    for _ in range(MEGABYTES * 16):
        demultiplexer.receive(noise.randbytes(65536))
        assert len(demultiplexer._buffer) < 100
    answer = (
        status_bytes(**CALM) if reader is StarDemultiplexer else bytes.fromhex("37 22 41424344 00")
    )
    assert any(demultiplexer.receive(answer) for _ in range(30))


def test_the_opening_conversation_of_a_star_printer():
    """From the manual: the status at once, then initialisation, automatic status and a fence."""
    calm, counted = status_bytes(**CALM), status_bytes(**{**CALM, "fences": 1})
    opening = ScriptedTransport(
        [
            (b"\x1b\x06\x01", calm),
            (b"\x1b@\x1b\x1ea\x01\x17", calm + counted),
        ],
        chunk=4,
    )
    driver = StarPrinter(opening)
    assert driver.open(2).health is Health.READY
    opening.finish()


# --- counting ---


def _job(driver, marker: str, text: str = "x") -> Confirm:
    job = driver.encode((PrintLine(text),))
    driver.send(job.begin + job.body + driver.mark(marker), 1)
    return driver.confirm(marker, 0.3)


@pytest.mark.parametrize("name", MODELS)
def test_what_was_carried_out_is_counted(name):
    """Far past the end of Star's counter."""
    _, driver = opened(name)
    assert driver.caps.confirmation is Confirmation.FENCE
    assert [_job(driver, f"{n:03}M") for n in range(70)] == [Confirm.PRINTED] * 70


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_counted_while_the_printer_stands(name):
    simulator, driver = opened(name)
    simulator.control("paper_out")
    assert _job(driver, "001M") is Confirm.PENDING
    assert driver.status().reasons == ("paper_out",)
    simulator.control("refill")
    assert driver.confirm("001M", 1) is Confirm.PRINTED
    assert "x" in simulator.look()["current"]


@pytest.mark.parametrize("name", MODELS)
def test_what_an_earlier_connection_asked_for_does_not_count(name):
    """The buffer outlives the cable: its answers come when the next host is listening."""
    simulator, driver = opened(name)
    simulator.control("paper_out_after", lines=1)
    assert [_job(driver, f"{n:03}M", "old") for n in range(3)] == [Confirm.PENDING] * 3
    driver.close()
    again = MODELS[name](simulator.connect(), profile=profile_of(name))
    again.open(1)
    job = again.encode((PrintLine("new"),))
    again.send(again.mark("009B"), 1)
    simulator.control("refill")
    assert again.confirm("009B", 1) is Confirm.PRINTED
    simulator.control("paper_out")
    again.send(job.begin + job.body + again.mark("009M"), 1)
    assert again.confirm("009M", 0.1) is Confirm.PENDING
    assert "new" not in simulator.look()["current"]


@pytest.mark.parametrize("name", MODELS)
def test_a_lost_printer_loses_what_it_was_asked(name):
    simulator, driver = opened(name)
    simulator.control("paper_out")
    assert _job(driver, "001M") is Confirm.PENDING
    simulator.control("power_off")
    assert driver.confirm("001M", 0.1) is Confirm.LOST
    assert not driver.clear(0.1)


def test_a_star_marker_has_a_name():
    _, driver = opened("star-line")
    with pytest.raises(LocalProtocolError):
        driver.mark("")


@given(st.integers(0, 999), st.lists(st.sampled_from("Ir"), max_size=40), st.integers(0, 5))
def test_only_its_own_pattern_begins_a_count(nonce, earlier, marks):
    """Whatever earlier connections left in the line comes before the pattern."""
    counter = FenceCounter()
    questions = counter.begin(nonce)
    kinds = ["I" if part == b"\x1dI" else "r" for part in _pairs(questions)]
    for n in range(marks):
        counter.expect(str(n))
    for kind in earlier:
        if counter.in_step:
            return  # what came before happened to be the pattern
        assert not _answer(counter, kind)
    if counter.in_step:
        return
    for kind in kinds:
        assert not _answer(counter, kind)
    assert counter.in_step
    assert [counter.status() for _ in range(marks + 1)] == [*map(str, range(marks)), ""]


def _pairs(questions: bytes) -> list[bytes]:
    return [questions[at : at + 2] for at in range(0, len(questions), 3)]


def _answer(counter: FenceCounter, kind: str) -> str:
    if kind == "I":
        counter.identity()
        return ""
    return counter.status()


# --- a full buffer ---


@pytest.mark.parametrize("name", MODELS)
def test_half_a_job_is_finished_after_the_refill(name):
    """A job larger than the buffer: no question is put into the middle of it."""
    simulator, driver = opened(name)
    simulator.control("paper_out_after", lines=3)
    job = driver.encode(tuple(PrintLine(f"line {n:03} " + "x" * 30) for n in range(200)))
    data = job.begin + job.body + driver.mark("001M")
    with pytest.raises(TransportTimeout) as caught:
        driver.send(data, 0.05)
    sent = caught.value.bytes_sent
    assert 4000 < sent < len(data)
    assert driver.poll(0.05).reasons == ("paper_out",)
    simulator.control("refill")
    driver.send(data[sent:], 1)
    assert driver.confirm("001M", 1) is Confirm.PRINTED
    lines = [line for line in simulator.look()["current"].splitlines() if line.strip()]
    assert [line[:8] for line in lines] == [f"line {n:03}" for n in range(200)]
