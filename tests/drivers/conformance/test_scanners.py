"""What noise may look like to a scanner: symbols perhaps, but never long ones."""

from __future__ import annotations

import random

import pytest

from drivers.scanner.base import MAX_SCAN_CHARS
from tests.drivers.conformance.conftest import Rig
from tests.drivers.conformance.register import CANDIDATES
from tests.drivers.conformance.wires import Noise, Noisy

SCANNERS = [kind for kind in CANDIDATES if "scanner" in kind.name]


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda kind: kind.name)
def test_noise_gives_only_bounded_scans(scanner):
    noise = Noise(random.Random(5).randbytes(500_000))
    rig = Rig(scanner(), around=lambda wire: Noisy(wire, noise))
    rig.open()
    longest = 0
    while noise.left:
        scan = rig.driver.read(0.5)
        longest = max(longest, len(scan.text) if scan else 0)
    assert longest <= MAX_SCAN_CHARS
