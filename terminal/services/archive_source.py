"""What an archive is made of: its period, its place in the journal, who keeps the books."""

from __future__ import annotations

import calendar
import re
import shutil
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal import __version__
from terminal.config import Config
from terminal.core.state import TerminalState
from terminal.devices.media import Machine, Medium
from terminal.fiscal.archive import Period, Span
from terminal.fiscal.archive_tables import Issuer
from terminal.store.archives import archives, end_of
from terminal.store.store import Store

FOLDER = "archives"
"""Of the data folder: where archives are written before they are copied."""
SLICE = 20
"""Records read and written at a time: a millisecond or two, between which a scan goes through."""
LEFT_BEHIND = (".part", ".spool")
"""What an archive that was cut off by a power cut leaves."""
DECEMBER = 12
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_CITY = re.compile(r"(\d{4,5}) +(.+)")
_SIRET = re.compile(r"\d{14}")
_VAT = re.compile(r"FR[0-9A-Z]{2}\d{9}")
_NAF = re.compile(r"\d{2}\.?\d{2}[A-Z]")


def period_of(text: str) -> Period:
    """Return the days that ``2026``, ``2026-11`` or ``2026-11-28`` mean.

    Raises:
        ValueError: it is no period.
    """
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part or 0) for part in found.groups())
    first = date(year, month or 1, day or 1)
    month = month or DECEMBER
    day = day or calendar.monthrange(year, month)[1]
    return Period(first.isoformat(), date(year, month, day).isoformat())


def span_of(store: Store, period: Period) -> Span:
    """Return the records of a period: behind the closures of the one before, up to its own."""
    before = (date.fromisoformat(period.first) - timedelta(days=1)).isoformat()
    return Span(end_of(store, before) + 1, end_of(store, period.last))


def issuer_of(config: Config) -> Issuer:
    """Return who keeps the books; numbers that stand in the registration lines are found there."""
    shop, machine, accounts = config.shop, config.terminal, config.accounts
    *street, last = shop.address or ("",)
    city = _CITY.fullmatch(last)
    words = [line.replace(" ", "") for line in shop.registration]

    def number(form: re.Pattern[str]) -> str:
        found = (form.search(line) for line in words)
        return next((match.group(0) for match in found if match), "")

    return Issuer(
        name=shop.name,
        till=machine.till_number,
        software=__version__,
        street=" ".join(street if city else (*street, last)),
        postcode=city.group(1) if city else "",
        city=city.group(2) if city else "",
        country=shop.country,
        siret=number(_SIRET) or accounts.company_number,
        naf=number(_NAF),
        vat_number=accounts.vat_number or number(_VAT),
        timezone=ZoneInfo(shop.timezone),
    )


def path_of(out: Path, config: Config, period: Period, state: TerminalState) -> Path:
    """Return a name that no archive has: till, period, number of its record in chain ARC."""
    head = state.chains.get("ARC")
    number = head.sequence + 1 if head else 1
    return out / f"archive-{config.terminal.till_number}-{period.name}-{number}.zip"


def put_aside(store: Store, path: Path) -> None:
    """An archive that the books do not know was left by a cut before they could: it makes room.

    It is kept, for it may also be newer than books that were put back. Raises OSError.
    """
    if path.exists() and all(one.file != path.name for one in archives(store)):
        path.rename(path.with_suffix(".unrecorded.zip"))


def make_folder(out: Path) -> Path:
    """Make the folder of archives, without what earlier ones left behind. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    for path in out.iterdir():
        if path.suffix == LEFT_BEHIND[0]:
            path.unlink()
        elif path.suffix == LEFT_BEHIND[1]:
            shutil.rmtree(path)
    return out


def medium_for(config: Config, machine: Machine, books: Path) -> Medium | None:
    """Return where copies go: the folder of the settings, or the medium plugged in last.

    Raises OSError when the folder cannot be asked.
    """
    folder = config.fiscal.archive_folder
    if folder:
        return machine.medium_of(Path(folder), books) if Path(folder).is_dir() else None
    for medium in machine.media():
        if medium.folder.is_dir() and medium.folder.stat().st_dev != books.stat().st_dev:
            return medium
    return None
