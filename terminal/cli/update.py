"""``reprise update``: look for a new version, and what each start and restart makes of one.

run [FILE]   look at sticks and server, or take a file, and go as far as it goes
settle       at each start, before the terminal: confirmed or on trial, and what became of it
depart       just before the machine restarts into the new slot
unrehearsed  after a rehearsal without a verdict: say that there will be none
confirm      the health gate: after a start on trial, take the version over or give it up
status       say where an update stands
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path

from terminal import config as configuration
from terminal.appliance import places, trial, update_record, vitals
from terminal.appliance.boot_slot import BootSlotFault
from terminal.appliance.bundle import Rauc
from terminal.appliance.update_record import REFUSED, UpdateRecord, UpdateRefused
from terminal.appliance.updating import Updater, unrehearsed
from terminal.appliance.vitals import NoVitals, Vitals
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.journal.database import scalar
from terminal.journal.errors import JournalError
from terminal.settings import ConfigError
from terminal.store.store import Store
from terminal.update_settings import Updates
from terminal.words import Words

EXIT_FAULT = 1
LOOK_S = 1.0
TAKE_OVER_TRIES = 3
TAKE_OVER_PAUSE_S = 10.0


def run(options: argparse.Namespace) -> int:
    """Carry out one of the orders; 1 when an update did not go well."""
    try:
        return _ORDERS[options.order](options)
    except (UpdateRefused, BootSlotFault) as error:
        print(f"reprise: {error}", file=sys.stderr)
        return EXIT_FAULT


def _look(options: argparse.Namespace) -> int:
    updater = Updater(
        _settings(options.data),
        options.root,
        rauc=Rauc(options.rauc) if options.rauc is not None else Rauc(),
        again=options.again,
        older=options.older,
    )
    record = updater.look() if options.file is None else updater.run(options.file)
    _tell(record, options.language)
    return EXIT_FAULT if record.step == REFUSED and record.code not in update_record.PASSING else 0


def _settings(data: Path) -> Updates:
    """Return where versions come from; settings that cannot be read are no reason for none."""
    try:
        return configuration.load(DataFolder(data).settings).updates
    except ConfigError as error:
        print(f"reprise: {error}: only sticks are looked at", file=sys.stderr)
        return Updates()


def _settle(options: argparse.Namespace) -> int:
    record = trial.settle(options.root)
    _tell(record, options.language)
    return 0


def _depart(options: argparse.Namespace) -> int:
    record = trial.depart(options.root)
    print(f"restarting into slot {record.slot} for version {record.version}")
    return 0


def _confirm(options: argparse.Namespace) -> int:
    rauc = Rauc(options.rauc) if options.rauc is not None else Rauc()
    said = {one.name: getattr(options, one.name) for one in fields(trial.Gate)}
    gate = replace(trial.GATE, **{name: value for name, value in said.items() if value is not None})
    record = confirm(options.root, options.data, rauc, time.monotonic, time.sleep, gate=gate)
    _tell(record, options.language)
    return 0 if record.step == update_record.CONFIRMED else EXIT_FAULT


def _status(options: argparse.Namespace) -> int:
    record = update_record.load(_at(options.root, places.UPDATE_DATA))
    if options.json:
        print(json.dumps(asdict(record), ensure_ascii=False))
    else:
        _tell(record, options.language)
    return 0


def _unrehearsed(options: argparse.Namespace) -> int:
    unrehearsed(options.root)
    return 0


_ORDERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _look,
    "settle": _settle,
    "depart": _depart,
    "confirm": _confirm,
    "status": _status,
    "unrehearsed": _unrehearsed,
}


# --- the health gate ------------------------------------------------------------------------------


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
    record = update_record.load(_at(root, places.UPDATE_DATA))
    begun_s = now_s()
    steady_s: float | None = None
    restarts, wrong = 0, ""
    while now_s() - begun_s < gate.limit_s:
        seen = _seen(root, gate)
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
        wrong = _take_over(rauc, sleep)
    if not wrong:
        return trial.confirmed(root, record)
    record = record.reached(update_record.TRIED, detail=wrong[: update_record.MAX_DETAIL])
    trial.keep(root, record)
    return record


def _take_over(rauc: Rauc, sleep: Callable[[float], None]) -> str:
    """Have the slot taken over; returns what went wrong each time, empty when nothing did.

    rauc gives its questions 25 s (the bus's own limit), and a machine may be busy after a start.
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
        return vitals.read(_at(root, places.VITALS), root=root, stale_s=gate.stale_s)
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


def _tell(record: UpdateRecord, language: str) -> None:
    words = Words(language)
    print(words.text(f"update.{record.step}", version=record.version or "-"))
    if record.code:
        print(words.text(f"update.{record.code}"))
    if record.detail:
        print(f"  {record.detail}")


def _at(root: Path, place: Path) -> Path:
    return root / place.relative_to("/")
