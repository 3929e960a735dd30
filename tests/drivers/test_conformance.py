"""What every driver must do with its simulator, in the process and over TCP."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.base import Health
from drivers.cash.cashdro import CashDroMachine
from drivers.cash.cashdro_protocol import Operator
from drivers.drawer.base import DrawerState
from drivers.drawer.printer_kick import PrinterDrawer
from drivers.errors import DriverError, ProtocolError, TransportError
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.concert.channel import Timing
from drivers.payment.simple.driver import SimplePaymentTerminal
from drivers.printer.base import Confirm
from drivers.printer.escpos import EscposPrinter
from drivers.printer.profiles import profile_of
from drivers.printer.star import StarPrinter
from drivers.registry import driver_class
from drivers.scanner.base import MAX_SCAN_CHARS
from drivers.transports.scripted import RecordedTransport

HURRY = Timing(quiet_s=0.02, step_s=0.5, pause_s=0.01)
REQUEST = Request("a", "R1", Operation.PAYMENT, 1234, "EUR")


@dataclass(frozen=True)
class Family:
    """A driver, its simulator, and the one thing that it is there for."""

    name: str

    def driver(self, transport, waits) -> Any:
        if self.name == "printer":
            return EscposPrinter(transport)
        if self.name == "star-line":
            return StarPrinter(transport)
        if self.name == "clone-80":
            return EscposPrinter(transport, profile=profile_of(self.name))
        if self.name in SCANNERS:
            return driver_class(SCANNERS[self.name])(transport)
        if self.name == "poi":
            return SimplePaymentTerminal(transport, waits)
        if self.name == "cash":
            return CashDroMachine(lambda: transport, Operator("admin", "password"), poll_s=0.01)
        if self.name in FRENCH:
            return driver_class(self.name)(transport, waits=waits, timing=HURRY)
        return driver_class(self.name)(transport, waits)

    def works(self, driver, bench) -> bool:
        """Do one thing with the device and tell whether it went well."""
        if self.name in PRINTERS:
            driver.send(b"text\n", 1)
            driver.send(driver.mark("WORK"), 1)
            return driver.confirm("WORK", 1) is Confirm.PRINTED
        if self.name in SCANNERS:
            # Over TCP the line stands a moment after the connection: scan again, as people do.
            for _ in range(20):
                bench.control(self.name, "scan", code="4006381333931", aim="]E0")
                scan = driver.read(0.1)
                if scan is not None:
                    return (scan.text, scan.aim) == ("4006381333931", "]E0")
            return False
        if self.name == "cash":
            operation = driver.begin_deposit(500, lambda _: None, 1)
            bench.control("cash", "insert", value=1000)
            return driver.fix_deposit(operation, 1).kept_minor == 500
        n = bench.look(self.name)["transactions"]
        request = Request("a", f"R{n}", Operation.PAYMENT, 1234, "EUR")
        result = driver.payment(request, lambda _: None, lambda _: None, 1)
        return result.outcome is Outcome.APPROVED


FRENCH = ["caisse-ap", "caisse-ap-serial", "concert-e", "concert-e-plus"]
GERMAN = ["zvt", "zvt-serial"]
TERMINALS = ["poi", *FRENCH, *GERMAN]
PRINTERS = ["printer", "star-line", "clone-80"]
SCANNERS = {
    "scanner": "serial-scanner",
    "hidpos-scanner": "hidpos-scanner",
    "keyboard-scanner": "keyboard-scanner",
}
FAMILIES = [Family(name) for name in (*PRINTERS, *SCANNERS, "cash", *TERMINALS)]


@pytest.fixture(params=FAMILIES, ids=lambda family: family.name)
def family(request):
    return request.param


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_it_works(family, wire_to, bench, patient_waits):
    driver = family.driver(wire_to(family.name), patient_waits)
    driver.open(1)
    assert family.works(driver, bench)
    driver.close()


def test_opening_and_closing_leaks_nothing(family, wire_to, patient_waits):
    """C1: a hundred cycles, closed twice each."""
    transport = wire_to(family.name)
    driver = family.driver(transport, patient_waits)
    driver.open(1)
    driver.close()
    descriptors, threads = _descriptors(), threading.active_count()
    for _ in range(100):
        driver.open(1)
        driver.close()
        driver.close()
    assert abs(_descriptors() - descriptors) <= 2
    assert threading.active_count() - threads <= 2


def test_an_unplugged_device_is_noticed_and_comes_back(family, wire_to, bench, patient_waits):
    """C3 and C4: errors of our own only, ABSENT while gone, and working after a replug."""
    driver = family.driver(wire_to(family.name), patient_waits)
    driver.open(1)
    for _ in range(5):
        bench.control(family.name, "unplug")
        with pytest.raises(DriverError):
            _reopen_and_use(family, driver)
        bench.control(family.name, "plug")
        driver.open(1)
        assert family.works(driver, bench)
    driver.close()


def _reopen_and_use(family, driver):
    """Ask the device something that fails when it is gone; over TCP a server still answers."""
    driver.open(0.2)
    if family.name in SCANNERS:
        driver.read(1)
    elif family.name == "printer":
        driver.send(b"x", 1)
    else:
        driver.payment(REQUEST, lambda _: None, lambda _: None, 0.2)


def test_power_lost_and_back_loses_no_settings(family, wire_to, bench, patient_waits):
    driver = family.driver(wire_to(family.name), patient_waits)
    driver.open(1)
    bench.control(family.name, "power_off")
    bench.control(family.name, "power_on")
    driver.open(1)
    assert family.works(driver, bench)
    driver.close()


def _noise():
    noise = random.Random(5).randbytes(1_000_000)
    return RecordedTransport([noise[at : at + 4096] for at in range(0, len(noise), 4096)])


@pytest.mark.parametrize("name", ["printer", *TERMINALS])
def test_a_megabyte_of_noise_is_an_error_of_ours(name, patient_waits):
    """C5: a device that talks nonsense is refused, and nothing else happens."""
    driver = Family(name).driver(_noise(), patient_waits)
    with pytest.raises((TransportError, ProtocolError)):
        driver.open(0.2)
    driver.close()


@pytest.mark.parametrize("name", SCANNERS)
def test_a_megabyte_of_noise_from_a_scanner_gives_only_bounded_scans(name, patient_waits):
    """C5: noise may look like symbols, but never like long ones."""
    scanner = Family(name).driver(_noise(), patient_waits)
    scanner.open(1)
    scans = list(iter(lambda: scanner.read(0.3), None))
    assert max([0, *(len(scan.text) for scan in scans)]) <= MAX_SCAN_CHARS
    scanner.close()


@pytest.mark.parametrize("name", ["printer", "cash", *TERMINALS])
def test_a_silent_peer_does_not_hold_the_thread(name, patient_waits):
    """C7: no answer at all ends in a TransportError, not in a hang."""
    driver = Family(name).driver(RecordedTransport([]), patient_waits)
    with pytest.raises(TransportError):
        driver.open(0.05)


def test_health_is_about_the_last_answer(wire_to, bench, patient_waits):
    """C10: what the driver says of the printer is what the printer is."""
    printer = EscposPrinter(wire_to("printer"))
    assert printer.open(1).health is Health.READY
    for knob, health, reasons in [
        ("near_end", Health.DEGRADED, ("paper_near_end",)),
        ("paper_out", Health.BLOCKED, ("paper_out",)),
        ("cover_open", Health.BLOCKED, ("cover_open", "paper_out")),
        ("refill", Health.BLOCKED, ("cover_open",)),
        ("cover_close", Health.READY, ()),
        ("power_off", Health.ABSENT, ("unplugged",)),
    ]:
        bench.control("printer", knob)
        status = printer.poll(0.5)
        assert (status.health, status.reasons) == (health, reasons)
    printer.close()


def _kick_until_noticed(drawer, printer):
    """Over TCP the first bytes after a plug was pulled may still find a buffer."""
    for _ in range(20):
        drawer.kick(0.2)
        printer.poll(0.2)


def test_a_drawer_says_what_it_is_and_survives_its_printers_unplugging(
    wire_to, bench, patient_waits
):
    """C3, C4 and C10 for the drawer: the printer's link is its own."""
    printer = EscposPrinter(wire_to("printer"))
    drawer = PrinterDrawer(printer)
    printer.open(1)
    drawer.kick(1)
    printer.poll(1)
    assert drawer.state() is DrawerState.OPEN
    bench.control("drawer", "close")
    printer.poll(1)
    assert drawer.state() is DrawerState.CLOSED
    bench.control("printer", "unplug")
    with pytest.raises(DriverError):
        _kick_until_noticed(drawer, printer)
    bench.control("printer", "plug")
    printer.open(1)
    drawer.kick(1)
    printer.poll(1)
    assert drawer.state() is DrawerState.OPEN
    assert bench.look("drawer")["openings"] == 2
    printer.close()
