"""Create a shop's data folder: settings, key, sample operators, catalogue, empty journal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from terminal import config as configuration
from terminal.config import Config
from terminal.folder import DataFolder
from terminal.services.shop_making import make_books, make_key, make_operators, write_settings
from terminal.settings import ConfigError
from terminal.store.catalogue_import import ImportReport, import_catalogue

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
    key = make_key(folder)
    make_operators(folder, key, SAMPLE_OPERATORS)
    report = _import(data, articles)
    make_books(folder)
    write_settings(folder, config)
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
