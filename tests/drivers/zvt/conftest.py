"""A shop with a simulated ZVT terminal, over TCP and over a serial line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.payment.base import Operation
from drivers.payment.waits import Waits
from drivers.payment.zvt.driver import ZvtPaymentTerminal, ZvtSerialPaymentTerminal
from drivers.payment.zvt.simulator.serial import ZvtSerialPoiSimulator
from drivers.payment.zvt.simulator.terminal import ZvtPoiSimulator
from drivers.transports.instant import InstantTransport, WaitingClock
from tests.timeless import no_time_passes

TIMEOUT_S = 0.6
"""For a payment, on a wire on which no time passes."""
LIVE_S = 60
"""Where it passes: longer than a busy machine stands still."""
SIDES = {
    "tcp": (ZvtPaymentTerminal, ZvtPoiSimulator),
    "serial": (ZvtSerialPaymentTerminal, ZvtSerialPoiSimulator),
}


class Shop:
    """A terminal, and a driver that is made anew like a program that is started again."""

    def __init__(self, kind, waits, sale, memory=None):
        self._driver_class, simulator = SIDES[kind]
        self._waits = waits
        self._sale = sale
        self._memory = memory
        self.sim = simulator()
        self.poi = self.driver()

    def driver(self, **options):
        """Return a driver for which no time passes."""
        driver = self._made(self._waits, options)
        no_time_passes(driver, self.sim)
        return driver

    def live(self):
        """Return a driver for which time passes, for what somebody does while it waits."""
        return self._made(Waits(LIVE_S, LIVE_S, LIVE_S, retry_s=0.01, slice_s=0.01), {})

    def _made(self, waits, options):
        memory = {"memory": self._memory} if self._memory else {}
        return self._driver_class(self.sim.connect(), waits, **memory, **options)

    def request(self, amount_minor=1234, op=Operation.PAYMENT, poi=None):
        baseline = (poi or self.poi).baseline(1)
        return replace(self._sale(amount_minor, op), baseline=baseline)

    def pay(self, request=None, commit=lambda _: None, timeout_s=TIMEOUT_S):
        return self.poi.payment(request or self.request(), commit, lambda _: None, timeout_s)

    def ledger(self):
        return self.sim.control("ledger")["ledger"]

    def standing(self):
        return [one for one in self.ledger() if one["state"] in ("approved", "partial")]


@pytest.fixture(params=list(SIDES))
def kind(request):
    return request.param


@pytest.fixture
def sides(kind):
    """Return the driver's class and the simulator's."""
    return SIDES[kind]


@pytest.fixture
def zvt_waits(short_waits):
    """Return waits that end soon where nobody answers; time passes only by waiting."""
    return replace(short_waits, connect_s=5.0, answer_s=0.5)


@pytest.fixture
def shop(kind, zvt_waits, sale):
    return Shop(kind, zvt_waits, sale)


@pytest.fixture
def holding(kind, zvt_waits, sale, tmp_path):
    """Return a shop whose terminal holds what was not acknowledged, and knows us already."""
    shop = Shop(kind, zvt_waits, sale, tmp_path / "receipts.jsonl")
    shop.sim.control("personality", unacknowledged="holds")
    shop.pay(shop.request(100))
    return shop


class Wiretap:
    """Passes bytes on and keeps them; from answer ``deaf_from`` on the host hears nothing."""

    def __init__(self, inner, deaf_from=10**6, spoil=None, spoil_at=10**6):
        self.inner = inner
        self.deaf_from = deaf_from
        self.spoil = spoil
        self.spoil_at = spoil_at
        self.heard = 0
        self.opened = 0
        self.written = bytearray()

    def open(self, timeout_s):
        self.opened += 1
        self.inner.open(timeout_s)

    def write(self, data, timeout_s):
        self.written += data
        self.inner.write(data, timeout_s)

    def read(self, limit, timeout_s):
        data = self.inner.read(limit, timeout_s)
        self.heard += bool(data)
        if self.heard > self.deaf_from:
            return b""
        if data and self.heard == self.spoil_at:
            return self.spoil(data)
        return data

    def close(self):
        self.inner.close()


@pytest.fixture
def wiretap():
    return Wiretap


@pytest.fixture
def patient_shop(kind, sale):
    """Return a function that makes a simulator, and drivers for which waiting takes no time."""
    waits = Waits(connect_s=5.0, answer_s=5.0, recover_s=10.0, retry_s=0.0, slice_s=1.0)

    def make(kind=kind, **options):
        clock = WaitingClock()
        driver, simulator = SIDES[kind]
        sim = simulator(monotonic=clock)
        tap = Wiretap(sim.connect(), **options)
        tapped = driver(InstantTransport(tap, clock), waits, clock)
        plain = driver(InstantTransport(sim.connect(), clock), waits, clock)
        return sim, tap, tapped, plain

    return make
