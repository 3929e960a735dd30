"""Create a shop's data folder: settings, key, sample operators, catalogue, empty journal."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from terminal import config as configuration
from terminal.config import Config
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.services.operators import Operators
from terminal.settings import ConfigError
from terminal.store.catalogue_import import ImportReport, import_catalogue
from terminal.store.store import Store

KEY_BYTES = 32
BAR_WIDTH = 30
SHOWN_REFUSALS = 10

SIMULATED = {
    "payment.answer_timeout_s": "10",
    "payment.enquiry_window_s": "10",
    "payment.status_interval_s": "1",
}
"""Until a real terminal is adopted the simulated one answers at once: nobody waits for a PIN."""

SAMPLE_OPERATORS = (("1", "Camille", "cashier", "1111"), ("9", "Dominique", "supervisor", "9999"))


def create(options: argparse.Namespace) -> int:
    """``reprise init``: make a data folder; an existing one is never touched."""
    return make(options.data, options.articles, options.settings)


def make(data: Path, articles: Path, settings: Sequence[str]) -> int:
    """Make a data folder with a catalogue and settings given as ``key=value``."""
    folder = DataFolder(data)
    if folder.settings.exists():
        raise ConfigError("a terminal's data is already here", file=folder.settings)
    config = configuration.with_settings(configuration.defaults(), SIMULATED | _pairs(settings))
    if not articles.is_file():
        raise FileNotFoundError(f"{articles}: no such file")
    data.mkdir(parents=True, exist_ok=True)
    key = _make_key(folder)
    _make_operators(folder, key)
    report = _import(data, articles)
    Store.open(data, evolve=evolve, create=True).close()
    # The settings come last: their presence says that the folder is complete.
    folder.settings.write_text(configuration.dump(config), encoding="utf-8")
    return _tell(report, config)


def import_articles(options: argparse.Namespace) -> int:
    """``reprise import``: replace the catalogue; a running terminal takes it after its sale."""
    config = configuration.load(DataFolder(options.data).settings)
    return _tell(_import(options.data, options.articles), config)


def _pairs(settings: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for one in settings:
        key, equals, value = one.partition("=")
        if not equals:
            raise ConfigError("write it as KEY=VALUE", key=one)
        pairs[key] = value
    return pairs


def _make_key(folder: DataFolder) -> bytes:
    folder.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    folder.key.touch(mode=0o600)
    folder.key.write_bytes(key)
    return key


def _make_operators(folder: DataFolder, key: bytes) -> None:
    operators = Operators((), key)
    for operator_id, name, role, pin in SAMPLE_OPERATORS:
        operators.add(operator_id, name, role, pin)
    operators.save(folder.path)


def _import(data: Path, articles: Path) -> ImportReport:
    report = import_catalogue(data, articles, _show_progress)
    print(file=sys.stderr)
    return report


def _show_progress(rows: int, fraction: float) -> None:
    percent = round(fraction * 100)
    filled = BAR_WIDTH * percent // 100
    bar = "█" * filled + "·" * (BAR_WIDTH - filled)
    print(f"\r{bar} {percent:3d} %  {rows} articles", end="", file=sys.stderr)


def _tell(report: ImportReport, config: Config) -> int:
    print(f"{config.shop.name}: {report.imported} articles, {report.refused} rows refused")
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        print(f"  line {refusal.line}: {refusal.reason.replace('_', ' ')}")
    if report.refused > SHOWN_REFUSALS:
        print(f"  ... and {report.refused - SHOWN_REFUSALS} more")
    return 0
