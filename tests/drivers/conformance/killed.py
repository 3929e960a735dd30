"""A program that uses a device and kills itself at a chosen moment: ``python -m`` this module.

It reads orders, a line each, ``NAME ADDRESS MOMENT``, and does each in a process of its own, which
dies by SIGKILL at that moment as a terminal does whose mains are cut.  What the person before the
device has to do meanwhile is asked of whoever gave the order: a line of JSON out, a line back.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from drivers.errors import DriverError
from drivers.transports.address import open_transport
from tests.drivers.conformance.candidate import OPEN_S, REAL
from tests.drivers.conformance.register import CANDIDATES
from tests.drivers.conformance.wires import Moments, Watched

KILLED, ENDED = "killed", "ended"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class _PersonOutside:
    """The device's knobs, turned by whoever gave the order."""

    def control(self, action, **values):
        _say(json.dumps({"action": action, "values": values}))
        return json.loads(sys.stdin.readline())


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _use(name: str, address: str, at: int) -> None:
    candidate = next(kind for kind in CANDIDATES if kind.name == name)()
    candidate.times = REAL
    moment = Moments(at, _die)
    driver = candidate.driver(lambda: Watched(open_transport(address, {}), moment), time.monotonic)
    try:
        driver.open(OPEN_S * REAL)
        candidate.use(driver, _PersonOutside())
    except DriverError as error:
        _say(json.dumps({"trouble": str(error)}))


def main() -> None:
    """Carry out orders until there are no more."""
    # unbuffered: the processes that are made here read on where this one stopped
    sys.stdin = os.fdopen(0, "rb", buffering=0)
    while order := sys.stdin.readline().decode():
        name, address, at = order.split()
        child = os.fork()
        if child == 0:
            _use(name, address, int(at))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say(KILLED if os.WIFSIGNALED(status) else ENDED)


if __name__ == "__main__":
    main()
