"""``reprise diagnostics``: what the service screen puts on a stick, without a screen.

It works beside a running terminal, whose devices it leaves alone and whose memory it cannot see:
conversations of devices and the newest errors are in what the terminal itself exports.
"""

from __future__ import annotations

import argparse
import os

from terminal import config as configuration
from terminal.appliance import places
from terminal.appliance.health import Health, read_report
from terminal.appliance.machine_files import MachineFiles
from terminal.cli.devices import page_of
from terminal.cli.health import moment
from terminal.clock import SystemClock
from terminal.folder import DataFolder
from terminal.services.diagnostics import Sources, write


def export(options: argparse.Namespace) -> int:
    """Write the diagnostics of a data folder to a file that does not exist yet."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    files, clock = MachineFiles(), SystemClock(config.shop.timezone)
    sources = Sources(
        config=config,
        data=folder.path,
        at_ms=clock.now_ms(),
        report=read_report(places.HEALTH) or Health(files).look(moment(clock)),
        page=page_of(folder, config),
        files=files,
    )
    content = write(sources)
    with options.out.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    print(f"{options.out}: {len(content)} bytes")
    return 0
