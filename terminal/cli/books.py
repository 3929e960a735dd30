"""Reading and checking the books: verify, journal, receipt, rebuild.

All but ``rebuild`` read beside a running terminal and change nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from terminal import config as configuration
from terminal.cli.recording import record
from terminal.cli.statement import sale_of
from terminal.core.archives import no_such_receipt
from terminal.core.books import Purge
from terminal.core.events import Maintained
from terminal.core.evolve import evolve
from terminal.fiscal.attesting import code_of_sale
from terminal.fiscal.regimes import regime_of
from terminal.folder import DataFolder
from terminal.journal.errors import StorageCorrupt
from terminal.journal.records import Record
from terminal.services.auditing import audit_of, auditor_of
from terminal.services.receipts import Form, ReceiptPrinting
from terminal.store.store import Store
from terminal.store.verify import Problem, Verdict


@contextmanager
def _reading(data: Path) -> Iterator[Store]:
    store = Store.open_read_only(data, evolve=evolve)
    try:
        yield store
    finally:
        store.close()


def verify(options: argparse.Namespace) -> int:
    """Check chain, numbers, totals and derived tables; 1 and the first bad record when not so."""
    auditor = auditor_of(options.data, options.key)
    try:
        with _reading(options.data) as store:
            verdict = store.verify(audit_of(auditor))
    except StorageCorrupt as error:
        # Damage so deep that the file cannot even be opened is a verdict too.
        verdict = Verdict(0, 0, (Problem(error.seq, "database", str(error)),))
    first = verdict.first_bad
    if options.json:
        print(
            json.dumps(
                {
                    "ok": verdict.ok,
                    "records": verdict.records,
                    "receipts": verdict.receipts,
                    "first_bad": None if first is None else asdict(first),
                    "problems": [asdict(one) for one in verdict.problems],
                    "purged": None if verdict.purged is None else asdict(verdict.purged),
                    "keys": sorted(auditor.keys),
                },
                ensure_ascii=False,
            )
        )
    elif first is None:
        if verdict.purged is not None:
            print(_elsewhere(verdict.purged))
        print(f"{verdict.records} records, {verdict.receipts} receipts: everything agrees")
        if auditor.keys:
            print(f"signed with key {', '.join(sorted(auditor.keys))}")
    else:
        where = f"record {first.seq}" if first.seq else "beside the journal"
        print(f"{len(verdict.problems)} problems; first, {where}: {first.code}, {first.detail}")
    return 0 if verdict.ok else 1


def _elsewhere(purged: Purge) -> str:
    """Say where the records are that the check could not see."""
    where = ", ".join(f"{file} (SHA-256 {sha256})" for file, sha256, _ in purged.archives)
    return f"records up to {purged.last_seq} left the till, the last of them for {where}"


def journal(options: argparse.Namespace) -> int:
    """Print the journal, a record a line."""
    with _reading(options.data) as store:
        for record in store.journal.read(options.after):
            print(_as_json(record) if options.json else _as_text(record))
    return 0


def _as_json(record: Record) -> str:
    return json.dumps(
        {
            "seq": record.seq,
            "at_ms": record.at_ms,
            "business_date": record.business_date,
            "type": record.type,
            "version": record.version,
            "payload": json.loads(record.payload_json),
            "prev_hash": record.prev_hash.hex(),
            "hash": record.hash.hex(),
        },
        ensure_ascii=False,
    )


def _as_text(record: Record) -> str:
    return f"{record.seq:8d} {record.business_date} {record.type:20} {record.payload_json}"


def receipt(options: argparse.Namespace) -> int:
    """Write a completed sale's receipt; in every form it is marked as a duplicate."""
    config = configuration.load(DataFolder(options.data).settings)
    digits = options.number.replace(" ", "")
    with _reading(options.data) as store:
        sale = store.sale(digits)
        copies = store.copies(digits)
        state = store.load()
    if sale is None:
        file = no_such_receipt(state, digits, config.terminal.till_number).details.get("file")
        why = (
            f"receipt {digits} is archived: look in {file}"
            if file
            else (f"no receipt has the number {options.number}")
        )
        print(f"reprise: {why}", file=sys.stderr)
        return 1
    printing = ReceiptPrinting(config, folder=options.data)
    form = Form(gift=options.gift, language=options.language, large=options.large)
    copy = 0 if options.gift else copies + 1
    if options.format == "json":
        document = printing.json(sale, copy, form)
        plain = {"copies": copies, **sale_of(sale), "document": document}
        if options.gift:
            plain = document
        print(json.dumps(plain, ensure_ascii=False))
    elif options.format == "code":
        print(code_of_sale(sale, config.terminal.till_number))
    elif options.format == "text":
        print(printing.text(sale, copy, form))
    elif options.format == "escpos":
        sys.stdout.buffer.write(printing.escpos(sale, copy, form))
    elif options.format == "pdf":
        sys.stdout.buffer.write(printing.pdf(sale, copy, form))
    else:
        sys.stdout.buffer.write(printing.picture(sale, copy, form))
    return 0


def rebuild(options: argparse.Namespace) -> int:
    """Make the derived tables anew from the journal; the terminal must not be running."""
    folder = DataFolder(options.data)
    config = configuration.load(folder.settings)
    regime = regime_of(config, folder.path / "keys", folder.key.read_bytes())
    store = Store.open(options.data, evolve=evolve)
    try:
        report = store.rebuild()
        changed = ", ".join(report.changed) or "none"
        record(store, config, regime, Maintained("rebuild", changed))
    finally:
        store.close()
    print(f"{report.records} records replayed; tables that were different: {changed}")
    return 0
