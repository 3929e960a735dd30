"""``reprise label``: print an article's label, beside a running terminal or without one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from drivers.label.base import Label, Printed
from drivers.label.simulator import LabelSimulator
from drivers.label.zpl_printer import ZplPrinter
from drivers.simulation import UnknownAction
from drivers.transports.address import BadAddress
from terminal import config as configuration
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.devices.label import label_printer
from terminal.devices.recorders import Recorders
from terminal.folder import DataFolder
from terminal.services.checkout import Checkout, schemes_of
from terminal.services.labels import Labels, print_label
from terminal.settings import ConfigError
from terminal.store.shelf import Shelf
from terminal.words import Words

SAID = {
    Printed.PRINTED: "printed",
    Printed.WAITING: "the printer has them and waits: paper, head or pause",
    Printed.UNCONFIRMED: "sent, but the printer does not say whether they came out: look at it",
}


def run(options: argparse.Namespace) -> int:
    """Print ``--copies`` labels, or draw one into ``--picture``; 0 when they came out."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    label = _label(config, options)
    if isinstance(label, Refused):
        words = Words("en", currency=config.shop.currency)
        print(words.text(f"refused.{label.code}", **label.details), file=sys.stderr)
        return 1
    if options.picture is not None:
        return _draw(label, options.picture)
    if not config.devices.label_printer:
        raise ConfigError("no label printer is set", key="devices.label_printer")
    memory = folder.path / "simulators"
    memory.mkdir(exist_ok=True)
    simulated = LabelSimulator(memory / "labels.jsonl")
    try:
        printer = label_printer(config.devices, {simulated.name: simulated}, Recorders())
    except BadAddress as error:
        raise ConfigError(str(error), key="devices.label_printer") from error
    outcome = asyncio.run(print_label(printer, label, options.copies))
    if isinstance(outcome, Refused):
        where = config.devices.label_printer
        print(f"not printed: {outcome.code}, the printer is {where}", file=sys.stderr)
        return 1
    print(SAID[outcome])
    return int(outcome is not Printed.PRINTED)


def _label(config: Config, options: argparse.Namespace) -> Label | Refused:
    clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
    now_ms = clock.now_ms()
    shelf = Shelf(options.data)
    try:
        checkout = Checkout(shelf, schemes_of(config.barcodes), lambda: clock.business_date(now_ms))
        article = checkout.article(options.code)
    finally:
        shelf.close()
    if isinstance(article, Refused):
        return article
    return Labels(config).of(article, options.weight_g, now_ms)


def _draw(label: Label, path: Path) -> int:
    printer = LabelSimulator()
    ZplPrinter(printer.connect()).print_labels(label, 1, 5.0)
    try:
        printer.control("picture", path=str(path))
    except UnknownAction as error:
        print(f"reprise: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0
