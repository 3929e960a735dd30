"""``reprise rehearse``: this version goes through the books of the last days before it takes over.

Run by the update from the new slot, on a machine that is selling with the old one.  The store is
copied first, by SQLite's own backup beside the running terminal; the shop's folder is only read.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from terminal import __version__
from terminal import config as configuration
from terminal.appliance.updating import BESIDE_COPY_BYTES
from terminal.core.evolve import evolve
from terminal.folder import DataFolder
from terminal.journal.database import open_database
from terminal.journal.errors import JournalError, StorageAbsent, StorageFull, storage_errors
from terminal.services.auditing import audit_of, auditor_of
from terminal.settings import ConfigError
from terminal.store.rehearsal import Difference, Rehearsed, rehearse
from terminal.store.store import DATABASE_NAME, Store
from terminal.whole_files import write_whole

SHOWN = 20
EXIT_FAULT = 1


def run(options: argparse.Namespace) -> int:
    """Rehearse; 0 when every figure agrees, 1 and the differences when not."""
    try:
        configuration.load(DataFolder(options.data).settings)
        found = _rehearsed(options.data, options.scratch, options.days)
        fault = ""
    except (ConfigError, JournalError, OSError) as error:
        found, fault = Rehearsed(0, 0, ()), str(error)
    ok = found.ok and not fault
    said = {
        "ok": ok,
        "release": __version__,
        "days": options.days,
        "records": found.records,
        "receipts": found.receipts,
        "fault": fault,
        "differences": [asdict(one) for one in found.differences],
    }
    if options.out is not None:
        write_whole(options.out, json.dumps(said, ensure_ascii=False).encode() + b"\n", 0o644)
    if options.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        _tell(found, fault)
    return 0 if ok else EXIT_FAULT


def _rehearsed(data: Path, scratch: Path | None, days: int) -> Rehearsed:
    if not (data / DATABASE_NAME).exists():
        raise StorageAbsent(f"{data / DATABASE_NAME} is missing: there is nothing to rehearse")
    with _copied(data, scratch) as folder:
        store = Store.open_read_only(folder, evolve=evolve)
        try:
            newest = store.journal.last_day()
            since = ""
            if days and newest:
                since = (date.fromisoformat(newest) - timedelta(days=days - 1)).isoformat()
            return rehearse(store, since=since, audit=audit_of(auditor_of(data)))
        finally:
            store.close()


@contextmanager
def _copied(data: Path, scratch: Path | None) -> Iterator[Path]:
    """Copy the store to a scratch folder, and take the copy away again; None: read it in place.

    Raises:
        StorageFull: there is no room for it.
    """
    if scratch is None:
        yield data
        return
    source, copy = data / DATABASE_NAME, scratch / DATABASE_NAME
    scratch.mkdir(parents=True, exist_ok=True)
    copy.unlink(missing_ok=True)
    size = source.stat().st_size + BESIDE_COPY_BYTES
    if shutil.disk_usage(scratch).free < size:
        raise StorageFull(f"{scratch} has no room for a copy of the books ({size} bytes)")
    try:
        with storage_errors(source):
            database = open_database(source, read_only=True)
            try:
                # One read transaction: what is sold meanwhile does not make the copy begin anew.
                database.begin()
                with closing(sqlite3.connect(copy)) as target:
                    database.connection().backup(target)  # type: ignore[no-untyped-call]
            finally:
                database.close()
        yield scratch
    finally:
        for left in scratch.glob(f"{DATABASE_NAME}*"):
            left.unlink()


def _tell(found: Rehearsed, fault: str) -> None:
    if fault:
        print(f"this version cannot work with these books: {fault}")
    for one in found.differences[:SHOWN]:
        print(_line(one))
    left = len(found.differences) - SHOWN
    if left > 0:
        print(f"... and {left} more")
    if found.ok and not fault:
        print(f"{found.records} records, {found.receipts} receipts computed again: the same")


def _line(one: Difference) -> str:
    where = f"receipt {one.receipt_number}" if one.receipt_number else "beside the receipts"
    if one.seq:
        where += f" (record {one.seq})"
    said = f": {one.recorded}" if not one.computed else f": {one.recorded}, now {one.computed}"
    return f"{where}: {one.what}{said}"
