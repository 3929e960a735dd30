"""Archives of signed records: written, copied to another medium and read back, and checked."""

from __future__ import annotations

import argparse
import calendar
import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from terminal import __version__
from terminal import config as configuration
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import ArchiveMade, RecordSigned, SigningKeyAdopted
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.fiscal import verify_archive
from terminal.fiscal.archive import Contents, Made, Period, write_archive
from terminal.fiscal.archive_tables import Issuer
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.journal.upcast import decode
from terminal.settings import ConfigError
from terminal.store.store import Store

FOLDER = "archives"
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
DECEMBER = 12
_KEYS = ("SigningKeyAdopted", "RecordSigned")


def write(options: argparse.Namespace) -> int:
    """``reprise archive``: write the archive of a period; the terminal must not be running."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
    if regime.signer is None:
        raise ConfigError("only a regime that signs has archives", key="fiscal.regime")
    if regime.name == "austria":
        raise ConfigError("Austria's records are exported by reprise dep7", key="fiscal.regime")
    period = period_of(options.period)
    out = options.out or folder.path / FOLDER
    out.mkdir(parents=True, exist_ok=True)
    with _opened(folder.path) as store:
        made = _archive(store, period, out, config, regime)
    for medium in options.copy:
        copied(made, medium)
        print(f"{medium}: the copy was read back, and is the same")
    print(f"{made.path}: {made.records} records, SHA-256 {made.sha256}")
    return 0


def check(options: argparse.Namespace) -> int:
    """``reprise verify-archive``: check an archive without the terminal that made it."""
    return verify_archive.main(
        [str(options.file), *(["--key", options.key] if options.key else [])]
    )


def period_of(text: str) -> Period:
    """Return the days that ``2026``, ``2026-11`` or ``2026-11-28`` mean. Raises ConfigError."""
    found = _PERIOD.fullmatch(text)
    try:
        year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        first = date(year, month or 1, day or 1)
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is no period; write 2026, 2026-11 or 2026-11-28", key="period"
        ) from error
    month = month or DECEMBER
    day = day or calendar.monthrange(year, month)[1]
    return Period(first.isoformat(), date(year, month, day).isoformat())


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = Store.open(path, evolve=evolve)
    try:
        yield store
    finally:
        store.close()


def _archive(store: Store, period: Period, out: Path, config: Config, regime: Regime) -> Made:
    contents = gather(store, period)
    if not contents.records:
        raise ConfigError(f"nothing was signed from {period.first} to {period.last}", key="period")
    if regime.signer is None:
        raise AssertionError("asked before")
    shop, machine = config.shop, config.terminal
    issuer = Issuer(
        shop.name, shop.address, shop.registration, machine.till_number, machine.workstation,
        __version__,
    )  # fmt: skip
    state = store.load()
    name = f"archive-{machine.till_number}-{period.name}-{state.books.numbers.get('day', 0)}.zip"
    made = write_archive(out / name, contents, period, issuer, regime.signer)
    try:
        verify_archive.check(made.path)
    except verify_archive.Bad as bad:
        made.path.unlink()
        raise ConfigError(f"the archive does not prove itself: {bad}", key="period") from bad
    clock = SystemClock(shop.timezone, machine.business_day_ends)
    now = max(clock.now_ms(), state.last_at_ms)
    moment = Moment(now, max(clock.business_date(now), state.business_date))
    event = ArchiveMade(
        period.first, period.last, made.path.name, made.sha256, made.records, dict(made.last)
    )
    sealed = regime.seal(state, (event,), moment)
    if isinstance(sealed, Refused):
        raise ConfigError("the signing key cannot be used", key="fiscal.regime")
    store.append(sealed, moment, state)
    return made


def gather(store: Store, period: Period) -> Contents:
    """Return the signed records of a period, and every key that signed one of them."""
    contents, keys = Contents(), {}
    for record in store.journal.read():
        if record.type not in _KEYS:
            continue
        event = decode(record)
        if isinstance(event, SigningKeyAdopted):
            keys[event.key_id] = event
        elif isinstance(event, RecordSigned) and (
            period.first <= record.business_date <= period.last
        ):
            contents.records.append(event)
            contents.keys[event.key_id] = keys[event.key_id]
    return contents


def copied(made: Made, medium: Path) -> Path:
    """Copy an archive to another medium and read it back there.

    Raises:
        OSError: the medium does not take it, or gives back something else.
    """
    if not medium.is_dir():
        print(f"reprise: {medium} is no folder", file=sys.stderr)
        raise NotADirectoryError(medium)
    there = medium / made.path.name
    shutil.copyfile(made.path, there)
    if hashlib.sha256(there.read_bytes()).hexdigest() != made.sha256:
        raise OSError(f"{there} is not what was written there: use another medium")
    return there
