"""The signing key: made where it is to live, and what the doctor says of it."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from terminal import config as configuration
from terminal.cli.devices import Finding
from terminal.config import Config
from terminal.core.events import SigningKeyAdopted
from terminal.core.evolve import evolve
from terminal.fiscal.keys import CREDENTIAL, FILE, SIGNING_KEY, make_signing_key, signer_of
from terminal.fiscal.signing import KeyUnusable, key_id_of
from terminal.folder import DataFolder
from terminal.journal.errors import JournalError
from terminal.journal.records import Record
from terminal.journal.upcast import decode
from terminal.settings import ConfigError
from terminal.store.store import Store

COPIED = (
    "Who is root on this machine, or holds its card, can copy it: docs/fiscal.md names the other "
    "ways to keep it."
)
MAKE = "reprise make-key makes it, once; docs/fiscal.md says how."


def make(options: argparse.Namespace) -> int:
    """``reprise make-key``: make the signing key of a new terminal; one is never replaced."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    if options.once and not _wanted(config, options.out):
        return 0
    if config.fiscal.regime == "plain":
        raise ConfigError("this regime signs nothing: there is no key to make", key="fiscal.regime")
    try:
        public = make_signing_key(config.fiscal.key, folder.path / "keys", options.out)
    except (KeyUnusable, ValueError) as error:
        raise ConfigError(str(error), key="fiscal.key") from error
    print(f"key {key_id_of(public)}, fingerprint {hashlib.sha256(public).hexdigest()}")
    return 0


def _wanted(config: Config, sealed: Path) -> bool:
    """Tell whether there is a key to make before the first start, which makes one in a file."""
    return (
        config.fiscal.regime != "plain" and config.fiscal.key == CREDENTIAL and not sealed.exists()
    )


def key_findings(folder: DataFolder) -> Iterator[Finding]:
    """Say where the key lives, which one it is, and since when it signs; makes none."""
    try:
        config = configuration.load(folder.settings)
    except ConfigError:
        return
    if config.fiscal.regime == "plain":
        return
    where = config.fiscal.key.partition("?")[0]
    adopted = _adopted(folder, config)
    since = f", signs since {adopted[1]}" if adopted else ", has signed nothing yet"
    if config.fiscal.key == FILE and not _key_file(folder).exists():
        advice = "The first start makes one." if adopted is None else "Restore it from the backup."
        level = "bad" if adopted else "good"
        yield Finding("signing key", level, f"{_key_file(folder)} is not there", advice)
        return
    try:
        key_id = signer_of(config.fiscal.key, folder.path / "keys").key_id
    except (KeyUnusable, ValueError, OSError) as error:
        yield from _out_of_reach(config, adopted, error)
        return
    if adopted and adopted[0] != key_id:
        words = f"{key_id} in {where} is another than {adopted[0]}, which{since[1:]}"
        yield Finding("signing key", "warn", words, "The next start signs with it and says so.")
    elif config.fiscal.key == FILE:
        yield Finding("signing key", "warn", f"{key_id} in a file{since}", COPIED)
    else:
        yield Finding("signing key", "good", f"{key_id} in {where}{since}")


def _out_of_reach(
    config: Config, adopted: tuple[str, str] | None, error: Exception
) -> Iterator[Finding]:
    if config.fiscal.key == CREDENTIAL and adopted:
        words = f"{adopted[0]} in a credential, signs since {adopted[1]}"
        yield Finding("signing key", "good", f"{words}; only the service itself can unseal it")
        return
    yield Finding("signing key", "bad", str(error), MAKE if adopted is None else "")


def _key_file(folder: DataFolder) -> Path:
    return folder.path / "keys" / SIGNING_KEY


def _adopted(folder: DataFolder, config: Config) -> tuple[str, str] | None:
    """Return the key that signs and since when; the journal's faults are told elsewhere."""
    try:
        with closing(Store.open_read_only(folder.path, evolve=evolve)) as store:
            record = store.journal.newest(SigningKeyAdopted.__name__)
    except JournalError:
        return None
    if record is None:
        return None
    event = decode(record)
    return (event.key_id, _when(record, config)) if isinstance(event, SigningKeyAdopted) else None


def _when(record: Record, config: Config) -> str:
    at = datetime.fromtimestamp(record.at_ms // 1000, UTC)
    return at.astimezone(ZoneInfo(config.shop.timezone)).strftime("%Y-%m-%d %H:%M")
