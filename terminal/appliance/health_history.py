"""How the figures went: the last day by the minute in memory, the last months by their extremes.

The minutes lie in ``/run`` and are gone with the boot; of each day the least and the most are kept
in the state directory, written once an hour: what is measured of a card must not wear it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from terminal.appliance.health import Report
from terminal.appliance.health_memory import write_whole
from terminal.appliance.machine_files import MachineFiles

FIGURES: Mapping[str, tuple[str, str]] = {
    "celsius": ("temperature", "celsius"),
    "memory_percent": ("memory", "percent"),
    "load_percent": ("load", "load_percent"),
    "free_mib": ("space", "free_mib"),
    "under_voltage": ("under_voltage", "times"),
}
"""Column -> (reading, figure)."""
MAX_SAMPLES = 1440
"""A day of minutes, about 60 kB."""
MAX_DAYS = 92
"""A quarter of a year of extremes, about 10 kB."""
WRITE_DAYS_S = 3600.0
HISTORY = "history.json"
DAYS = "days.json"
Extremes = dict[str, tuple[int, int]]


class History:
    """Samples of one boot, and extremes of many days."""

    def __init__(self, run: Path, state: Path) -> None:
        self._run, self._state = run, state
        self._samples: deque[tuple[int, dict[str, int]]] = deque(maxlen=MAX_SAMPLES)
        self.days: dict[str, Extremes] = read_days(state)
        self._written_s: float | None = None

    def add(self, report: Report, day: str, now_s: float) -> None:
        """Take a report of a day (ISO date) at a monotonic moment, and write what is due."""
        sample = {}
        for column, (name, figure) in FIGURES.items():
            reading = report.reading(name)
            value = reading.figures.get(figure) if reading is not None else None
            if isinstance(value, int):
                sample[column] = value
        self._samples.append((report.at_ms, sample))
        extremes = self.days.setdefault(day, {})
        for column, value in sample.items():
            low, high = extremes.get(column, (value, value))
            extremes[column] = (min(low, value), max(high, value))
        for old in sorted(self.days)[:-MAX_DAYS]:
            del self.days[old]
        write_whole(self._run / HISTORY, json.dumps(self.plain()))
        if self._written_s is None or now_s - self._written_s >= WRITE_DAYS_S:
            self._written_s = now_s
            self.write_days()

    def write_days(self) -> None:
        """Write the extremes of the days."""
        write_whole(self._state / DAYS, json.dumps(self.days), durable=True)

    def plain(self) -> list[dict[str, int]]:
        """Return the samples as JSON values, the oldest first."""
        return [{"at_ms": at_ms, **sample} for at_ms, sample in self._samples]


def read_days(state: Path) -> dict[str, Extremes]:
    """Return the extremes that were kept; what is no such thing is left out."""
    found: dict[str, Extremes] = {}
    for day, extremes in MachineFiles(state).json(DAYS).items():
        if not isinstance(extremes, dict) or len(day) != 10:
            continue
        kept = {
            column: (pair[0], pair[1])
            for column, pair in extremes.items()
            if column in FIGURES
            and isinstance(pair, list)
            and len(pair) == 2
            and all(isinstance(one, int) for one in pair)
        }
        found[day] = kept
    return {day: found[day] for day in sorted(found)[-MAX_DAYS:]}
