"""A new data folder out of the second copy on a stick.

A restored till is a declared one: an event says where its copy ended and how many numbers are left
out, because the till that is no more may have given them away; where records are signed, it is a
technical event.  What is not in the copy is said, never invented.

Everything is made beside, in a folder within the target, and proved there.  Its new name says that
it is whole; from then on only names are moved, the settings last.  A cut before leaves something
that is taken away, a cut after it something that is finished (``finish``), at the next start.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from terminal import config as configuration
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import BooksRestored, Event
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.devices.media import Machine
from terminal.fiscal.base import Regime
from terminal.fiscal.head import Heads, write_heads
from terminal.fiscal.regimes import head_file, regime_of
from terminal.fiscal.signing import KeyUnusable
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError, StorageAbsent, StorageCorrupt
from terminal.journal.records import Record
from terminal.services import copied_catalogue
from terminal.services import operators as people
from terminal.services.auditing import audit_of, auditor_of
from terminal.services.notices import with_notice
from terminal.services.operators import Operators
from terminal.services.second_copy import FOLDER, copies_of
from terminal.services.shop_making import KEY_BYTES
from terminal.settings import ConfigError
from terminal.store.catalogue_import import import_catalogue
from terminal.store.copy_reader import CopyReader
from terminal.store.replay import Evolve
from terminal.store.restoring import restore_store
from terminal.store.store import DATABASE_NAME, Store
from terminal.whole_files import sync_directory

log = logging.getLogger(__name__)

NOTICE = "books_restored"
PART, WHOLE = ".restoring", ".restored"
READING, TABLES, PROOF, ARTICLES = "reading", "tables", "proof", "articles"
PHASES = (READING, TABLES, PROOF, ARTICLES)
Told = Callable[[str, int], None]
"""Hears the phase, and how many records (of the articles: rows) of it are done."""


class MediumFailed(JournalError):
    """The stick cannot be read any more: it was pulled out, or is broken."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be restored, and how."""

    copy: Path
    """Folder of the copy on its stick."""
    target: Path
    pins: tuple[tuple[str, str], ...]
    """New PINs as (number of an operator of the copy, PIN)."""
    skip: int
    """Numbers left out of every series."""
    keys: Path | None = None
    """Keys of the old till, where they were saved."""
    articles: Path | None = None
    """A file of them; None: the catalogue beside the copy, where there is one."""
    until: int = 0
    """Of a damaged copy: no further than this record; 0: all of it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back."""

    seq: int
    """Newest record of the copy."""
    at_ms: int
    """Its time: what came after it is unknown."""
    left_over: int
    """Bytes behind it that were not finished when the stick was pulled out."""
    skipped: int
    timezone: str


def _quiet(_phase: str, _done: int) -> None:
    """Report progress to nobody."""


def restore(order: Order, told: Told = _quiet) -> Restored:
    """Make the folder; an existing one is never touched, and half a one is never left.

    Raises:
        ConfigError: the target is not empty, a PIN is missing, or the settings of the copy cannot
            be used here.
        MediumFailed: the stick cannot be read any more.
        StorageAbsent: there is no copy, or nothing in it.
        StorageCorrupt: a record is missing or damaged; names it.
        JournalError, OSError: the disk failed.
    """
    target = order.target
    finish(target)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigError("is not empty: nothing is restored over it", key="data", file=target)
    reader = CopyReader(order.copy, order.until)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target / PART
    part.mkdir(mode=0o700)
    try:
        config = _restore(part, reader, order, told)
        _sync_all(part)
        part.rename(target / WHOLE)
        sync_directory(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    finish(target)
    end = reader.end.seq
    return Restored(end, reader.at_ms, reader.left_over, order.skip, config.shop.timezone)


def finish(target: Path) -> None:
    """Put what a cut left half moved in its place; take away what is half made. Raises OSError."""
    if not target.is_dir():
        return
    shutil.rmtree(target / PART, ignore_errors=True)
    whole = target / WHOLE
    if not whole.is_dir():
        return
    # The settings come last: their presence says that the folder is complete.
    for path in sorted(whole.iterdir(), key=lambda one: one.name == configuration.FILE_NAME):
        path.replace(target / path.name)
        sync_directory(target)
    whole.rmdir()
    sync_directory(target)


def take_away_unused(target: Path) -> None:
    """Take away what a provisioning left that never came to its end: books without a record.

    Raises:
        ConfigError: there are settings or books: nothing is restored over them.
        OSError, JournalError: the disk failed.
    """
    finish(target)
    if not target.is_dir():
        return
    if DataFolder(target).settings.exists() or _has_records(target):
        raise ConfigError("holds books: nothing is restored over them", key="data", file=target)
    for path in target.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _has_records(target: Path) -> bool:
    if not (target / DATABASE_NAME).exists():
        return False
    store = Store.open_read_only(target, evolve=evolve)
    try:
        return store.journal.head.seq > 0
    finally:
        store.close()


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


# --- the pieces -----------------------------------------------------------------------------------


def _restore(part: Path, reader: CopyReader, order: Order, told: Told) -> Config:
    folder = DataFolder(part)
    records = _read(reader, told)
    first = next(records, None)
    if first is None:
        raise StorageAbsent(f"{reader.folder} holds no record")

    def every() -> Iterator[Record]:
        yield first
        yield from records

    store = restore_store(part, reader.base, every(), evolve=_counting(TABLES, told))
    try:
        config = _settings(folder, reader)
        key = _keys(folder, order.keys)
        if config.fiscal.regime == "austria" and order.keys is None:
            raise ConfigError("austria goes on with its own keys alone: --keys DIR", key="keys")
        _operators(folder, reader, key, order)
        _declare(store, config, folder, reader, order.skip)
    finally:
        store.close()
    if order.articles is not None:
        import_catalogue(part, order.articles, lambda rows, _: told(ARTICLES, rows))
    elif (kept := copied_catalogue.kept(order.copy.parent)) is not None:
        copied_catalogue.put_back(part, kept, lambda done: told(ARTICLES, done))
    _prove(part, told)
    return config


def _read(reader: CopyReader, told: Told) -> Iterator[Record]:
    """Yield the records of the stick; whatever it cannot do is the stick's fault."""
    try:
        for record in reader.records():
            told(READING, record.seq)
            yield record
    except OSError as error:
        raise MediumFailed(f"{reader.folder}: {error}") from error


def _counting(phase: str, told: Told) -> Evolve:
    """Return the fold of the core, which says how many events went through it."""
    done = 0

    def fold(state: TerminalState, event: Event, moment: Moment) -> TerminalState:
        nonlocal done
        done += 1
        told(phase, done)
        return evolve(state, event, moment)

    return fold


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


def _operators(folder: DataFolder, reader: CopyReader, key: bytes, order: Order) -> None:
    """Put the operators back; PINs are keyed with a secret that is in no copy, so they are new."""
    text = reader.files.get(people.FILE)
    if text is None:
        raise StorageAbsent("the copy holds no operators")
    path = folder.path / people.FILE
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    operators = Operators.load(folder.path, key)
    for number, pin in order.pins:
        found = operators.find(number)
        if found is None or not people.MIN_PIN_LENGTH <= len(pin) <= people.MAX_PIN_LENGTH:
            raise ConfigError("write it as NUMBER=PIN, for an operator of the copy", key="pin")
        operators.add(number, found.name, found.role, pin)
    if not order.pins and order.keys is None:
        raise ConfigError(
            "nobody could sign on: give one operator a new PIN, like --pin 9=4821", key="pin"
        )
    operators.save(folder.path)


def _declare(
    store: Store, config: Config, folder: DataFolder, reader: CopyReader, skip: int
) -> None:
    """Write, and sign where that is the law, what happened here."""
    regime = regime_of(config, folder.keys, folder.key.read_bytes())
    medium = Machine().medium_of(reader.folder, folder.path).label
    event = BooksRestored(reader.end.seq, reader.end.hash.hex(), reader.at_ms, medium, skip)
    state = store.load()
    details: dict[str, str | int] = {"copied_at_ms": reader.at_ms, "skipped": skip}
    moment = _moment(config, state)
    events = regime.seal(state, with_notice(state, (event,), (NOTICE, details)), moment)
    if isinstance(events, Refused):
        raise ConfigError("the signing key cannot be used: reprise make-key", key="fiscal.key")
    after = store.append(events, moment, state)
    store.checkpoint(truncate=True)
    _keep_heads(store, config, regime, folder, after)


def _keep_heads(
    store: Store, config: Config, regime: Regime, folder: DataFolder, state: TerminalState
) -> None:
    """Let the head record begin with the books that were brought back (``fiscal.head``)."""
    if regime.signer is None or not state.chains or config.fiscal.head_folder:
        return
    newest = store.journal.head
    heads = Heads(
        config.terminal.till_number, state.last_at_ms, regime.signer.key_id, dict(state.chains),
        (newest.seq, newest.hash.hex()),
    )  # fmt: skip
    try:
        write_heads(head_file(config, folder.path), heads, regime.signer)
    except (OSError, KeyUnusable) as error:
        log.warning("the head record was not written: %s", error)


def _moment(config: Config, state: TerminalState) -> Moment:
    clock = SystemClock(config.shop.timezone, config.terminal.business_day_ends)
    now = max(clock.now_ms(), state.last_at_ms)
    return Moment(now, max(clock.business_date(now), state.business_date))


def _prove(part: Path, told: Told) -> None:
    """Verify the new folder as ``reprise verify`` does: chain, signatures, numbers, tables."""
    store = Store.open_read_only(part, evolve=_counting(PROOF, told))
    try:
        first = store.verify(audit_of(auditor_of(part))).first_bad
    finally:
        store.close()
    if first is not None:
        raise StorageCorrupt(f"the copy does not verify: {first.code}, {first.detail}")


def _sync_all(folder: Path) -> None:
    """Make every file of a folder durable, and every name. Raises OSError."""
    for path in folder.iterdir():
        if path.is_dir():
            _sync_all(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_directory(folder)
