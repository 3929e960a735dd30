"""Concert on a real serial device, and with a till that is not ours."""

from __future__ import annotations

import json
import threading

import pypostelium
import pytest

from drivers.payment.base import Outcome
from drivers.payment.concert.channel import Timing
from drivers.serve_line import LineServer
from drivers.transports.address import open_transport


@pytest.fixture
def line(concert_e_plus):
    threads = set(threading.enumerate())
    server = LineServer(concert_e_plus.simulator)
    yield server
    server.close()
    server.close()
    assert set(threading.enumerate()) <= threads


def _independent_till(server, **payment):
    till = pypostelium.Driver({"telium_terminal_device_name": server.path})
    info = {"amount": 12.34, "payment_mode": "card", "currency_iso": "EUR", **payment}
    return till.transaction_start(json.dumps(info))


def test_an_independent_till_completes_a_payment(concert_e_plus, line):
    """pypostelium, the till side of E+ by others, against our simulated terminal."""
    assert _independent_till(line) is True
    (entry,) = concert_e_plus.ledger().values()
    assert (entry["state"], entry["amount_minor"]) == ("approved", 1234)


def test_an_independent_till_pays_twice_and_is_charged_twice(concert_e_plus, line):
    """It has no reference of its own: the terminal counts, it does not compare."""
    assert _independent_till(line)
    assert _independent_till(line, payment_mode="check", amount=0.01)
    assert [entry["amount_minor"] for entry in concert_e_plus.ledger().values()] == [1234, 1]


@pytest.mark.parametrize("options", ["", "?baud=1200&format=7E1", "?baud=115200"])
def test_our_driver_on_a_serial_device(concert_e_plus, line, sale, options):
    concert_e_plus.timing = Timing(pause_s=0.01)
    driver = concert_e_plus.driver(open_transport(line.address + options, {}))
    driver.open(5)
    request = sale()
    assert driver.payment(request, lambda _: None, lambda _: None, 5).outcome is Outcome.APPROVED
    driver.close()
    assert concert_e_plus.approvals() == 1


def test_a_replugged_terminal_is_found_again(concert_e_plus, line, sale):
    concert_e_plus.timing = Timing(step_s=0.5, pause_s=0.2)
    driver = concert_e_plus.driver(open_transport(line.address, {}))
    concert_e_plus.control("unplug")
    concert_e_plus.control("plug")
    driver.open(10)
    assert driver.payment(sale(), lambda _: None, lambda _: None, 5).outcome is Outcome.APPROVED
    driver.close()
