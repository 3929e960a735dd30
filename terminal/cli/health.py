"""``reprise health``: how the machine is, once for a person, or minute by minute as a service.

The service needs no shop, no journal and no terminal: it reads the kernel's files and writes two of
its own.  It is not on the path of a sale.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from pathlib import Path

from terminal.appliance import places
from terminal.appliance.health import BOOT_ID, SAMPLE_S, Health, Moment, Report
from terminal.appliance.health_history import History
from terminal.appliance.health_memory import Memory, write_whole
from terminal.appliance.machine_files import MachineFiles
from terminal.appliance.notify import Notifier
from terminal.appliance.readings import Judgement, Reading
from terminal.clock import Clock, SystemClock
from terminal.words import Words

log = logging.getLogger(__name__)

SUPPLY_S = 1.0
"""Half as long as an answer of the driver stands: who asks as often as it does misses some."""
MARKS = {
    Judgement.GOOD: "OK  ",
    Judgement.UNKNOWN: "?   ",
    Judgement.ATTENTION: "NOTE",
    Judgement.BAD: "BAD ",
}


def run(options: argparse.Namespace) -> int:
    """Print one report (0: nothing is bad, 1: something is), or serve until told to stop."""
    clock = SystemClock()
    if options.once or options.json:
        report = Health(MachineFiles(options.root)).look(moment(clock))
        words = Words(options.language)
        print(json.dumps(report.plain()) if options.json else page(report, words))
        return int(report.overall is Judgement.BAD)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_folder = Path(os.environ.get("RUNTIME_DIRECTORY", places.HEALTH.parent))
    state_folder = Path(os.environ.get("STATE_DIRECTORY", places.HEALTH_STATE))
    Service(options.root, run_folder, state_folder, clock).serve(
        Notifier.from_environment(), stop, SAMPLE_S
    )
    return 0


def moment(clock: Clock) -> Moment:
    """Return what both clocks say now."""
    return Moment(clock.now_ms(), clock.monotonic_s())


def page(report: Report, words: Words) -> str:
    """Return a report as lines of text."""
    lines = []
    for reading in report.readings:
        name = words.text(f"reading.{reading.name}")
        lines.append(f"{MARKS[reading.judgement]} {name:22} {figure(reading, words)}".rstrip())
        said = finding(reading, words)
        if said:
            lines.append(f"     {'':22} -> {said}")
    lines += [f"     {one.port:22} {one.vendor}:{one.product} {one.name}" for one in report.usb]
    return "\n".join(lines)


def figure(reading: Reading, words: Words) -> str:
    """Return the figures of a reading in words; without any, its judgement."""
    if not reading.figures:
        return words.text(f"judgement.{reading.judgement}")
    return words.text(f"figure.{reading.name}", **reading.figures).strip(" ,")


def finding(reading: Reading, words: Words) -> str:
    """Return what was found and what to do; empty when there is nothing to say."""
    if not reading.finding:
        return ""
    key = f"finding.{reading.name}.{reading.finding}"
    return words.text(key if words.has(key) else f"finding.any.{reading.finding}")


class Service:
    """Looks every minute, and writes what it saw."""

    def __init__(self, root: Path, run_folder: Path, state_folder: Path, clock: Clock) -> None:
        self._files = MachineFiles(root)
        self._run, self._clock = run_folder, clock
        boot_id = self._files.text(BOOT_ID) or ""
        self._memory = Memory(run_folder, state_folder, boot_id)
        self._history = History(run_folder, state_folder)
        self._health = Health(self._files, self._memory.kept)

    def sample(self) -> Report:
        """Look once, and write the report and the history."""
        at = moment(self._clock)
        report = self._health.look(at)
        self._memory.keep(self._health.kept)
        write_whole(self._run / places.HEALTH.name, json.dumps(report.plain()))
        self._history.add(report, self._clock.business_date(at.wall_ms), at.monotonic_s)
        return report

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait for the next look, or (True) to be told to stop; the supply is watched meanwhile."""
        ends_s = self._clock.monotonic_s() + seconds
        while (left_s := ends_s - self._clock.monotonic_s()) > 0:
            if stop.wait(min(left_s, SUPPLY_S)):
                return True
            self._health.watch_supply(self._clock.now_ms())
        return stop.is_set()

    def serve(self, notifier: Notifier, stop: threading.Event, every_s: float) -> None:
        """Look until told to stop; the watchdog is fed by looks that ended."""
        before = Judgement.UNKNOWN
        while True:
            report = self.sample()
            notifier.ready()
            notifier.alive()
            if report.overall is not before:
                notifier.status(report.overall.value)
                log.info("the machine is: %s", report.overall.value)
                before = report.overall
            if self._wait(stop, every_s):
                break
        notifier.stopping()
        self._history.write_days()
        self._memory.end()
