"""The archive of a period: an open ZIP that can be read, and proved, without this program.

    LISEZMOI.txt      what the files are, for the inspector
    *.csv             tickets, their lines, VAT and tenders, totals, closures, duplicates, events
    records.jsonl     every signed record: signed text, signature, content
    keys.json         the public keys
    manifest.json     SHA-256 of each file; first and last record of each chain
    manifest.sig      the signature of manifest.json

CSV: UTF-8, semicolons, amounts in cents, the field names that published NF525 archives use.  The
manifest is signed with the till's key, and the archive's own hash becomes a record of chain ARC.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from terminal.core.events import RecordSigned, SigningKeyAdopted
from terminal.fiscal.archive_tables import TABLES, Issuer, Row
from terminal.fiscal.chain import take_apart
from terminal.fiscal.signing import Signer
from terminal.journal.database import sync_directory

FORMAT = "RA1"
MADE_AT = (1980, 1, 1, 0, 0, 0)
"""Time of every file in the ZIP: the same records give the same bytes."""
README = Path(__file__).with_name("LISEZMOI.txt")


@dataclass(frozen=True, slots=True)
class Period:
    """The trading days of an archive, both included (ISO dates)."""

    first: str
    last: str

    @property
    def name(self) -> str:
        """``2026``, ``2026-11``, or the two days."""
        if self.first.endswith("-01-01") and self.last == f"{self.first[:4]}-12-31":
            return self.first[:4]
        if self.first[:7] == self.last[:7] and self.first.endswith("-01") and self.last[8:] >= "28":
            return self.first[:7]
        return self.first if self.first == self.last else f"{self.first}_{self.last}"


@dataclass
class Contents:
    """The signed records of a period, gathered in the order of the journal."""

    keys: dict[str, SigningKeyAdopted] = field(default_factory=dict)
    records: list[RecordSigned] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written: where, its SHA-256, and the last record of each chain."""

    path: Path
    sha256: str
    records: int
    last: Mapping[str, int]


def write_archive(
    path: Path, contents: Contents, period: Period, issuer: Issuer, signer: Signer
) -> Made:
    """Write the archive of a period; a file that is there already is never replaced.

    Raises OSError and KeyUnusable.
    """
    files = _files(contents, issuer)
    manifest = _manifest(files, contents, period, issuer, signer)
    signature = signer.sign(manifest)
    beside = path.with_suffix(".part")
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            *files.items(),
            ("manifest.json", manifest),
            ("manifest.sig", signature),
        ):
            archive.writestr(zipfile.ZipInfo(name, MADE_AT), text.encode())
    digest = hashlib.sha256(beside.read_bytes()).hexdigest()
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.rename(path)
    sync_directory(path.parent)
    last = {record.chain: record.sequence for record in contents.records}
    return Made(path, digest, len(contents.records), MappingProxyType(last))


def _files(contents: Contents, issuer: Issuer) -> dict[str, str]:
    keys = [
        {
            "key_id": key.key_id,
            "algorithm": key.algorithm,
            "public_key": key.public_key,
            "backend": key.backend,
        }
        for key in contents.keys.values()
    ]
    lines = "".join(_json(_record(record)) + "\n" for record in contents.records)
    return {
        "LISEZMOI.txt": README.read_text(encoding="utf-8"),
        **{name: _csv(table(contents.records, issuer)) for name, table in TABLES.items()},
        "records.jsonl": lines,
        "keys.json": _json(keys) + "\n",
    }


def _record(record: RecordSigned) -> Row:
    return {
        "chain": record.chain,
        "sequence": record.sequence,
        "document": record.document,
        "canonical": record.canonical,
        "signature": record.signature,
        "key_id": record.key_id,
        "content": record.content,
    }


def _manifest(
    files: Mapping[str, str],
    contents: Contents,
    period: Period,
    issuer: Issuer,
    signer: Signer,
) -> str:
    chains: dict[str, Row] = {}
    for record in contents.records:
        signed = take_apart(record.canonical)
        chain = chains.setdefault(
            record.chain,
            {"first": record.sequence, "previous": signed.previous if signed else ""},
        )
        chain |= {"last": record.sequence, "signature": record.signature}
    return _json(
        {
            "format": FORMAT,
            "till": issuer.till,
            "software": issuer.software,
            "period": {"first": period.first, "last": period.last},
            "key_id": signer.key_id,
            "files": {
                name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()
            },
            "chains": chains,
        }
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()
