"""What the doctor says of the signing key."""

from __future__ import annotations

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
from terminal.fiscal.keys import SIGNING_KEY, signer_of
from terminal.fiscal.signing import KeyUnusable
from terminal.fiscal_settings import CREDENTIAL, FILE
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
