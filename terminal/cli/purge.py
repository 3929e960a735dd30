"""Taking archived years out of the till, and giving their space back.

The archive carries the duty to keep the books six years (LPF, L.102 B) from then on: it is read
back whole from another medium before a single record goes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from terminal.cli.archive import Office, office
from terminal.core.events import JournalPurged
from terminal.core.numbering import sequence_of
from terminal.core.state import TerminalState
from terminal.devices.media import Machine
from terminal.fiscal import verify_archive
from terminal.fiscal.archive import Period
from terminal.journal.database import data_lock
from terminal.journal.errors import JournalError
from terminal.services.archive_source import medium_for
from terminal.services.auditing import audit_of, auditor_of
from terminal.settings import ConfigError
from terminal.store.archives import ArchiveSummary, archives
from terminal.store.beginning import beginning, sha256_of
from terminal.store.compact import compact as compact_store
from terminal.store.purge import Cut, CutTaker, purge

KEY = "before"


@dataclass(frozen=True, slots=True)
class Found:
    """Archives that were read back: which, and what the last one ends with."""

    archives: tuple[tuple[str, str, int], ...]
    last_seq: int
    last_day: str
    seen: verify_archive.Seen


def run(options: argparse.Namespace) -> int:
    """``reprise purge``: take what is archived out of the till; it must not be running."""
    before = _day(options.before)
    with data_lock(options.data):
        with office(options.data, lock=False) as open_:
            state = open_.store.load()
            _check_age(open_, state, before)
            found = _read_back(open_, _cover(open_, state, before), options.media)
            cut = _verified(open_, found)
            event = _event(open_, cut, found)
            moment = open_.moment(state)
            sealed = open_.sealed(state, (event,), moment)
            after = purge(open_.store, cut, sealed, moment, state)
            open_.keep_heads(after)
        for file, sha256, _ in found.archives:
            print(f"{file}, SHA-256 {sha256}")
        print(
            f"records {event.first_seq} to {event.last_seq}, up to {found.last_day}, left the till:"
            f" keep their archives for six years"
        )
        _give_back(options.data)
    return 0


def compact(options: argparse.Namespace) -> int:
    """``reprise compact``: give the space of a purge back; the terminal must not be running."""
    with data_lock(options.data):
        before, after = compact_store(options.data)
    print(f"{before} bytes before, {after} after")
    return 0


def _give_back(data: Path) -> None:
    try:
        before, after = compact_store(data)
    except (JournalError, OSError) as error:
        print(f"the space was not given back ({error}); later: reprise compact --data {data}")
    else:
        print(f"{before} bytes before, {after} after")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ConfigError(f"{text!r} is no day; write 2026-01-01", key=KEY) from error


def _check_age(open_: Office, state: TerminalState, before: str) -> None:
    """The present year and some before it stay, whatever is archived."""
    today = max(open_.moment(state).business_date, state.business_date)
    keeps = open_.config.fiscal.purge_keeps_years
    latest = f"{int(today[:4]) - keeps:04d}-01-01"
    if before > latest:
        raise ConfigError(
            f"the present year and {keeps} before it stay in the till: at the latest {latest}"
            " (fiscal.purge_keeps_years)",
            key=KEY,
        )


def _cover(open_: Office, state: TerminalState, before: str) -> Sequence[ArchiveSummary]:
    """Return archives of whole closed months and years that follow one another from the base."""
    fit = [
        archive
        for archive in archives(open_.store)
        if archive.last_day < before
        and archive.last_seq
        and _is_closed(state, Period(archive.first_day, archive.last_day))
        and any(copy.external for copy in archive.copies)
    ]
    chosen: list[ArchiveSummary] = []
    at = open_.store.journal.base.seq
    while following := [archive for archive in fit if archive.first_seq == at + 1]:
        longest = max(following, key=lambda archive: archive.last_seq)
        if longest.last_seq <= at:
            break
        chosen.append(longest)
        at = longest.last_seq
    if not chosen:
        raise ConfigError(
            f"no archive of a whole, closed month or year begins with record {at + 1} and was"
            " copied to another medium: reprise archive YEAR --usb",
            key=KEY,
        )
    return chosen


def _is_closed(state: TerminalState, period: Period) -> bool:
    scope = period.scope
    return scope in ("month", "year") and state.books.closed.get(scope, "") >= period.name


def _read_back(open_: Office, chosen: Sequence[ArchiveSummary], folders: Sequence[Path]) -> Found:
    """Read every archive from another medium, as one, from the base of the journal on."""
    base = open_.store.journal.base
    start = beginning(base).state
    seen = verify_archive.Seen(
        chains={name: (head.sequence, head.signature) for name, head in start.chains.items()},
        journal=(base.seq, base.hash.hex()),
        till=open_.config.terminal.till_number,
    )
    listed: list[tuple[str, str, int]] = []
    sequence = start.last_receipt_sequence
    for archive in chosen:
        path = _on_medium(open_, archive.file, folders)
        try:
            verify_archive.follow(seen, path)
        except verify_archive.Bad as bad:
            raise ConfigError(f"{path}: {bad}", key=KEY) from bad
        if seen.digests[archive.file] != archive.sha256:
            raise ConfigError(f"{path} is not the archive that was made here", key=KEY)
        if seen.last_receipt:
            sequence = sequence_of(seen.last_receipt)
        listed.append((archive.file, archive.sha256, sequence))
    return Found(tuple(listed), chosen[-1].last_seq, chosen[-1].last_day, seen)


def _on_medium(open_: Office, file: str, folders: Sequence[Path]) -> Path:
    places = list(folders)
    if not places:
        medium = medium_for(open_.config, Machine(), open_.folder)
        places = [medium.folder] if medium else []
    for folder in places:
        path = folder / file
        if path.is_file():
            if not Machine().medium_of(folder, open_.folder).external:
                raise ConfigError(
                    f"{path} is on the medium of the books: it would be lost with them", key=KEY
                )
            return path
    where = ", ".join(map(str, places)) or "no medium is plugged in"
    raise ConfigError(f"{file} is needed to purge what it holds, and not there: {where}", key=KEY)


def _verified(open_: Office, found: Found) -> Cut:
    """Check the whole journal once more, and take the base where the archives end."""
    taker = CutTaker(found.last_seq)
    verdict = open_.store.verify(audit_of(auditor_of(open_.folder)), taker.look)
    first = verdict.first_bad
    if first is not None or taker.cut is None:
        why = f"record {first.seq}, {first.code}: {first.detail}" if first else "it ends too soon"
        raise ConfigError(f"the journal does not prove itself ({why}); nothing was purged", key=KEY)
    cut, seen = taker.cut, found.seen
    heads = {name: (head.sequence, head.signature) for name, head in cut.state.chains.items()}
    if (cut.base.seq, cut.base.hash.hex()) != seen.journal or heads != seen.chains:
        raise ConfigError("the archives do not end where the journal would be cut", key=KEY)
    return cut


def _event(open_: Office, cut: Cut, found: Found) -> JournalPurged:
    books, chains = cut.state.books, cut.state.chains
    return JournalPurged(
        first_seq=open_.store.journal.base.seq + 1,
        last_seq=cut.base.seq,
        last_day=found.last_day,
        journal_hash=cut.base.hash.hex(),
        base_sha256=sha256_of(cut.base),
        archives=found.archives,
        chains=tuple(
            (name, head.sequence, head.signature) for name, head in sorted(chains.items())
        ),
        perpetual_minor=books.perpetual_minor,
        perpetual_absolute_minor=books.perpetual_absolute_minor,
    )
