"""What the running terminal says of itself once a second, for those who watch over it.

The terminal writes, the health gate of an update, the updater, the tests of the image and the
service screen read.  The file lies in memory (``/run``): it is gone when the machine starts, and
writing it wears nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from terminal.appliance import places
from terminal.whole_files import write_volatile

VERSION = 1
STALE_S = 5.0
"""A file older than this was written by a terminal that no longer lives: five beats are missing."""
MAX_BYTES = 65_536
"""Far above any real file: what is larger was not written by a terminal."""
_BOOT_ID = Path("proc/sys/kernel/random/boot_id")


class NoVitals(Exception):
    """There is no living terminal to be read of; the text says what was found instead."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One second of a terminal's life."""

    pid: int
    boot_id: str
    """Of the machine (``boot_id``): vitals of an earlier boot say nothing about this one."""
    at_ms: int
    """Wall time, UTC milliseconds; the clock may have been set since."""
    up_ms: int
    """Time since the machine started (CLOCK_BOOTTIME): what the age is told by."""
    release: str
    role: str
    screen: str
    """Name of the screen shown, of the route without a window; empty before there is one."""
    loop_ms_ago: int
    """Since the event loop turned last before this; about 1,000 in health."""
    frame_ms_ago: int
    """Since a frame was last drawn; -1 before the first, and without a window."""
    journal_seq: int
    """Newest durable record that was heard of; -1 while the journal is being opened."""
    open_sale: bool
    open_payments: int
    """Attempts whose outcome is not final yet."""
    print_jobs: int
    """Jobs that are not out of the printer yet."""
    business_date: str
    idle_s: int
    """Since somebody last touched, typed or scanned."""
    ready: bool
    """Recovery ended, and a first frame was drawn: it sells."""
    restarts: int = 0
    """Runs of the terminal that ended badly since the machine started."""
    fault: str = ""
    """What keeps it from selling: a refusal code of the storage, or the part that failed."""
    training: bool = False
    """It practises: the journal that is counted is not the shop's."""
    version: int = VERSION


def write(path: Path, vitals: Vitals) -> None:
    """Put the vitals in place of the ones before; a reader sees the old or the new, never half.

    Raises OSError.
    """
    said = json.dumps(asdict(vitals)) + "\n"
    # Read by the service's and the updater's users; there is nothing secret in it.
    write_volatile(path, said.encode(), makes_folder=False)


def read(
    path: Path = places.VITALS,
    *,
    up_ms: int | None = None,
    root: Path = Path("/"),
    stale_s: float = STALE_S,
) -> Vitals:
    """Return what the terminal says of itself.

    Args:
        path: the file.
        up_ms: the machine's time since start; its own when left out.
        root: where the machine's ``/proc`` is.
        stale_s: age from which on they are those of a terminal that no longer lives.

    Raises:
        NoVitals: there is no file, it cannot be read, it is of an earlier boot or too old.
    """
    vitals = _parse(path)
    if vitals.boot_id != boot_id(root):
        raise NoVitals(f"{path} is of an earlier start of the machine")
    age_ms = (uptime_ms() if up_ms is None else up_ms) - vitals.up_ms
    if age_ms > stale_s * 1000:
        raise NoVitals(f"the terminal has been silent for {age_ms // 1000} s")
    return vitals


def _parse(path: Path) -> Vitals:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoVitals(f"{path}: {error.strerror}") from error
    try:
        values: Any = json.loads(raw[:MAX_BYTES])
        if not isinstance(values, dict) or values.get("version") != VERSION:
            raise NoVitals(f"{path} has a form that this release does not read")
        known = {one.name for one in fields(Vitals)}
        return Vitals(**{name: value for name, value in values.items() if name in known})
    except (ValueError, TypeError, RecursionError) as error:
        raise NoVitals(f"{path} is not what a terminal writes: {error}") from error


def uptime_ms() -> int:
    """Return the time since the machine started, in milliseconds: no clock that is set moves it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot_id(root: Path = Path("/")) -> str:
    """Return what the kernel calls this start of the machine; empty where it does not say."""
    with contextlib.suppress(OSError):
        return (root / _BOOT_ID).read_text(encoding="ascii").strip()
    return ""


def target(option: Path | None = None) -> Path | None:
    """Return where vitals are written: the option, else the service's runtime folder, else nowhere.

    ``RUNTIME_DIRECTORY`` is set by systemd for a unit with ``RuntimeDirectory=``.
    """
    if option is not None:
        return option
    folder = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder) / places.VITALS.name if folder else None
