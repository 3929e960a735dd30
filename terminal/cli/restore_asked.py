"""``reprise restore-asked``: what the setup screen asked for (``reprise-restore.service``).

The request is a file in memory, taken away before anything is done: it holds a PIN.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from terminal.appliance import places, request_file, restore_state
from terminal.appliance.restore_state import DONE, FAILED, WORKING, RestoreState
from terminal.cli.appliance_commands import SKIPPED
from terminal.services.restore_work import work
from terminal.services.restoring import Order

EXIT_FAILED = 1
MAX_REQUEST_BYTES = 4096


def run(options: argparse.Namespace) -> int:
    """Restore once, if somebody asked; 1 when it failed, which the screen shows.

    With ``--ended`` it only says so when a restoring was ended from outside.
    """
    state = places.under(options.root, places.RESTORE_STATE)

    def save(now: RestoreState) -> None:
        restore_state.save(state, now)

    if options.ended:
        if restore_state.load(state).state == WORKING:
            save(RestoreState(FAILED, code="stalled"))
        return 0
    order = _order(places.under(options.root, places.RESTORE_REQUEST), options.data)
    ended = RestoreState(FAILED, code="request") if order is None else work(order, save)
    save(ended)
    return 0 if ended.state == DONE else EXIT_FAILED


def _order(path: Path, data: Path) -> Order | None:
    plain = request_file.take(path, MAX_REQUEST_BYTES) or {}
    try:
        articles = Path(plain["articles"]) if plain["articles"] else None
        pin = (str(plain["operator"]), str(plain["pin"]))
        return Order(Path(plain["copy"]), data, (pin,), SKIPPED, articles=articles)
    except (KeyError, TypeError):
        return None
