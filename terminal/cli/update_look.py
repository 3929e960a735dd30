"""Looking for a version, and taking it as far as it goes: ``reprise update run``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from terminal import config as configuration
from terminal.appliance import update_record
from terminal.appliance.bundle import Rauc
from terminal.appliance.update_record import REFUSED
from terminal.appliance.updating import Updater, unrehearsed
from terminal.cli.update import EXIT_FAULT, tell
from terminal.folder import DataFolder
from terminal.settings import ConfigError
from terminal.store.store import DATABASE_NAME
from terminal.update_settings import Updates


def run(options: argparse.Namespace) -> int:
    """Look at sticks and server, or take a file; 1 when the version was refused."""
    updater = Updater(
        _settings(options.data),
        options.root,
        rauc=Rauc(options.rauc) if options.rauc is not None else Rauc(),
        again=options.again,
        older=options.older,
        books=options.data / DATABASE_NAME,
    )
    record = updater.look() if options.file is None else updater.run(options.file)
    tell(record, options.language)
    return EXIT_FAULT if record.step == REFUSED and record.code not in update_record.PASSING else 0


def _settings(data: Path) -> Updates:
    """Return where versions come from; settings that cannot be read are no reason for none."""
    try:
        return configuration.load(DataFolder(data).settings).updates
    except ConfigError as error:
        print(f"reprise: {error}: only sticks are looked at", file=sys.stderr)
        return Updates()


def without_verdict(options: argparse.Namespace) -> int:
    """Say that a rehearsal ended without a verdict."""
    unrehearsed(options.root)
    return 0
