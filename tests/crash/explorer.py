"""Every legal disk state after a power cut at every point of a scenario, each one checked.

A scenario is any callable that takes a ``Stage`` and does its work through ``stage.factory`` in
``stage.data_dir``, marking its steps.  A check is any callable that takes a directory holding the
files as found after the cut, and the ``Crash``; it raises when a promise is broken.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import peewee
from playhouse.apsw_ext import APSWDatabase

from terminal.core.errors import CoreError
from terminal.journal.database import DatabaseFactory
from terminal.journal.errors import JournalError
from tests.crash.disk import Disk, Survival, Write
from tests.crash.recorder import Failure, Log, Marks, Recorder

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
"""Set by ``make explore``: scenarios then pass no budget, or a larger one."""
_SHM = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scenario plays on."""

    data_dir: Path
    factory: DatabaseFactory
    mark: Marks


@dataclass(frozen=True, slots=True)
class Crash:
    """A power cut: what the disk holds, and what had been promised by then."""

    images: Mapping[str, bytes]
    begun: int
    acked: int
    ledger: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Violation:
    crash: Crash
    error: str

    def __str__(self) -> str:
        return f"{self.error} ({self.crash.where}, acked {self.crash.acked})"


@dataclass
class Report:
    """What an exploration did."""

    ops: int = 0
    points: int = 0
    generated: int = 0
    distinct: int = 0
    checked: int = 0
    violations: list[Violation] = field(default_factory=list)


Scenario = Callable[[Stage], None]
Check = Callable[[Path, Crash], None]


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a directory in memory where there is one."""
    base = _SHM if os.access(_SHM, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="explore-", dir=base))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def record(
    scenario: Scenario,
    *,
    initial: Mapping[str, bytes] | None = None,
    failure: Failure | None = None,
    kind: type[APSWDatabase] = APSWDatabase,
) -> Log:
    """Play a scenario once and return what it did to the disk.

    With a ``failure`` the scenario may end in a JournalError; what it then does to close its store
    is part of the log.
    """
    log = Log(initial=dict(initial or {}), failure=failure)
    with scratch() as directory, Recorder(directory, log) as recorder:
        stage = Stage(directory, recorder.factory(kind), Marks(log))
        if failure is None:
            scenario(stage)
        else:
            with suppress(JournalError):
                scenario(stage)
    return log


Point = tuple[int, list[Survival]]


def _plan(log: Log, budget: int | None, seed: int, report: Report) -> list[Point]:
    """Choose the outcomes to check: all that differ, or a sample that keeps every point."""
    rng = random.Random(seed)
    disk = Disk.holding(log.initial)
    seen: set[object] = set()
    points: list[Point] = []
    for n, entry in enumerate(log.entries):
        disk.apply(entry.op)
        following = log.entries[n + 1].op if n + 1 < len(log.entries) else None
        if isinstance(entry.op, Write) and isinstance(following, Write):
            continue  # its outcomes are among those of the last write before something else
        chosen = []
        for survival in disk.survivals(rng):
            report.generated += 1
            identity = (disk.identity(survival), entry.begun, entry.acked, entry.ledger)
            if identity not in seen:
                seen.add(identity)
                chosen.append(survival)
        points.append((n, chosen))
    report.ops, report.points, report.distinct = len(log.entries), len(points), len(seen)
    if budget is None or report.distinct <= budget:
        return points
    return _sampled(points, budget / report.distinct, rng)


def _sampled(points: list[Point], share: float, rng: random.Random) -> list[Point]:
    """Keep the two extremes of every point, and a share of the rest."""
    return [
        (
            n,
            [
                survival
                for i, survival in enumerate(chosen)
                if i == 0 or survival == chosen[-1] or rng.random() < share
            ],
        )
        for n, chosen in points
    ]


def crashes(log: Log, *, budget: int | None = None, seed: int = 1) -> Iterator[Crash]:
    """Yield the crashes of a recorded scenario."""
    yield from _crashes(log, _plan(log, budget, seed, Report()))


def _crashes(log: Log, points: list[Point]) -> Iterator[Crash]:
    disk = Disk.holding(log.initial)
    position = 0
    for n, chosen in points:
        for entry in log.entries[position : n + 1]:
            disk.apply(entry.op)
        position = n + 1
        entry = log.entries[n]
        for survival in chosen:
            yield Crash(
                images=disk.images(survival),
                begun=entry.begun,
                acked=entry.acked,
                ledger=tuple(log.ledger[: entry.ledger]),
                where=f"after operation {n + 1} {type(entry.op).__name__}, {survival}",
            )


def explore(
    scenario: Scenario,
    check: Check,
    *,
    budget: int | None = None,
    seed: int = 1,
    stop_after: int = 10,
    initial: Mapping[str, bytes] | None = None,
    kind: type[APSWDatabase] = APSWDatabase,
) -> Report:
    """Cut a scenario at every point, and check every disk that may be found.

    Args:
        budget: outcomes to check, about; None means all.
        seed: of the sample; the same seed gives the same states.
        stop_after: violations after which there is no point in going on.
        initial: files that are on the disk, durable, before the scenario starts.
        kind: the database class; mutants of the explorer's own tests pass a faulty one.
    """
    log = record(scenario, initial=initial, kind=kind)
    report = Report()
    for crash in _crashes(log, _plan(log, budget, seed, report)):
        report.checked += 1
        error = checked(check, crash)
        if error:
            report.violations.append(Violation(crash, error))
            if len(report.violations) >= stop_after:
                break
    return report


def checked(check: Check, crash: Crash) -> str:
    """Put a crash on a real directory and check it; return what is wrong, or an empty string."""
    with scratch() as directory:
        for name, image in crash.images.items():
            (directory / name).write_bytes(image)
        try:
            check(directory, crash)
        except (AssertionError, CoreError, JournalError, peewee.PeeweeException) as error:
            return f"{type(error).__name__}: {error}"
    return ""


def after_failure(log: Log) -> tuple[Crash, Crash]:
    """Return the disk after a failed operation: as the running system sees it, and after a cut."""
    disk = log.disk()
    all_names = len(disk.pending_names)
    outcomes = (Survival(all_names, frozenset(disk.pending)), Survival(0, frozenset()))
    everything, nothing = (
        Crash(disk.images(survival), log.begun, log.acked, tuple(log.ledger), where)
        for survival, where in zip(outcomes, ("as it is", "after a cut"), strict=True)
    )
    return everything, nothing
