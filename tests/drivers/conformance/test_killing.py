"""C9: the program is killed while it uses a device, and started again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.base import Health
from tests.drivers.conformance.candidate import OPEN_S
from tests.drivers.conformance.killed import ENDED, KILLED
from tests.drivers.conformance.wires import Moments, Watched

ROOT = Path(__file__).resolve().parents[3]
KILLS = 3


@pytest.fixture(scope="module")
def program():
    """The program that kills itself, waiting for orders."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.drivers.conformance.killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        yield process
        process.stdin.close()


def _order(program, device, name, address, moment) -> str:
    """Have it use the device and die; returns how it ended."""
    program.stdin.write(f"{name} {address} {moment}\n")
    while (said := program.stdout.readline().strip()) not in (KILLED, ENDED):
        wanted = json.loads(said)
        assert "trouble" not in wanted, wanted
        shown = device.control(wanted["action"], **wanted["values"])
        program.stdin.write(json.dumps(shown) + "\n")
    return said


def _moments(new_rig) -> int:
    count = Moments()
    assert new_rig(lambda wire: Watched(wire, count)).opens_and_works()
    return count.count


def test_the_program_is_killed_in_the_middle_and_started_again(
    candidate, serve, new_rig, program, full
):
    """What was begun is settled, the truth is told about it, and the device serves (REC-06)."""
    device = candidate.device(time.monotonic)
    connect = serve(candidate, device, "tcp")
    moments = _moments(new_rig)
    points = range(moments) if full else [(n + 1) * moments // (KILLS + 1) for n in range(KILLS)]
    ended = []
    for point in points:
        ended.append(_order(program, device, candidate.name, serve.address(), point))
        driver = candidate.driver(connect, time.monotonic)
        driver.open(OPEN_S * candidate.times)
        assert candidate.settle(driver, device), point
        assert candidate.status(driver).health is Health.READY, point
        assert candidate.use(driver, device), point
        driver.close()
    assert ended[0] == KILLED
