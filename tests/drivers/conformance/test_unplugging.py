"""C3, C4 and C10: the plug pulled at any moment, pushed in again, and the truth about it."""

from __future__ import annotations

import contextlib
import random
import time

import pytest

from drivers.base import Health
from drivers.errors import DriverError
from drivers.simulation import SimulatedDevice
from tests.drivers.conformance.candidate import OPEN_S, Truth
from tests.drivers.conformance.register import CANDIDATES
from tests.drivers.conformance.wires import Moments, Watched

POINTS = 20
COMMON_KNOBS = set(SimulatedDevice()._knobs())
PLUGS = (
    Truth("unplug", Health.ABSENT, ("unplugged",)),
    Truth("plug", Health.READY),
    Truth("power_off", Health.ABSENT, ("unplugged",)),
    Truth("power_on", Health.READY),
    Truth("unplug_after", Health.ABSENT, ("unplugged",), {"bytes": 0}),
    Truth("plug", Health.READY),
    Truth("power_off_after", Health.ABSENT, ("unplugged",), {"bytes": 0}),
    Truth("power_on", Health.READY),
    Truth("at_byte", Health.ABSENT, ("unplugged",), {"bytes": 0, "knob": "unplug"}),
    Truth("plug", Health.READY),
)


def _moments(new_rig) -> int:
    """Count the moments of opening and one use."""
    count = Moments()
    rig = new_rig(lambda wire: Watched(wire, count))
    assert rig.opens_and_works()
    return count.count


def _points(new_rig, seed, full):
    moments = range(_moments(new_rig))
    if full or len(moments) <= POINTS:
        return list(moments)
    return sorted(random.Random(seed).sample(moments, POINTS))


def test_the_plug_is_pulled_at_twenty_moments(new_rig, seed, full):
    """C3 and C4: errors of our own only, ABSENT while it is gone, READY and whole when it is back.

    What was asked for when the plug was pulled is settled before anything else (REC-06).
    """
    for point in _points(new_rig, seed, full):
        moment = Moments(point, lambda: rig.device.control("unplug"))  # noqa: B023 - called below
        rig = new_rig(lambda wire, moment=moment: Watched(wire, moment))
        try:
            ended = rig.opens_and_works()
        except DriverError:
            ended = False
        assert rig.device.look()["plugged"] is False, point
        assert rig.status().health is Health.ABSENT, point
        rig.device.control("plug")
        rig.open()
        assert rig.settles(), (point, ended)
        assert rig.status().health is Health.READY, point
        assert rig.works(), point
        again = new_rig()
        again.open()
        known = rig.candidate.configuration(rig.driver)
        assert known == again.candidate.configuration(again.driver), point


def test_a_power_cut_at_twenty_moments_is_survived(new_rig, seed, full):
    """The same with the device's own mains: everything volatile in it is gone."""
    for point in _points(new_rig, seed + 1, full):
        moment = Moments(point, lambda: rig.device.control("power_off"))  # noqa: B023 - likewise
        rig = new_rig(lambda wire, moment=moment: Watched(wire, moment))
        with contextlib.suppress(DriverError):
            rig.opens_and_works()
        assert rig.status().health is Health.ABSENT, point
        rig.device.control("power_on")
        rig.open()
        assert rig.settles(), point
        assert rig.works(), point


def test_what_is_said_is_what_is(rig):
    """C10: every knob that a person can see the effect of, and what the driver says of it."""
    rig.open()
    for truth in (*rig.candidate.truths, *PLUGS):
        rig.device.control(truth.knob, **truth.values)
        if rig.status().health is Health.ABSENT and truth.health is not Health.ABSENT:
            rig.open()  # what was gone is opened again, as its keeper does
        said = rig.status()
        assert (said.health, said.reasons) == (truth.health, truth.reasons), truth
    assert rig.works()


def test_every_knob_is_accounted_for(rig):
    """C10: a knob changes what the driver says, or there is a reason why not."""
    told = {truth.knob for truth in (*rig.candidate.truths, *PLUGS)}
    knobs = set(rig.device._knobs()) - {"look"}
    assert knobs - told - set(rig.candidate.beside) == set()


@pytest.mark.parametrize("knob", sorted(COMMON_KNOBS - {"look"}))
def test_the_common_knobs_are_tried(knob):
    assert knob in {truth.knob for truth in PLUGS}


@pytest.mark.parametrize(
    "name", ["escpos", "serial-scanner", "simple-poi", "zvt", "nexo", "cashdro"]
)
def test_over_a_network_too_the_plug_is_pulled_and_pushed_in(name, serve):
    """C3 and C4 with real sockets: a server still answers for a device that is gone."""
    candidate = next(kind for kind in CANDIDATES if kind.name == name)()
    device = candidate.device(time.monotonic)
    driver = candidate.driver(serve(candidate, device, "tcp"), time.monotonic)
    driver.open(OPEN_S * candidate.times)
    for gone, back in [("unplug", "plug"), ("power_off", "power_on")] * 2:
        device.control(gone)
        with pytest.raises(DriverError):
            _open_and_use(candidate, driver, device)
        assert candidate.status(driver).health is Health.ABSENT
        device.control(back)
        driver.open(OPEN_S * candidate.times)
        assert candidate.use(driver, device)
    driver.close()


def _open_and_use(candidate, driver, device):
    """Ask the device something that fails when it is gone."""
    driver.open(0.2)
    candidate.use(driver, device)
