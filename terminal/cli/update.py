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
from dataclasses import asdict

from terminal.appliance import places, trial, update_record
from terminal.appliance.boot_slot import BootSlotFault
from terminal.appliance.update_record import UpdateRecord, UpdateRefused
from terminal.cli.command import Command
from terminal.words import Words

EXIT_FAULT = 1


def run(options: argparse.Namespace) -> int:
    """Carry out one of the orders; 1 when an update did not go well."""
    try:
        if options.order in _ORDERS:
            return _ORDERS[options.order](options)
        return _HEAVY[options.order].run(options)
    except (UpdateRefused, BootSlotFault) as error:
        print(f"reprise: {error}", file=sys.stderr)
        return EXIT_FAULT


def _settle(options: argparse.Namespace) -> int:
    record = trial.settle(options.root)
    tell(record, options.language)
    return 0


def _depart(options: argparse.Namespace) -> int:
    try:
        record = trial.depart(options.root)
    except UpdateRefused:
        trial.await_withdrawal(options.root, time.sleep)
        raise
    print(f"restarting into slot {record.slot} for version {record.version}")
    return 0


def _status(options: argparse.Namespace) -> int:
    record = update_record.load(places.under(options.root, places.UPDATE_DATA))
    if options.json:
        print(json.dumps(asdict(record), ensure_ascii=False))
    else:
        tell(record, options.language)
    return 0


_ORDERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "settle": _settle,
    "depart": _depart,
    "status": _status,
}
_HEAVY = {
    "run": Command("look for a new version", "terminal.cli.update_look", "run"),
    "unrehearsed": Command(
        "say that there is no verdict", "terminal.cli.update_look", "without_verdict"
    ),
    "confirm": Command("open or close the health gate", "terminal.cli.update_gate", "run"),
}
"""What needs the books, the settings or the network: no start waits for them to be loaded."""


def tell(record: UpdateRecord, language: str) -> None:
    """Say where an update stands."""
    words = Words(language)
    print(words.text(f"update.{record.step}", version=record.version or "-"))
    if record.code:
        print(words.text(f"update.{record.code}"))
    if record.detail:
        print(f"  {record.detail}")
