"""Scales and their simulators: W1 to W5, in the process and over a pseudo-terminal."""

import os
import random
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.base import Health
from drivers.errors import DeviceFault, DriverError, LocalProtocolError, TransportError
from drivers.registry import driver_class
from drivers.scale.base import ScaleState
from drivers.scale.dialog_06_simulator import SIM_POLYNOMIAL
from drivers.serve_line import LineServer
from drivers.simulators import scale_simulator
from drivers.transports.address import open_transport
from drivers.transports.instant import InstantTransport, WaitingClock
from drivers.transports.scripted import RecordedTransport

NAMES = ["toledo-8217", "dialog-06", "nci"]
FULL = os.environ.get("REPRISE_EXPLORE") == "full"
PRICE = 199


def driver_for(name, transport, **options):
    secret = (SIM_POLYNOMIAL,) if name == "dialog-06" else ()
    return driver_class(name)(transport, *secret, **options)


class Rig:
    """A simulated scale, a driver for it, and a clock that moves while one waits."""

    def __init__(self, name):
        self.name = name
        self.clock = WaitingClock()
        self.simulator = scale_simulator(name, 7, self.clock)
        self.control = self.simulator.control
        wire = InstantTransport(self.simulator.connect(), self.clock)
        self.driver = driver_for(name, wire, monotonic=self.clock)
        self.driver.open(1)

    def weigh(self, price=PRICE, tare=0):
        return self.driver.weigh(price, tare, 1)


@pytest.fixture(params=NAMES)
def rig(request):
    return Rig(request.param)


@pytest.fixture(params=["sim", "pty"])
def wired(request):
    """Return a function that gives a driver and the simulator it talks to, over each wire."""
    servers = []

    def make(name):
        simulator = scale_simulator(name)
        if request.param == "sim":
            return driver_for(name, simulator.connect()), simulator
        servers.append(LineServer(simulator))
        return driver_for(name, open_transport(servers[-1].address, {})), simulator

    before = set(threading.enumerate())
    yield make
    for server in servers:
        server.close()
    assert set(threading.enumerate()) <= before  # of earlier tests some may have ended


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_is_read_over_each_wire(name, wired):
    driver, simulator = wired(name)
    assert driver.open(5).health is Health.READY
    simulator.control("put", grams=842)
    weighing = driver.weigh(PRICE, 0, 5)
    assert (weighing.state, weighing.kg) == (ScaleState.STABLE, Decimal("0.842"))
    assert weighing.price_minor == (168 if driver.computes_price else None)
    driver.close()


@pytest.mark.parametrize("name", NAMES)
def test_c1_opening_and_closing_leaks_nothing(name, wired):
    driver, _ = wired(name)
    driver.open(5)
    driver.close()
    descriptors, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in range(20):
        driver.open(5)
        driver.close()
        driver.close()
    assert abs(len(list(Path("/proc/self/fd").iterdir())) - descriptors) <= 2
    assert threading.active_count() - threads <= 2


@pytest.mark.parametrize("name", NAMES)
def test_c3_c4_an_unplugged_scale_is_absent_and_comes_back(name, wired):
    driver, simulator = wired(name)
    driver.open(5)
    for _ in range(3):
        simulator.control("unplug")
        assert driver.poll(0.3).health is Health.ABSENT
        with pytest.raises(TransportError):
            driver.weigh(PRICE, 0, 0.3)
        simulator.control("plug")
        # A line knows no plug: what is said before the device is back is lost.
        opened = None
        for _ in range(20):
            try:
                opened = driver.open(0.5)
                break
            except DriverError:
                continue
        assert opened is not None
        simulator.control("put", grams=500)
        simulator.control("put", grams=250)
        assert driver.weigh(PRICE, 0, 5).kg == Decimal("0.250")
    driver.close()


def test_c3_unplugged_at_every_byte_of_a_weighing_no_weight_is_made_up(rig):
    """Whatever was said by then, there is an error of ours or no weight, never a wrong one."""
    rig.control("put", grams=842)
    for at in range(40):
        rig.control("put", grams=842)
        rig.control("unplug_after", bytes=at)
        try:
            weighing = rig.weigh()
            assert weighing.kg in (None, Decimal("0.842"))
        except TransportError:
            pass
        rig.control("plug")
        rig.driver.open(1)
        rig.control("put", grams=500)
        assert rig.weigh().kg == Decimal("0.500")


def test_w1_no_value_while_moving(rig):
    """W1: 10,000 random looks at a load that swings, and not one weight."""
    chance = random.Random(rig.name)
    rig.control("settle", ms=60_000, noise_g=400)
    rig.control("wobble")
    for _ in range(10_000):
        if chance.random() < 0.05:
            rig.control("put", grams=chance.randrange(14_000))
        weighing = rig.weigh(chance.randrange(1, 3000), chance.choice((0, 0, 12)))
        assert weighing.kg is None
        assert weighing.price_minor is None
        assert weighing.state not in (ScaleState.STABLE, ScaleState.SAME_WEIGHT)


def test_a_load_is_weighed_when_it_has_come_to_rest(rig):
    rig.control("settle", ms=600, noise_g=30)
    rig.control("put", grams=842)
    assert rig.weigh().state is ScaleState.UNSTABLE
    rig.clock.now_s += 1.0
    assert rig.weigh().kg == Decimal("0.842")


def test_what_cannot_be_weighed_says_why(rig):
    empty = rig.weigh().state
    assert empty in (ScaleState.ZERO, ScaleState.UNDER_MINIMUM)
    rig.control("put", grams=20_000)
    assert rig.weigh().state is ScaleState.OVERWEIGHT
    assert rig.driver.poll(1).health is Health.DEGRADED
    rig.control("put", grams=-50)
    assert rig.weigh().state is ScaleState.UNDER_ZERO
    rig.control("put", grams=500)
    assert rig.weigh().state is ScaleState.STABLE
    assert rig.driver.poll(1).health is Health.READY


def test_a_tare_is_taken_off(rig):
    rig.control("put", grams=842)
    weighing = rig.weigh(tare=42)
    assert (weighing.kg, weighing.tare_g) == (Decimal("0.800"), 42)
    rig.control("put", grams=30)
    assert rig.weigh(tare=42).kg is None


def test_the_scale_s_own_tare_is_not_taken_off_twice():
    for name in ("toledo-8217", "nci"):
        rig = Rig(name)
        rig.control("put", grams=842)
        rig.control("tare", grams=42)
        weighing = rig.weigh(tare=42)
        assert (weighing.kg, weighing.tare_g) == (Decimal("0.800"), 0)


def test_zero_is_set_where_the_protocol_can(rig):
    rig.control("put", grams=15)
    if not rig.driver.can_zero:
        with pytest.raises(DeviceFault, match="own key"):
            rig.driver.zero(1)
        return
    rig.driver.zero(1)
    rig.control("put", grams=115)
    assert rig.weigh().kg == Decimal("0.100")
    rig.control("put", grams=5000)
    with pytest.raises(DeviceFault):
        rig.driver.zero(1)
    rig.control("wobble")
    with pytest.raises(DeviceFault):
        rig.driver.zero(1)


def test_c7_a_silent_scale_does_not_hold_the_thread():
    for name in NAMES:
        driver = driver_for(name, RecordedTransport([]))
        with pytest.raises(TransportError):
            driver.open(0.05)


def test_a_scale_that_falls_silent_is_absent_and_its_late_answer_is_no_answer(rig):
    rig.control("put", grams=842)
    assert rig.weigh().kg == Decimal("0.842")
    rig.control("mute")
    with pytest.raises(TransportError):
        rig.weigh()
    assert rig.driver.poll(0.2).health is Health.ABSENT
    rig.control("mute", on=False)
    rig.control("put", grams=300)
    assert rig.weigh().kg == Decimal("0.300")


def test_c5_noise_before_an_answer_is_read_away(rig):
    rig.control("put", grams=842)
    for _ in range(20):
        rig.control("garbage", bytes=3000)
        rig.control("put", grams=842)
        assert rig.weigh().kg == Decimal("0.842")


@pytest.mark.parametrize("name", NAMES)
def test_c5_a_line_of_noise_alone_is_no_scale(name):
    noise = random.Random(5).randbytes(1_000_000)
    pieces = [noise[at : at + 4096] for at in range(0, len(noise), 4096)]
    driver = driver_for(name, RecordedTransport(pieces))
    with pytest.raises(DriverError):
        driver.open(0.2)


def test_w5_the_scale_s_price_is_ours(rig):
    """W5: price of the scale = own computation, for every load and price; half goes up."""
    if not rig.driver.computes_price:
        assert rig.weigh().price_minor is None
        return
    chance = random.Random(6)
    for _ in range(20_000 if FULL else 500):
        grams, price = chance.randrange(20, 15_000), chance.randrange(60_000)
        rig.control("put", grams=grams)
        weighing = rig.weigh(price)
        assert weighing.kg == Decimal(grams) / 1000
        assert weighing.price_minor == (2 * grams * price + 1000) // 2000


def test_prices_and_tares_that_no_scale_takes_are_our_mistake(rig):
    for price, tare in ((1_000_000, 0), (-1, 0), (199, 10_000), (199, -1)):
        with pytest.raises(LocalProtocolError):
            rig.weigh(price, tare)


# --- one protocol's own ---------------------------------------------------------------------------


def test_toledo_8217_that_tells_a_weight_once_is_still_heard():
    """The weight comes once, then status 0: it holds until the load changes."""
    rig = Rig("toledo-8217")
    rig.control("once")
    rig.control("put", grams=842)
    first = rig.weigh()
    again = rig.weigh()
    assert (again.state, again.kg) == (ScaleState.SAME_WEIGHT, Decimal("0.842"))
    assert again.sequence == first.sequence
    assert rig.weigh(tare=42).kg == Decimal("0.800")
    rig.control("put", grams=842)
    assert rig.weigh().sequence == first.sequence, "nothing was seen to move"
    rig.control("wobble")
    assert rig.weigh().kg is None
    rig.control("wobble", on=False)
    assert rig.weigh().sequence == first.sequence + 1


def test_toledo_8217_after_a_lost_answer_does_not_believe_the_old_weight():
    rig = Rig("toledo-8217")
    rig.control("once")
    rig.control("put", grams=842)
    assert rig.weigh().kg == Decimal("0.842")
    rig.control("mute")
    with pytest.raises(TransportError):
        rig.weigh()
    rig.control("mute", on=False)
    same = rig.weigh()
    assert (same.state, same.kg) == (ScaleState.SAME_WEIGHT, None)


def test_nci_in_pounds_is_refused_not_converted():
    rig = Rig("nci")
    rig.control("put", grams=842)
    for unit in ("LB", "OZ"):
        rig.control("unit", unit=unit)
        with pytest.raises(DeviceFault, match="kilograms"):
            rig.weigh()
    rig.control("unit", unit="G")
    assert rig.weigh().kg == Decimal("0.842")


def test_dialog_06_gives_a_load_out_once_for_one_price():
    rig = Rig("dialog-06")
    rig.control("put", grams=842)
    first = rig.weigh()
    again = rig.weigh()
    assert (again.state, again.kg, again.price_minor) == ("same_weight", first.kg, 168)
    assert again.sequence == first.sequence
    assert rig.weigh(250).kg is None, "its price for another article is not known"
    rig.control("put", grams=842)
    assert rig.weigh(250).price_minor == 211


def test_dialog_06_proves_itself_when_it_is_asked_to():
    """At power-on, and after fifty weighings; a wrong secret is a fault that says so."""
    rig = Rig("dialog-06")
    for grams in range(100, 220):
        rig.control("put", grams=grams)
        assert rig.weigh().kg == Decimal(grams) / 1000
    for secret, words in ((None, "scale_key_file"), (0x1021, "refuses the checksums")):
        wire = InstantTransport(rig.simulator.connect(), rig.clock)
        stranger = driver_class("dialog-06")(wire, secret, rig.clock)
        stranger.open(1)
        rig.control("challenge")
        rig.control("put", grams=500)
        with pytest.raises(DeviceFault, match=words):
            stranger.weigh(PRICE, 0, 1)


def test_dialog_06_asks_again_without_the_price_while_the_load_moves():
    rig = Rig("dialog-06")
    rig.control("put", grams=842)
    rig.weigh()
    rig.control("wobble")
    assert rig.weigh(321).state is ScaleState.UNSTABLE
    sent = []
    whole = rig.simulator.take
    rig.simulator.take = lambda wire, data: (sent.append(data), whole(wire, data))[1]
    assert rig.weigh(321).state is ScaleState.UNSTABLE
    assert sent[0] == b"\x04\x05"
    rig.control("wobble", on=False)
    assert rig.weigh(321).price_minor == 270
