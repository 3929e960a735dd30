"""Every model: what it is sent is readable, confirmed as far as it can, and safe."""

from __future__ import annotations

import pytest

from drivers.base import Health
from drivers.errors import DeviceFault, LocalProtocolError
from drivers.printer.base import (
    Confirm,
    Confirmation,
    PrintBarcode,
    PrintFeed,
    PrintLine,
    PrintQR,
)
from drivers.printer.encoder import encode
from drivers.printer.escpos import EscposPrinter
from drivers.printer.profiles import PROFILES, Language, UnknownProfile, profile_of
from drivers.printer.simulator import printer_simulator
from drivers.printer.star import StarPrinter
from tests.drivers.manual_reader import read_epson, read_star

MODELS = sorted(PROFILES)
FRENCH = "Çà et là: Œufs, bœuf, Noël, où, naïve, AÎNÉ, 12,50 €"


def simulated(name: str):
    """Return a printer of a model and its driver, opened."""
    profile = profile_of(name)
    simulator = printer_simulator(profile=profile)
    driver_class = StarPrinter if profile.language is Language.STAR_LINE else EscposPrinter
    return simulator, driver_class(simulator.connect(), profile=profile)


def lines(profile, items) -> list[str]:
    """Return what the independent reader makes of a page."""
    job = encode(items, profile)
    star = profile.language is Language.STAR_LINE
    return (read_star if star else read_epson)(job.begin + job.body + job.cut)


@pytest.mark.parametrize("name", MODELS)
def test_accents_ligatures_and_euro_come_out_right(name):
    """By a reader of the bytes that knows the manuals and nothing of us."""
    profile = profile_of(name)
    wanted = [FRENCH[at : at + profile.columns] for at in range(0, len(FRENCH), profile.columns)]
    assert lines(profile, tuple(map(PrintLine, wanted))) == wanted


@pytest.mark.parametrize("name", MODELS)
def test_a_drawn_run_stands_between_text_in_its_columns(name):
    page = (PrintLine("Łuk 3,00 €"), PrintLine("a → b", bold=True), PrintLine("Ω", double=True))
    assert lines(profile_of(name), page) == ["~uk 3,00 €", "a ~ b", "~~"]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_prints_its_test_page(name):
    simulator, driver = simulated(name)
    driver.open(2)
    result = driver.self_test(2)
    seen = simulator.look()
    text = seen["pieces"][0]["text"] if seen["pieces"] else seen["current"]
    assert "ÀÂÇÈÉÊËÎÏÔÙÛÜ àâçèéêëîïôùûü Œœ €" in text
    assert (seen["unknown"], seen["leftover"], seen["pulses"]) == (0, 0, 0)
    if driver.profile.confirmation is Confirmation.NONE:
        assert [check.detail for check in result.checks] == ["starting", "pending"]
        assert not result.passed
    else:
        assert [check.detail for check in result.checks] == ["ready", "printed"]
        assert result.passed
    counts = driver.statistics()
    assert counts["connections"] == 1
    assert counts["bytes_sent"] > 600


@pytest.mark.parametrize("name", MODELS)
def test_a_test_page_without_paper_has_not_passed(name):
    simulator, driver = simulated(name)
    driver.open(2)
    simulator.control("paper_out")
    result = driver.self_test(0.05)
    assert not result.passed
    silent = driver.profile.confirmation is Confirmation.NONE
    details = [check.detail for check in result.checks]
    assert details == ["starting" if silent else "paper_out", "pending"]


@pytest.mark.parametrize("name", MODELS)
def test_the_code_page_is_set_at_the_start_of_every_job(name):
    """After a power cycle the printer knows no page: the next job is right all the same."""
    simulator, driver = simulated(name)
    driver.open(2)
    for knob in ("look", "power_off", "power_on"):
        simulator.control(knob)
    driver.open(2)
    for _ in range(2):
        job = driver.encode((PrintLine("œ €"),))
        driver.send(job.begin + job.body + job.cut, 1)
    seen = simulator.look()
    text = "".join(piece["text"] for piece in seen["pieces"]) + seen["current"]
    assert text.count("œ €") == 2


@pytest.mark.parametrize("name", MODELS)
def test_the_cutter_and_the_drawer_are_used_where_there_are_any(name):
    simulator, driver = simulated(name)
    driver.open(2)
    job = driver.encode((PrintLine("x"),))
    driver.send(job.begin + job.body + job.cut, 1)
    driver.kick(2, 1)
    seen = simulator.look()
    assert seen["total_pieces"] == int(driver.profile.cutter)
    assert seen["pulses"] == 1
    with pytest.raises(LocalProtocolError):
        driver.kick(3, 1)


@pytest.mark.parametrize("name", MODELS)
def test_a_cutter_that_jams_is_a_fault_that_ends_when_it_is_freed(name):
    simulator, driver = simulated(name)
    driver.open(2)
    if driver.profile.confirmation is Confirmation.NONE:
        simulator.control("jam_cutter")
        assert driver.poll(0.05).health is Health.STARTING
        return
    simulator.control("jam_cutter")
    job = driver.encode((PrintLine("x"),))
    driver.send(job.begin + job.body + job.cut + driver.mark("001C"), 1)
    assert driver.confirm("001C", 0.05) is Confirm.PENDING
    assert driver.status().health is Health.FAULT
    assert "cutter_error" in driver.poll(1).reasons
    simulator.control("free_cutter")
    assert driver.confirm("001C", 1) is Confirm.PRINTED
    assert driver.poll(1).health is Health.READY


def test_codes_that_do_not_fit_natively_are_drawn():
    """P4's other half: what the model lacks comes as dots."""
    page = (PrintQR("https://example.org"), PrintBarcode("3017620422003", "EAN13"))
    native = encode(page, profile_of("generic-80")).body
    drawn = encode(page, profile_of("clone-58")).body
    assert b"\x1d(k" in native
    assert b"\x1dk" in native
    assert b"\x1d(k" not in drawn
    assert b"\x1dk" not in drawn


def test_a_receipt_number_is_narrow_enough_for_small_paper():
    """18 digits in code set B would need 466 dots of the 384 at two dots a bar."""
    body = encode((PrintBarcode("820300100000000014"),), profile_of("generic-58")).body
    assert b"\x1dkI\x0b{C" in body


@pytest.mark.parametrize("digits", ["1604", "001605", "1620", "916041620"])
def test_dense_digits_never_look_like_a_real_time_command(digits):
    """Code set C has bytes 10 04, 10 05 and 10 14; such a number stays with set B."""
    body = encode((PrintBarcode(digits),)).body
    assert not any(pair in body for pair in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(UnknownProfile, match="epson-tm-t20iii"):
        profile_of("daisy-wheel")


def test_a_printer_without_connector_opens_no_drawer():
    from dataclasses import replace

    profile = replace(profile_of("generic-80"), drawer=False)
    simulator = printer_simulator(profile=profile)
    driver = EscposPrinter(simulator.connect(), profile=profile)
    driver.open(1)
    with pytest.raises(DeviceFault):
        driver.kick(2, 1)


def test_a_large_code_is_made_smaller_to_fit_the_paper():
    data = "x" * 400
    job = encode((PrintQR(data, 8), PrintFeed(1)), profile_of("generic-58"))
    simulator = printer_simulator(profile=profile_of("generic-58"))
    wire = simulator.connect()
    wire.open(1)
    wire.write(job.begin + job.body, 1)
    code = next(element for element in simulator.elements() if element["kind"] == "qr")
    assert code["size"] == 4
