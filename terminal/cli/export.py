"""Files for the accounts and the authorities, written beside a running terminal too."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from terminal import __version__
from terminal import config as configuration
from terminal.cli.archive import period_of
from terminal.cli.export_source import StoreLedger
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import DataExported
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.exports import day_journal, fec, poslog, saf_t
from terminal.exports.company import Company
from terminal.exports.days import NotBalanced
from terminal.exports.plan import Plan
from terminal.fiscal.archive import Period
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.journal.errors import StoreInUse
from terminal.settings import ConfigError
from terminal.store.ledger import at_one_moment
from terminal.store.store import Store

_SUFFIX = {"day-journal": "json", "saf-t": "xml", "poslog": "xml"}


@dataclass(frozen=True, slots=True)
class Export:
    """One file: what it is, of which days, where it goes."""

    kind: str
    period: Period
    path: Path
    config: Config
    company: Company

    def write(self, out: TextIO, ledger: StoreLedger) -> None:
        """Write the file. Raises NotBalanced and ConfigError."""
        accounts, company = self.config.accounts, self.company
        days = (self.period.first, self.period.last)
        match self.kind:
            case "fec":
                fec.write(out, company, ledger.days(), Plan(accounts), accounts.separator)
            case "saf-t":
                vat_codes = dict(entry.split("=", 1) for entry in accounts.saf_t_codes)
                now = _clock(self.config).now_ms()
                saf_t.write(out, company, ledger, days, created_ms=now, vat_codes=vat_codes)
            case "poslog":
                poslog.write(out, company, ledger, accounts.services)
            case _ if self.path.suffix == ".csv":
                day_journal.write_csv(out, company, ledger.days(), accounts.services)
            case _:
                day_journal.write_json(out, company, ledger.days(), days, accounts.services)


def run(options: argparse.Namespace) -> int:
    """``reprise export``: write one file of a period, whole or not at all, and record it."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    company, period = company_of(config), period_of(options.period)
    path = _path(options.kind, options.out, company, period)
    export = Export(options.kind, period, path, config, company)
    beside = path.with_name(f"{path.name}.part")
    try:
        days = _write(export, options.data, beside, provisional=options.provisional)
        digest = _sha256(beside)
        beside.rename(path)
    except NotBalanced as error:
        raise ConfigError(f"{error}; run reprise verify", key="period") from error
    finally:
        beside.unlink(missing_ok=True)
    event = DataExported(options.kind, period.first, period.last, path.name, digest, "")
    print(f"{path}: {period.first} to {period.last}, {days} days, SHA-256 {digest}")
    _record(folder, config, event)
    return 0


def _write(export: Export, data: Path, beside: Path, *, provisional: bool) -> int:
    """Write the file under another name first; returns how many days are in it."""
    store = Store.open_read_only(data, evolve=evolve)
    try:
        with at_one_moment(store), beside.open("w", encoding="utf-8", newline="") as out:
            default = export.config.accounts.default_category
            ledger = StoreLedger(store, export.period, default, provisional=provisional)
            export.write(out, ledger)
            return len(ledger.span.days) + (ledger.span.open is not None)
    finally:
        store.close()


def company_of(config: Config) -> Company:
    """Return who exports, from the settings."""
    shop, machine, accounts = config.shop, config.terminal, config.accounts
    return Company(
        name=shop.name,
        address=shop.address,
        country=shop.country,
        number=accounts.company_number,
        vat_number=accounts.vat_number,
        till=machine.till_number,
        workstation=machine.workstation,
        role=machine.role,
        currency=shop.currency,
        timezone=ZoneInfo(shop.timezone),
        software=__version__,
    )


def _path(kind: str, out: Path, company: Company, period: Period) -> Path:
    """Return where the file goes: as named, or in a folder under the name of its kind.

    Raises ConfigError and FileExistsError.
    """
    if kind in ("fec", "saf-t") and not company.number:
        raise ConfigError("the file names the company by it", key="accounts.company_number")
    path = out
    if out.is_dir():
        name = f"{kind}-{company.till}-{period.name}.{_SUFFIX.get(kind, '')}"
        path = out / (fec.file_name(company, period.last) if kind == "fec" else name)
    if kind == "day-journal" and path.suffix not in (".json", ".csv"):
        raise ConfigError(f"{path.name!r} must end with .json or .csv", key="out")
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    return path


def _clock(config: Config) -> SystemClock:
    return SystemClock(config.shop.timezone, config.terminal.business_day_ends)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(folder: DataFolder, config: Config, event: DataExported) -> None:
    """Record the export in the journal; a terminal that runs has to do so itself."""
    try:
        store = Store.open(folder.path, evolve=evolve)
    except StoreInUse:
        command = {
            "do": "exported",
            "kind": event.kind,
            "first_day": event.first_day,
            "last_day": event.last_day,
            "file": event.file,
            "sha256": event.sha256,
        }
        print(
            "reprise: the terminal is running; its console records the export with\n"
            + json.dumps(command, ensure_ascii=False),
            file=sys.stderr,
        )
        return
    try:
        regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
        state = store.load()
        clock = _clock(config)
        now = max(clock.now_ms(), state.last_at_ms)
        moment = Moment(now, max(clock.business_date(now), state.business_date))
        sealed = regime.seal(state, (event,), moment)
        if isinstance(sealed, Refused):
            raise ConfigError("the signing key cannot be used", key="fiscal.regime")
        store.append(sealed, moment, state)
    finally:
        store.close()
