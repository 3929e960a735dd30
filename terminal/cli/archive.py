"""Archives of signed records: written, copied to another medium and read back, and checked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from terminal import config as configuration
from terminal.clock import SystemClock
from terminal.config import Config
from terminal.core.errors import Refused
from terminal.core.events import ArchiveCopied, ArchiveMade, Event
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.devices.media import Machine, Medium, copy_to
from terminal.fiscal import verify_archive
from terminal.fiscal.archive import ArchiveWriter, Made, Period
from terminal.fiscal.base import Regime
from terminal.fiscal.head import Heads, write_heads
from terminal.fiscal.regimes import head_file, regime_of
from terminal.fiscal.signing import KeyUnusable, Signer
from terminal.folder import DataFolder
from terminal.services import archive_source as source
from terminal.services.archive_job import made_event
from terminal.settings import ConfigError
from terminal.store.store import Store


@dataclass(frozen=True, slots=True)
class Office:
    """A till that stands still: its books, its law, its settings."""

    store: Store
    config: Config
    regime: Regime
    signer: Signer
    folder: Path

    def moment(self, state: TerminalState) -> Moment:
        """Return the time to record: never before the newest record."""
        shop, machine = self.config.shop, self.config.terminal
        clock = SystemClock(shop.timezone, machine.business_day_ends)
        now = max(clock.now_ms(), state.last_at_ms)
        return Moment(now, max(clock.business_date(now), state.business_date))

    def sealed(
        self, state: TerminalState, events: tuple[Event, ...], moment: Moment
    ) -> tuple[Event, ...]:
        """Return the events with their signed records. Raises ConfigError."""
        sealed = self.regime.seal(state, events, moment)
        if isinstance(sealed, Refused):
            raise ConfigError("the signing key cannot be used", key="fiscal.regime")
        return sealed

    def record(self, event: Event) -> TerminalState:
        """Write an event with its signed records."""
        state = self.store.load()
        moment = self.moment(state)
        return self.store.append(self.sealed(state, (event,), moment), moment, state)

    def keep_heads(self, state: TerminalState) -> None:
        """Let the head record follow what was written: see ``fiscal.head``."""
        till = self.config.terminal.till_number
        newest = self.store.journal.head
        heads = Heads(
            till, state.last_at_ms, self.signer.key_id, dict(state.chains),
            (newest.seq, newest.hash.hex()),
        )  # fmt: skip
        try:
            write_heads(head_file(self.config, self.folder), heads, self.signer)
        except (OSError, KeyUnusable) as error:
            print(f"the head record was not written: {error}")


@contextmanager
def office(data: Path, *, lock: bool = True) -> Iterator[Office]:
    """Open a till whose terminal is not running. Raises ConfigError and JournalError."""
    folder = DataFolder(data)
    config = configuration.load(folder.settings)
    regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
    if regime.signer is None:
        raise ConfigError("only a regime that signs has archives", key="fiscal.regime")
    if regime.name == "austria":
        raise ConfigError("Austria's records are exported by reprise dep7", key="fiscal.regime")
    store = Store.open(folder.path, evolve=evolve, lock=lock)
    try:
        yield Office(store, config, regime, regime.signer, folder.path)
    finally:
        store.close()


def write(options: argparse.Namespace) -> int:
    """``reprise archive``: write the archive of a period; the terminal must not be running."""
    period = period_of(options.period)
    with office(options.data) as open_:
        out = source.make_folder(options.out or open_.folder / source.FOLDER)
        media = [_medium(open_, folder) for folder in options.copy]
        if options.usb:
            media.append(_plugged_in(open_))
        made = _archive(open_, period, out)
        for medium in media:
            _copy(open_, made, medium)
            print(f"{medium.folder}: the copy was read back, and is the same")
        open_.keep_heads(open_.store.load())
    print(f"{made.file_path}: {made.event.records} records, SHA-256 {made.event.sha256}")
    return 0


def check(options: argparse.Namespace) -> int:
    """``reprise verify-archive``: check archives without the terminal that made them."""
    arguments = [str(file) for file in options.file]
    arguments += [word for key in options.key for word in ("--key", key)]
    if options.store:
        arguments += ["--store", str(options.store)]
    return verify_archive.main(arguments)


def period_of(text: str) -> Period:
    """Return the days that ``2026``, ``2026-11`` or ``2026-11-28`` mean. Raises ConfigError."""
    try:
        return source.period_of(text)
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is no period; write 2026, 2026-11 or 2026-11-28", key="period"
        ) from error


@dataclass(frozen=True, slots=True)
class _Written:
    file_path: Path
    event: ArchiveMade


def _archive(open_: Office, period: Period, out: Path) -> _Written:
    state = open_.store.load()
    span = source.span_of(open_.store, period)
    path = source.path_of(out, open_.config, period, state)
    source.put_aside(open_.store, path)
    issuer = source.issuer_of(open_.config)
    with ArchiveWriter(path, period, issuer, open_.signer, state.signing_keys) as writer:
        at = span.first - 1
        while at < span.last:
            records = open_.store.journal.span(at, span.last, source.SLICE)
            writer.add(records)
            at = records[-1].seq
        made = _finished(writer, period)
    try:
        verify_archive.check(path)
    except verify_archive.Bad as bad:
        path.unlink()
        raise ConfigError(f"the archive does not prove itself: {bad}", key="period") from bad
    event = made_event(made, period, span)
    open_.record(event)
    return _Written(path, event)


def _finished(writer: ArchiveWriter, period: Period) -> Made:
    try:
        return writer.finish()
    except ValueError as error:
        raise ConfigError(
            f"nothing was signed from {period.first} to {period.last}", key="period"
        ) from error
    except KeyUnusable as error:
        raise ConfigError(str(error), key="fiscal.regime") from error


def _medium(open_: Office, folder: Path) -> Medium:
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    return Machine().medium_of(folder, open_.folder)


def _plugged_in(open_: Office) -> Medium:
    medium = source.medium_for(open_.config, Machine(), open_.folder)
    if medium is None:
        raise ConfigError(
            "no removable medium is mounted; plug one in, or name a folder with --copy",
            key="fiscal.archive_folder",
        )
    return medium


def _copy(open_: Office, made: _Written, medium: Medium) -> None:
    """Copy an archive and let the books say so; a copy that fails is not in them."""
    event = made.event
    try:
        copy_to(medium, made.file_path, event.sha256, verify_archive.check)
    except verify_archive.Bad as bad:
        raise OSError(f"{medium.folder}: {bad}; use another medium") from bad
    open_.record(
        ArchiveCopied(
            event.first_day, event.last_day, event.file, event.sha256,
            medium.label, medium.serial, medium.external,
        )
    )  # fmt: skip
