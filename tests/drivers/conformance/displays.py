"""Customer displays for the kit."""

from __future__ import annotations

from drivers.display.simulator import DisplaySimulator
from drivers.registry import driver_class
from tests.drivers.conformance.candidate import Candidate

SETTLES_S = 0.5


class DisplayCandidate(Candidate):
    """A display says nothing: what is known is whether its line is there."""

    serial = True
    asks = False
    hears = False

    def __init__(self):
        self._shown = 0

    def device(self, monotonic, memory=None):
        return DisplaySimulator(monotonic)

    def driver(self, connect, monotonic):
        return driver_class(self.name)(connect(), monotonic=monotonic)

    def use(self, driver, device):
        self._shown += 1
        rows = [f"text {self._shown}", "below"]
        driver.show((rows[0], rows[1]), 2 * self.times)
        return self._stands(device, rows)

    def status(self, driver):
        return driver.poll(1 * self.times)

    def _stands(self, device, rows):
        """Over a network it stands there a moment later."""
        if not hasattr(device, "changed"):
            return True  # the display is before somebody else
        with device.changed:
            return device.changed.wait_for(
                lambda: [row.rstrip() for row in device.look()["rows"]] == rows,
                SETTLES_S * self.times,
            )


class DmDCandidate(DisplayCandidate):
    name = "dm-d"


class Cd5220Candidate(DisplayCandidate):
    name = "cd5220"
