"""``reprise restore``: a new data folder out of the second copy on a stick.

A restored till is a declared one: an event says where its copy ended and how many numbers are left
out, because the till that is no more may have given them away; where records are signed, it is a
technical event.  What is not in the copy is said, never invented.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal import config as configuration
from terminal.cli.archive import Office
from terminal.cli.books import audit_of, auditor_of
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import BooksRestored
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.devices.media import Machine
from terminal.fiscal.base import Regime
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.journal.errors import StorageAbsent, StorageCorrupt
from terminal.services import operators as people
from terminal.services.notices import with_notice
from terminal.services.operators import Operators
from terminal.services.second_copy import FOLDER, copies_of
from terminal.settings import ConfigError
from terminal.store.catalogue_import import import_catalogue
from terminal.store.copy_reader import CopyReader
from terminal.store.restoring import restore_store
from terminal.store.store import Store
from terminal.whole_files import sync_directory

KEY_BYTES = 32
RESTORED = "books_restored"
PART = ".restoring"


def run(options: argparse.Namespace) -> int:
    """Make the folder; an existing one is never touched, and half a one is never left."""
    target: Path = options.data
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError("is not empty: nothing is restored over it", key="data", file=target)
    reader = CopyReader(copy_in(options.source, options.copy), options.until)
    with _beside(target) as part:
        config = _restore(part, reader, options)
        # The settings come last: their presence says that the folder is complete.
        for path in sorted(part.iterdir(), key=lambda one: one.name == configuration.FILE_NAME):
            path.replace(target / path.name)
        sync_directory(target)
    _tell(reader, config, options.skip)
    return 0


def copy_in(source: Path, name: str = "") -> Path:
    """Return the folder of a copy: the newest of a stick, or the one that is named.

    Raises:
        StorageAbsent: there is none.
        OSError: the stick cannot be read.
    """
    for home in (source, source / FOLDER):
        if home.is_dir():
            found = [path for path in copies_of(home) if not name or path.name == name]
            if found:
                return found[-1]
    raise StorageAbsent(f"{source} holds no second copy{' named ' + name if name else ''}")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Give a folder within the target, gone again whatever happens."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target / PART
    part.mkdir(mode=0o700)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _restore(part: Path, reader: CopyReader, options: argparse.Namespace) -> Config:
    folder = DataFolder(part)
    records = reader.records()
    first = next(records, None)
    if first is None:
        raise StorageAbsent(f"{reader.folder} holds no record")

    def every() -> Iterator[object]:
        yield first
        yield from records

    store = restore_store(part, reader.base, every(), evolve=evolve)  # type: ignore[arg-type]
    try:
        config = _settings(folder, reader)
        key = _keys(folder, options.keys)
        if config.fiscal.regime == "austria" and options.keys is None:
            raise ConfigError("austria goes on with its own keys alone: --keys DIR", key="keys")
        _operators(folder, reader, key, options.pin, known=options.keys is not None)
        _declare(store, config, folder, reader, options)
    finally:
        store.close()
    if options.articles is not None:
        import_catalogue(part, options.articles, lambda *_: None)
    _prove(part)
    return config


def _settings(folder: DataFolder, reader: CopyReader) -> Config:
    text = reader.files.get(configuration.FILE_NAME)
    if text is None:
        raise StorageAbsent("the copy holds no settings")
    folder.settings.write_text(text, encoding="utf-8")
    return configuration.load(folder.settings)


def _keys(folder: DataFolder, old: Path | None) -> bytes:
    """Make a key of the terminal's own, or take those of the old till where they were saved."""
    folder.keys.mkdir(mode=0o700)
    if old is not None:
        for path in old.iterdir():
            if path.is_dir():
                shutil.copytree(path, folder.keys / path.name)
            elif path.suffix != ".json":  # its head record names records that may be lost
                shutil.copy2(path, folder.keys / path.name)
    if not folder.key.exists():
        folder.key.touch(mode=0o600)
        folder.key.write_bytes(secrets.token_bytes(KEY_BYTES))
    return folder.key.read_bytes()


def _operators(
    folder: DataFolder, reader: CopyReader, key: bytes, pins: Sequence[str], *, known: bool
) -> None:
    """Put the operators back; PINs are keyed with a secret that is in no copy, so they are new."""
    text = reader.files.get(people.FILE)
    if text is None:
        raise StorageAbsent("the copy holds no operators")
    path = folder.path / people.FILE
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    operators = Operators.load(folder.path, key)
    for one in pins:
        number, equals, pin = one.partition("=")
        found = operators.find(number)
        if not equals or found is None or not 4 <= len(pin) <= people.MAX_PIN_LENGTH:
            raise ConfigError("write it as NUMBER=PIN, for an operator of the copy", key="pin")
        operators.add(number, found.name, found.role, pin)
    if not pins and not known:
        raise ConfigError(
            "nobody could sign on: give one operator a new PIN, like --pin 9=4821", key="pin"
        )
    operators.save(folder.path)


def _declare(
    store: Store,
    config: Config,
    folder: DataFolder,
    reader: CopyReader,
    options: argparse.Namespace,
) -> None:
    """Write, and sign where that is the law, what happened here."""
    regime = regime_of(config, folder.keys, folder.key.read_bytes())
    medium = Machine().medium_of(reader.folder, folder.path).label
    event = BooksRestored(reader.end.seq, reader.end.hash.hex(), reader.at_ms, medium, options.skip)
    state = store.load()
    details: dict[str, str | int] = {"copied_at_ms": reader.at_ms, "skipped": options.skip}
    moment = _moment(config, state)
    events = regime.seal(state, with_notice(state, (event,), (RESTORED, details)), moment)
    if isinstance(events, Refused):
        raise ConfigError("the signing key cannot be used: reprise make-key", key="fiscal.key")
    after = store.append(events, moment, state)
    store.checkpoint(truncate=True)
    _keep_heads(store, config, regime, folder, after)


def _keep_heads(
    store: Store, config: Config, regime: Regime, folder: DataFolder, state: TerminalState
) -> None:
    if regime.signer is not None and state.chains and not config.fiscal.head_folder:
        Office(store, config, regime, regime.signer, folder.path).keep_heads(state)


def _moment(config: Config, state: TerminalState) -> Moment:
    clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
    now = max(clock.now_ms(), state.last_at_ms)
    return Moment(now, max(clock.business_date(now), state.business_date))


def _prove(part: Path) -> None:
    """Verify the new folder as ``reprise verify`` does: chain, signatures, numbers, tables."""
    store = Store.open_read_only(part, evolve=evolve)
    try:
        first = store.verify(audit_of(auditor_of(part))).first_bad
    finally:
        store.close()
    if first is not None:
        raise StorageCorrupt(f"the copy does not verify: {first.code}, {first.detail}")


def _tell(reader: CopyReader, config: Config, skipped: int) -> None:
    zone = ZoneInfo(config.shop.timezone)
    at = datetime.fromtimestamp(reader.at_ms // 1000, UTC).astimezone(zone)
    print(f"{reader.end.seq} records up to {at:%Y-%m-%d %H:%M:%S}: chain and signatures agree")
    if reader.left_over:
        print(f"{reader.left_over} bytes behind them were not finished when the stick was pulled")
    print(f"What was sold after {at:%H:%M:%S} is unknown: compare the payment terminal's totals")
    print(f"{skipped} numbers of every series were left out; the new till says so in its books")
    print("Copied never: keys, PINs, the catalogue (reprise import), mail passwords")
