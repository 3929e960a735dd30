"""The parts of the bench, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping

from tests.devices_bench import plugging, printing, scanning, selling
from tests.devices_bench.report import Part

PARTS: Mapping[str, Part] = {
    "printing": printing.rows,
    "scanning": scanning.rows,
    "plugging": plugging.rows,
    "selling": selling.rows,
}
