"""Scales for the kit."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from drivers.base import Health
from drivers.registry import driver_class
from drivers.scale.dialog_06_simulator import SIM_POLYNOMIAL
from drivers.simulators import scale_simulator
from tests.drivers.conformance.candidate import Candidate, Truth

PRICE_MINOR = 199
MUTE = (
    Truth("mute", Health.ABSENT, ("unplugged",), {"on": True}),
    Truth("mute", Health.READY, (), {"on": False}),
)


class ScaleCandidate(Candidate):
    """What is the same for every scale."""

    serial = True
    truths = (
        Truth("put", Health.DEGRADED, ("scale_overweight",), {"grams": 29_000}),
        Truth("put", Health.READY, (), {"grams": 842}),
        Truth("remove", Health.READY),
        *MUTE,
    )
    beside: ClassVar = {
        "add": "like put",
        "wobble": "a load that moves is no trouble, and has no weight",
        "tare": "a container is no trouble",
        "zero": "an empty scale is no trouble",
        "settle": "how long it swings",
        "garbage": "noise before an answer is passed over",
        "once": "how often it tells a weight",
        "unit": "refused when a weight is asked for",
        "challenge": "answered by the driver itself",
        "price_error": "refused when a weight is asked for",
    }

    def device(self, monotonic, memory=None):
        return scale_simulator(self.name, 7, monotonic)

    def driver(self, connect, monotonic):
        secret = (SIM_POLYNOMIAL,) if self.name == "dialog-06" else ()
        return driver_class(self.name)(connect(), *secret, monotonic=monotonic)

    def use(self, driver, device):
        """A load that was not there before is weighed to the gram."""
        device.control("remove")
        driver.weigh(PRICE_MINOR, 0, 2 * self.times)
        device.control("put", grams=842)
        return driver.weigh(PRICE_MINOR, 0, 2 * self.times).kg == Decimal("0.842")

    def status(self, driver):
        return driver.poll(2 * self.times)


class Dialog06Candidate(ScaleCandidate):
    """It is not told an overload when it is asked how it is, as that weighs nothing."""

    name = "dialog-06"
    truths = (Truth("put", Health.READY, (), {"grams": 842}), Truth("remove", Health.READY), *MUTE)


class Toledo8217Candidate(ScaleCandidate):
    name = "toledo-8217"


class NciCandidate(ScaleCandidate):
    name = "nci"
