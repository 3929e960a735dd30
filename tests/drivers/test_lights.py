"""Light tower and buzzer: patterns by table, and timelines on real gpiozero mock pins (G1)."""

from __future__ import annotations

import threading

import pytest
from gpiozero.pins.mock import MockFactory

from drivers.base import Health
from drivers.errors import Unplugged
from drivers.lights.base import DARK, Buzz, Lamp, LampPattern
from drivers.lights.pattern import (
    BLINK_MS,
    BUZZES,
    buzz_changes_ms,
    lamps_change_ms,
    lit,
    sounding,
)
from drivers.lights.simulator import LightsSimulator
from drivers.lights.tower import LightTower
from drivers.pins.gpio import GpioPins

OPEN = LampPattern(green=Lamp.ON)
HELP = LampPattern(amber=Lamp.BLINK, green=Lamp.ON)
PINS = {"red": 5, "amber": 6, "green": 13, "buzzer": 19}
PATIENCE_S = 60.0


@pytest.mark.parametrize(
    ("lamp", "at_ms", "expected"),
    [
        (Lamp.OFF, 0, False),
        (Lamp.ON, 0, True),
        (Lamp.ON, 99_999, True),
        (Lamp.BLINK, 0, True),
        (Lamp.BLINK, 499, True),
        (Lamp.BLINK, 500, False),
        (Lamp.BLINK, 999, False),
        (Lamp.BLINK, 1000, True),
    ],
)
def test_a_lamp_over_time(lamp, at_ms, expected):
    assert lit(lamp, at_ms) is expected


def test_a_lamp_flashes_less_than_three_times_a_second():
    assert 1000 / (2 * BLINK_MS) < 3


def test_when_lamps_change():
    assert lamps_change_ms(OPEN, 123) is None
    assert lamps_change_ms(HELP, 123) == 377
    assert lamps_change_ms(HELP, 500) == 500


@pytest.mark.parametrize("buzz", Buzz)
def test_every_buzz_begins_at_once_and_ends(buzz):
    total = sum(BUZZES[buzz])
    assert total <= 10_000
    assert sounding(buzz, 0)
    assert not sounding(buzz, total)
    assert buzz_changes_ms(buzz, total) is None
    at, sounds = 0, []
    while (step := buzz_changes_ms(buzz, at)) is not None:
        sounds.append(sounding(buzz, at))
        at += step
    assert at == total
    assert sounds == [n % 2 == 0 for n in range(len(BUZZES[buzz]))]


@pytest.fixture
def factory():
    factory = MockFactory()
    yield factory
    factory.reset()


def _changed(pin, count: int) -> list[bool]:
    """Wait until a pin has changed so often and return what it was; the clock is the tower's."""
    done = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if len(pin.states) > count:
            break
        done.wait(0.02)
    return [moment.state for moment in pin.states]


@pytest.mark.parametrize("active_low", [False, True])
def test_pins_follow_the_pattern_and_go_dark_when_let_go(factory, active_low):
    """G1: timelines on mock pins; a lamp that nobody holds is dark."""
    pins = GpioPins(factory, PINS, active_low=active_low)
    tower = LightTower(pins)
    assert tower.open(1).health is Health.READY
    on = not active_low
    for number in PINS.values():
        factory.pin(number).clear_states()
    assert [factory.pin(n).state for n in PINS.values()] == [not on] * 4
    tower.show(HELP)
    assert [factory.pin(n).state for n in (5, 13)] == [not on, on]
    seen = _changed(factory.pin(6), 3)
    assert seen[-3:] in ([on, not on, on], [not on, on, not on])
    tower.buzz(Buzz.ERROR)
    assert _changed(factory.pin(19), 4)[-4:] == [on, not on, on, not on]
    tower.close()
    tower.close()
    assert [factory.pin(n).function for n in PINS.values()] == ["input"] * 4
    with pytest.raises(Unplugged):
        tower.show(OPEN)


def test_a_pin_that_somebody_else_holds_is_an_error_and_nothing_stays_held(factory):
    first = GpioPins(factory, {"red": 13})
    first.open(1)
    tower = LightTower(GpioPins(factory, PINS))
    with pytest.raises(Unplugged, match="13"):
        tower.open(1)
    first.close()
    assert tower.open(1).health is Health.READY
    tower.close()


def test_a_tower_without_a_buzzer_is_silent_and_works():
    simulator = LightsSimulator()
    tower = LightTower(simulator.pins(), buzzer=False)
    tower.open(1)
    tower.buzz(Buzz.ALARM)
    tower.show(OPEN)
    assert simulator.look()["green"]
    assert not simulator.look()["buzzer"]
    tower.close()


def test_a_pattern_that_is_shown_again_goes_on(clock):
    simulator = LightsSimulator(clock)
    tower = LightTower(simulator.pins(), clock)
    tower.open(1)
    tower.show(HELP)
    clock.now_s += 0.75
    tower.show(HELP)
    tower.buzz(Buzz.ERROR)  # drives every pin as of now
    assert not simulator.look()["amber"]
    tower.show(DARK)
    assert simulator.timeline()[0][1:] == ("amber", True)
    tower.close()


def test_it_may_be_closed_while_it_opens(monkeypatch):
    """A terminal that stops as soon as it starts closes what is still opening in its own thread."""

    class Late(threading.Thread):
        def start(self):
            tower.close()
            super().start()

    tower = LightTower(LightsSimulator().pins())
    monkeypatch.setattr(threading, "Thread", Late)
    assert tower.open(1).health is Health.ABSENT
    tower.close()
