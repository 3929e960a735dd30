"""The health gate of ``reprise update confirm``: after a start on trial, yes or no."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from terminal.appliance import places, trial, update_record, vitals
from terminal.appliance.bundle import Rauc
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.appliance.vitals import NoVitals, Vitals
from terminal.cli.update import EXIT_FAULT, tell
from terminal.core.evolve import evolve
from terminal.journal.database import scalar
from terminal.journal.errors import JournalError
from terminal.store.store import Store

LOOK_S = 1.0
IN_HAND_S = 300.0
"""For what is in hand when a version is given up; whoever comes after it is not waited for."""
TAKE_OVER_TRIES = 3
TAKE_OVER_PAUSE_S = 10.0


def run(options: argparse.Namespace) -> int:
    """Take the version over or give it up; 1 when it is given up."""
    rauc = Rauc(options.rauc) if options.rauc is not None else Rauc()
    said = {one.name: getattr(options, one.name) for one in fields(trial.Gate)}
    gate = replace(trial.GATE, **{name: value for name, value in said.items() if value is not None})
    record = confirm(options.root, options.data, rauc, time.monotonic, time.sleep, gate=gate)
    tell(record, options.language)
    return 0 if record.step == update_record.CONFIRMED else EXIT_FAULT


def confirm(
    root: Path,
    data: Path,
    rauc: Rauc,
    now_s: Callable[[], float],
    sleep: Callable[[float], None],
    *,
    gate: trial.Gate = trial.GATE,
) -> UpdateRecord:
    """Wait until the new version has been healthy for a while, check the books, take it over.

    Returns the record: confirmed, or still on trial with what was wrong, for the machine to restart
    into the old slot.
    """
    record = update_record.load(places.under(root, places.UPDATE_DATA))
    begun_s = started_s = now_s()
    steady_s: float | None = None
    restarts, wrong = 0, ""
    while now_s() - started_s < gate.limit_s:
        seen = _seen(root, gate)
        if trial.is_starting(seen) and now_s() - begun_s < gate.start_s:
            started_s = now_s()
        wrong = trial.unhealthy(seen, record, trial.disk_errors(root), gate)
        if wrong or seen is None or seen.restarts != restarts:
            steady_s, restarts = None, seen.restarts if seen is not None else restarts
        elif steady_s is None:
            steady_s = now_s()
        elif now_s() - steady_s >= gate.steady_s:
            wrong = _books(data, record)
            break
        sleep(LOOK_S)
    else:
        wrong = wrong or "it was never well for long enough"
    if not wrong:
        wrong = take_over(rauc, sleep)
    if not wrong:
        return trial.confirmed(root, record)
    record = record.reached(update_record.TRIED, detail=wrong[: update_record.MAX_DETAIL])
    trial.keep(root, record)
    let_end(root, gate, now_s, sleep)
    return record


def let_end(
    root: Path, gate: trial.Gate, now_s: Callable[[], float], sleep: Callable[[float], None]
) -> None:
    """Let a sale, a payment or a paper end, before the machine restarts out of a version.

    It may sell well and yet not be taken over; one that cannot go on is not waited for.
    """
    begun_s = now_s()
    while now_s() - begun_s < IN_HAND_S:
        seen = _seen(root, gate)
        if seen is None or not seen.ready or seen.fault:
            return
        if not (seen.open_sale or seen.open_payments or seen.print_jobs):
            return
        sleep(LOOK_S)


def take_over(rauc: Rauc, sleep: Callable[[float], None]) -> str:
    """Have the slot taken over; returns what went wrong each time, empty when nothing did.

    A machine may be busy after a start, and rauc's service may have to be started itself.
    """
    wrong = ""
    for attempt in range(TAKE_OVER_TRIES):
        if attempt:
            sleep(TAKE_OVER_PAUSE_S)
        try:
            rauc.mark_good()
        except UpdateRefused as error:
            wrong = f"the slot could not be taken over: {error}"
        else:
            return ""
    return wrong


def _seen(root: Path, gate: trial.Gate) -> Vitals | None:
    try:
        return vitals.read(places.under(root, places.VITALS), root=root, stale_s=gate.stale_s)
    except NoVitals:
        return None


def _books(data: Path, record: UpdateRecord) -> str:
    """Return what is wrong with the store: the file itself, or a journal shorter than before."""
    try:
        store = Store.open_read_only(data, evolve=evolve)
        try:
            said = scalar(store.database, "PRAGMA quick_check(1)")
            head = store.journal.head.seq
        finally:
            store.close()
    except JournalError as error:
        return str(error)
    if said != "ok":
        return f"the store is damaged: {said}"
    return (
        "" if head >= record.head_seq else f"the journal ends at {head}: {record.head_seq} before"
    )
