"""The receiving end: keeps the journals of many tills, each a file that only grows.

It takes what follows, proves the chain, makes it durable, and only then says how far it is.  What
does not follow changes nothing: the answer says where to go on.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.journal.journal import Head
from terminal.journal.records import Record, is_sealed
from terminal.sync.wire import START, Batch, Cursor
from terminal.whole_files import sync_directory

SUFFIX = ".jsonl"
DAMAGED = ".damaged"
MAX_JOURNALS = 64
"""Of one till: as many replaced cards as no till ever sees."""


class Fork(Exception):
    """Two different records of one number: a copied card, or a till that was restored."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        super().__init__(f"another record {seq} is here already")


class TooMany(Exception):
    """A till that begins one journal after the other."""


@dataclass(slots=True)
class _Held:
    """One journal's file, and how far it goes."""

    path: Path
    begin: Head
    """What its first line follows: nothing, or what the till had purged before."""
    end: Cursor
    size: int
    """Bytes that are whole and proved; anything behind them is a line that was cut off."""


class Receiver:
    """A folder with a folder for each shop, one for each till in it, a file for each journal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], list[_Held]] = {}
        self._lock = threading.Lock()

    def take(self, batch: Batch) -> Cursor:
        """Keep what follows of a batch; returns how far the journal is held, durably.

        Raises:
            Fork: a record differs from the one of its number that is here.
            TooMany: the till has begun more than MAX_JOURNALS journals.
            OSError: it could not be written; nothing is acknowledged.
        """
        with self._lock:
            held = self._find(batch)
            if held is None:
                if not batch.records or not _proves(batch) or not _begins(batch):
                    return START
                held = self._begin(batch)
            self._append(held, batch)
            return held.end

    def _find(self, batch: Batch) -> _Held | None:
        """Return the journal a batch belongs to: by its first record, or by where it goes on."""
        for held in self._journals(batch.shop, batch.till):
            if batch.first and held.path.stem == batch.first.hex():
                return held
            if not batch.first and _hash_at(held, batch.after.seq) == batch.after.hash:
                return held
        return None

    def _begin(self, batch: Batch) -> _Held:
        journals = self._journals(batch.shop, batch.till)
        if len(journals) >= MAX_JOURNALS:
            raise TooMany(f"{batch.till} has {len(journals)} journals here")
        folder = self._folder / batch.shop / batch.till
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / ((batch.first or batch.records[0].hash).hex() + SUFFIX)
        if path.exists():  # its beginning cannot be read: what is in it is left to be looked at
            path.rename(path.with_suffix(DAMAGED))
        begin = batch.after
        head = {"after": begin.seq, "after_hash": begin.hash.hex()}
        line = (json.dumps(head) + "\n").encode()
        with path.open("xb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        for each in (folder, folder.parent, self._folder):
            sync_directory(each)
        held = _Held(path, begin, Cursor(begin.seq, begin.hash), len(line))
        journals.append(held)
        return held

    def _append(self, held: _Held, batch: Batch) -> None:
        new = [record for record in batch.records if record.seq > held.end.seq]
        for record in batch.records[: len(batch.records) - len(new)]:
            if record.seq > held.begin.seq and _hash_at(held, record.seq) != record.hash:
                raise Fork(record.seq)
        if not new or new[0].seq != held.end.seq + 1 or not _proves(batch):
            return
        if new[0].prev_hash != held.end.hash:
            raise Fork(held.end.seq)
        data = b"".join(_line(record) for record in new)
        with held.path.open("r+b") as file:
            file.truncate(held.size)
            file.seek(held.size)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        held.size += len(data)
        held.end = Cursor(new[-1].seq, new[-1].hash)

    def _journals(self, shop: str, till: str) -> list[_Held]:
        if (shop, till) not in self._known:
            files = sorted((self._folder / shop / till).glob("*" + SUFFIX))
            self._known[shop, till] = [held for file in files if (held := _read(file))]
        return self._known[shop, till]


def records(path: Path) -> Iterator[Record]:
    """Yield the proved records of a journal's file, to its end or to the first that is not."""
    for record, _ in _proved(path):
        yield record


def _proves(batch: Batch) -> bool:
    """Tell whether a batch is a piece of a chain: one after the other, each sealed."""
    expected = batch.after.seq
    for record in batch.records:
        expected += 1
        if record.seq != expected or not is_sealed(record):
            return False
    return True


def _begins(batch: Batch) -> bool:
    """Tell whether a batch is the beginning of a journal, or what a purge left of one."""
    if not batch.first:
        return True
    return batch.after.seq == 0 and batch.records[0].hash == batch.first


def _line(record: Record) -> bytes:
    r = record
    row = [r.seq, r.at_ms, r.business_date, r.type, r.version, r.payload_json, r.hash.hex()]
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _read(path: Path) -> _Held | None:
    """Read a file after a start: what follows its last whole line is overwritten by the next."""
    with path.open("rb") as file:
        line = file.readline()
    begin = _begin_of(line)
    if begin is None:
        return None
    held = _Held(path, begin, Cursor(begin.seq, begin.hash), len(line))
    for record, size in _proved(path):
        held.end, held.size = Cursor(record.seq, record.hash), size
    return held


def _begin_of(line: bytes) -> Head | None:
    try:
        said = json.loads(line)
        return Head(said["after"], bytes.fromhex(said["after_hash"]))
    except (ValueError, KeyError, TypeError):
        return None  # cut off at its very beginning: it held nothing


def _proved(path: Path) -> Iterator[tuple[Record, int]]:
    """Yield each record with the size of the file up to its end."""
    with path.open("rb") as file:
        line = file.readline()
        begin, size = _begin_of(line), len(line)
        if begin is None:
            return
        seq, prev = begin.seq, begin.hash
        for line in file:
            try:
                at, day, type_, version, payload, own = _fields(json.loads(line), seq + 1)
                record = Record(seq + 1, at, day, type_, version, payload, prev, own)
            except (ValueError, TypeError):
                return
            if not line.endswith(b"\n") or not is_sealed(record):
                return
            seq, prev, size = record.seq, record.hash, size + len(line)
            yield record, size


def _fields(row: list[Any], expected: int) -> tuple[int, str, str, int, str, bytes]:
    seq, at_ms, day, type_, version, payload, own = row
    if seq != expected:
        raise ValueError(f"record {seq} follows {expected - 1}")
    return at_ms, day, type_, version, payload, bytes.fromhex(own)


def _hash_at(held: _Held, seq: int) -> bytes:
    """Return the hash of a record that is held; empty when it is not."""
    if seq == held.begin.seq:
        return held.begin.hash
    if seq == held.end.seq:
        return held.end.hash
    if not held.begin.seq < seq < held.end.seq:
        return b""
    return next((r.hash for r in records(held.path) if r.seq == seq), b"")
