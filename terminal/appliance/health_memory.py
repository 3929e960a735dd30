"""What has to be remembered between two looks: the kernel forgets, or shows only the present.

Kept in ``/run`` with the boot's identity, so that a restart of the service loses nothing and a
restart of the machine begins anew; one small file in the state directory says whether the last run
of the machine was ended or cut.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from terminal import whole_files
from terminal.appliance.machine_files import MachineFiles

log = logging.getLogger(__name__)

LATCHES = "latches.json"
LAST_RUN = "last-run.json"
STEP_MS = 2_000
"""A time server slews the clock; what moves it by more than this between two looks is a step."""


@dataclass(frozen=True, slots=True)
class Latches:
    """What was seen in this boot."""

    boot_id: str = ""
    under_voltage_times: int = 0
    under_voltage_ms: int = 0
    step_s: int | None = None
    """Last step of the clock, seconds; None until two looks were taken."""
    step_at_ms: int = 0
    step_of_set_clock: bool = False
    cut: bool | None = None
    """The run of the machine before this one was cut; None when nobody kept note."""


def under_voltage_seen(kept: Latches, at_ms: int) -> Latches:
    """Latch a dip of the supply that began."""
    times = min(kept.under_voltage_times + 1, 1_000_000)
    return replace(kept, under_voltage_times=times, under_voltage_ms=at_ms)


def clock_seen(
    kept: Latches, before: tuple[int, float] | None, now: tuple[int, float], *, was_set: bool
) -> Latches:
    """Compare the wall clock with the monotonic one since the look before.

    ``before`` and ``now`` are (wall milliseconds, monotonic seconds).
    """
    if before is None:
        return kept
    off_ms = (now[0] - before[0]) - round((now[1] - before[1]) * 1000)
    if abs(off_ms) <= STEP_MS:
        return kept if kept.step_s is not None else replace(kept, step_s=0)
    seconds = max(-(10**10), min(10**10, round(off_ms / 1000)))
    return replace(kept, step_s=seconds, step_at_ms=now[0], step_of_set_clock=was_set)


class Memory:
    """Keeps the latches of a boot, and the note about the last run."""

    def __init__(self, run: Path, state: Path, boot_id: str) -> None:
        self._run, self._state = run, state
        self.kept = self._load(boot_id)
        self._note(ended=False)

    def keep(self, kept: Latches) -> None:
        """Remember; written only when something changed."""
        if kept != self.kept:
            self.kept = kept
            write_whole(self._run / LATCHES, json.dumps(asdict(kept)))

    def end(self) -> None:
        """Note that the machine was told to stop (or the service was)."""
        self._note(ended=True)

    def _load(self, boot_id: str) -> Latches:
        told = MachineFiles(self._run).json(LATCHES)
        if boot_id and told.get("boot_id") == boot_id:
            kept = _latches(told)
            if kept is not None:
                return kept
        return Latches(boot_id=boot_id, cut=self._was_cut(boot_id))

    def _was_cut(self, boot_id: str) -> bool | None:
        last = MachineFiles(self._state).json(LAST_RUN)
        if not last or last.get("boot_id") == boot_id:
            return None
        return last.get("ended") is not True

    def _note(self, *, ended: bool) -> None:
        note = {"boot_id": self.kept.boot_id, "ended": ended}
        write_whole(self._state / LAST_RUN, json.dumps(note), durable=True)


def _latches(told: dict[str, object]) -> Latches | None:
    """Return what was written; None when it was not these latches."""
    times, at = told.get("under_voltage_times"), told.get("under_voltage_ms")
    step, step_at = told.get("step_s"), told.get("step_at_ms")
    cut = told.get("cut")
    if not (isinstance(times, int) and isinstance(at, int) and isinstance(step_at, int)):
        return None
    if not (step is None or isinstance(step, int)) or not (cut is None or isinstance(cut, bool)):
        return None
    set_clock = told.get("step_of_set_clock") is True
    return Latches(str(told["boot_id"]), times, at, step, step_at, set_clock, cut)


def write_whole(path: Path, text: str, *, durable: bool = False) -> bool:
    """Put a text in place of a file: a reader sees the old or the new, never half of one.

    Returns False, and says so in the log, when it cannot be written: health goes on without.
    """
    data = f"{text}\n".encode()
    try:
        if durable:
            whole_files.write_whole(path, data, mode=0o644)
        else:
            whole_files.write_volatile(path, data, makes_folder=False)
    except OSError as error:
        log.warning("%s cannot be written: %s", path.name, error.strerror)
        return False
    return True
