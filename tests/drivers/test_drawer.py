"""A drawer on pins: one bounded pulse, then rest, and a switch that means what was learned."""

from __future__ import annotations

import itertools

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from drivers.drawer.base import DrawerState, drawer_state
from drivers.drawer.gpio import GpioDrawer
from drivers.drawer.pulse import MAX_PULSE_MS, MIN_PULSE_MS, PulseLimit
from drivers.drawer.simulator import DrawerSimulator
from drivers.errors import TransportTimeout, Unplugged
from drivers.pins.address import parse_pins
from drivers.pins.gpio import GpioPins, NoPins, pi_factory
from drivers.transports.address import BadAddress

OPEN, CLOSED, UNKNOWN = DrawerState.OPEN, DrawerState.CLOSED, DrawerState.UNKNOWN


@pytest.mark.parametrize(
    ("sensor", "learned", "state"),
    [
        (True, True, OPEN), (False, True, CLOSED), (True, False, CLOSED), (False, False, OPEN),
        (True, None, UNKNOWN), (False, None, UNKNOWN), (None, None, UNKNOWN),
        (None, True, UNKNOWN), (None, False, UNKNOWN),
    ],
)  # fmt: skip
def test_a_level_means_nothing_until_it_is_learned(sensor, learned, state):
    assert drawer_state(sensor, learned) is state


@given(st.integers(MIN_PULSE_MS, MAX_PULSE_MS), st.lists(st.integers(0, 2000), max_size=30))
def test_the_solenoid_is_never_driven_more_than_a_fifth_of_the_time(pulse_ms, pauses):
    """Duty cycle: each pulse is followed by four times as much rest, whoever asks how often."""
    limit, now, pulses = PulseLimit(pulse_ms), 0, []
    for pause in pauses:
        now += pause
        now += limit.wait_ms(now)
        pulses.append(now)
        now += pulse_ms
        limit.fired(now)
    rests = [b - (a + pulse_ms) for a, b in itertools.pairwise(pulses)]
    assert all(rest >= 4 * pulse_ms for rest in rests)


@pytest.mark.parametrize("pulse_ms", [0, MIN_PULSE_MS - 1, MAX_PULSE_MS + 1])
def test_a_pulse_has_a_length_that_no_coil_burns_at(pulse_ms):
    with pytest.raises(ValueError, match="20 to 250 ms"):
        PulseLimit(pulse_ms)


def _drawer(pins, clock, **options) -> GpioDrawer:
    def sleep(seconds: float) -> None:
        clock.now_s += seconds

    return GpioDrawer(pins, monotonic=clock, sleep=sleep, **options)


def test_a_kick_is_one_pulse_and_the_next_one_waits(clock):
    simulator = DrawerSimulator(clock)
    drawer = _drawer(simulator.pins(), clock, pulse_ms=100)
    drawer.open(1)
    drawer.kick(1)
    drawer.kick(1)
    moments = [at_ms for at_ms, pin, _ in simulator.timeline() if pin == "kick"]
    assert moments == [0, 100, 500, 600]
    with pytest.raises(TransportTimeout):
        drawer.kick(0.1)
    assert len(simulator.timeline()) == 4
    assert (simulator.look()["openings"], simulator.look()["burnt"]) == (1, False)


def test_the_coil_rests_even_when_the_line_is_cut_in_the_middle(clock):
    simulator = DrawerSimulator(clock)

    def sleep(seconds: float) -> None:
        clock.now_s += seconds
        simulator.control("unplug")

    drawer = GpioDrawer(simulator.pins(), monotonic=clock, sleep=sleep)
    drawer.open(1)
    with pytest.raises(Unplugged):
        drawer.kick(1)
    assert [active for _, _, active in simulator.timeline()] == [True, False]


@pytest.mark.parametrize("open_is_high", [True, False])
def test_both_polarities_read_right_once_learned(clock, open_is_high):
    simulator = DrawerSimulator(clock)
    simulator.control("polarity", open_is_high=open_is_high)
    drawer = _drawer(simulator.pins(), clock)
    drawer.open(1)
    assert drawer_state(drawer.sensor(), open_is_high) is CLOSED
    drawer.kick(1)
    assert drawer_state(drawer.sensor(), open_is_high) is OPEN
    simulator.control("close")
    simulator.control("jam")
    clock.now_s += 1
    drawer.kick(1)
    assert drawer_state(drawer.sensor(), open_is_high) is CLOSED
    drawer.close()
    assert drawer.sensor() is None


def test_a_drawer_without_a_switch_knows_nothing(clock):
    drawer = _drawer(DrawerSimulator(clock).pins(), clock, has_sensor=False)
    drawer.open(1)
    assert drawer.sensor() is None


def test_on_mock_pins_the_solenoid_ends_at_rest(clock):
    """G1: the pulse on gpiozero's mock pins."""
    factory = MockFactory()
    drawer = _drawer(GpioPins(factory, {"kick": 17}, {"sensor": 27}), clock)
    drawer.open(1)
    factory.pin(17).clear_states()
    drawer.kick(1)
    assert [moment.state for moment in factory.pin(17).states] == [False, True, False]
    factory.pin(27).drive_high()
    assert drawer.sensor() is True
    drawer.close()
    assert factory.pin(17).function == "input"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("gpio:17?sensor=17", "twice"),
        ("gpio:28", "0 to 27"),
        ("gpio:x", "0 to 27"),
        ("gpio:1,2", "1 to 1"),
        ("gpio:17?volume=9", "no option 'volume'"),
        ("tcp:1.2.3.4:1", "is not gpio:PIN"),
    ],
)
def test_a_wrong_address_of_pins_says_what_would_be_right(url, words):
    with pytest.raises(BadAddress, match=words):
        parse_pins(url, least=1, most=1, options=("active_low", "sensor"))


def test_options_of_pins_are_checked():
    address = parse_pins(
        "gpio:5,6?active_low=2&pulse_ms=9&pull=left", least=1, most=3,
        options=("active_low", "pulse_ms", "pull"),
    )  # fmt: skip
    assert address.pins == (5, 6)
    for ask in (
        lambda: address.flag("active_low"),
        lambda: address.whole("pulse_ms", 120, 20, 250),
        address.pull,
    ):
        with pytest.raises(BadAddress):
            ask()


def test_a_machine_without_pins_says_so_and_nothing_else_is_taken():
    """A silent fallback of gpiozero would drive nothing."""
    pi_factory.cache_clear()
    with pytest.raises(NoPins, match="Raspberry Pi with lgpio"):
        pi_factory()
