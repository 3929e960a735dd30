"""The archive of a period: an open ZIP that can be read, and proved, without this program.

    LISEZMOI.txt      what the files are, for the inspector
    *.csv             tickets, their lines, VAT and tenders, totals, closures, duplicates, events
    records.jsonl     every signed record: signed text, signature, content
    journal.jsonl     every record of the journal, signed or not, in its chain of hashes
    keys.json         the public keys
    manifest.json     SHA-256 of each file; first and last record of each chain
    manifest.sig      the signature of manifest.json

CSV: UTF-8 with a byte order mark (so that spreadsheets know it), semicolons, amounts in cents, the
field names that published NF525 archives use.  The manifest is signed with the till's key, and the
archive's own hash becomes a record of chain ARC.

It is written as the records come, a slice at a time, so that a year needs no more memory than a
day.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Self

from terminal.core.books import SigningKey
from terminal.core.events import RecordSigned
from terminal.fiscal.archive_tables import TABLES, Issuer, Row, by_chain, cell
from terminal.fiscal.chain import take_apart
from terminal.fiscal.signing import Signer
from terminal.journal.records import Record
from terminal.journal.upcast import decode
from terminal.whole_files import sync_directory

FORMAT = "RA2"
MADE_AT = (1980, 1, 1, 0, 0, 0)
"""Time of every file in the ZIP: the same records give the same bytes."""
README = Path(__file__).with_name("LISEZMOI.txt")
RECORDS, JOURNAL = "records.jsonl", "journal.jsonl"
CHUNK = 1 << 20
SPOOL_LEVEL = 1
"""The files that wait for their place in the ZIP are packed lightly: the card is spared."""


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

    @property
    def scope(self) -> str:
        """``year`` or ``month`` when it is a whole one, ``day`` or ``days`` otherwise."""
        name = self.name
        return {4: "year", 7: "month", 10: "day"}.get(len(name), "days")


@dataclass(frozen=True, slots=True)
class Span:
    """The records of the journal that an archive holds, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written: where, its SHA-256, and the last record of each chain."""

    path: Path
    sha256: str
    records: int
    last: Mapping[str, int]


class Abandoned(OSError):
    """The archive is not wanted any more: the terminal stops."""


class _Hashed:
    """A file within the ZIP, or one that waits for its place: hashed as it is written."""

    def __init__(self, sink: IO[bytes] | gzip.GzipFile) -> None:
        self._sink = sink
        self._digest = hashlib.sha256()

    def write(self, text: str) -> None:
        data = text.encode()
        self._digest.update(data)
        self._sink.write(data)

    def close(self) -> str:
        """Close it and return its SHA-256."""
        self._sink.close()
        return self._digest.hexdigest()


class ArchiveWriter:
    """Writes one archive; as a context it leaves nothing behind unless it was finished."""

    def __init__(
        self,
        path: Path,
        period: Period,
        issuer: Issuer,
        signer: Signer,
        keys: Mapping[str, SigningKey],
    ) -> None:
        """``keys`` are all that ever signed; a file that is there already is never replaced.

        Raises OSError.
        """
        if path.exists():
            raise FileExistsError(f"{path} is there already")
        self._path, self._period, self._issuer, self._signer = path, period, issuer, signer
        self._beside = path.with_suffix(".part")
        self._spool = path.with_suffix(".spool")
        self._known, self._used = keys, set[str]()
        self._digests: dict[str, str] = {}
        self._chains: dict[str, Row] = {}
        self._receipts: list[str] = []
        self._tables_of = by_chain()
        self._count = 0
        self._span: Span | None = None
        self._hashes = ("", "")
        self._open = ExitStack()
        self._abandoned = False

    def abandon(self) -> None:
        """Let another thread's ``add`` or ``finish`` end soon, with Abandoned."""
        self._abandoned = True

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException as error:  # a full disk: what was begun goes, as at any other moment
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def _begin(self) -> None:
        shutil.rmtree(self._spool, ignore_errors=True)
        self._spool.mkdir()
        self._zip = self._open.enter_context(
            zipfile.ZipFile(self._beside, "w", zipfile.ZIP_DEFLATED)
        )
        self._put("LISEZMOI.txt", README.read_text(encoding="utf-8"))
        self._waiting = {
            name: _Hashed(self._open.enter_context(self._spooled(name)))
            for name in (RECORDS, *TABLES)
        }
        self._csv = {name: self._begin_table(name) for name in TABLES}
        self._journal = _Hashed(self._open.enter_context(self._entry(JOURNAL)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._open.close()
        except (OSError, ValueError):
            if error is None:  # a full disk refuses the end of the file too: the first error counts
                raise
        finally:
            shutil.rmtree(self._spool, ignore_errors=True)
            self._beside.unlink(missing_ok=True)

    def _spooled(self, name: str) -> gzip.GzipFile:
        return gzip.GzipFile(self._spool / f"{name}.gz", "wb", SPOOL_LEVEL)

    def _entry(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, MADE_AT)
        info.compress_type = zipfile.ZIP_DEFLATED
        return self._zip.open(info, "w", force_zip64=True)

    def _begin_table(self, name: str) -> csv.DictWriter[str]:
        sink = self._waiting[name]
        writer = csv.DictWriter(
            _Lines(sink), TABLES[name].columns, delimiter=";", lineterminator="\r\n"
        )
        sink.write("\ufeff")
        writer.writeheader()
        return writer

    def add(self, records: Sequence[Record]) -> None:
        """Take the next records of the journal; they follow those before without a gap."""
        for record in records:
            if self._span is None:
                self._span = Span(record.seq, record.seq)
                self._hashes = (record.prev_hash.hex(), record.hash.hex())
            elif record.seq != self._span.last + 1:
                raise ValueError(f"record {record.seq} follows {self._span.last}")
            self._span = Span(self._span.first, record.seq)
            self._hashes = (self._hashes[0], record.hash.hex())
            self._journal.write(_json(_of_journal(record)) + "\n")
            if record.type == RecordSigned.__name__:
                event = decode(record)
                if isinstance(event, RecordSigned):
                    self._signed(event)

    def _signed(self, record: RecordSigned) -> None:
        self._count += 1
        self._used.add(record.key_id)
        signed = take_apart(record.canonical)
        chain = self._chains.setdefault(
            record.chain,
            {"first": record.sequence, "previous": signed.previous if signed else ""},
        )
        chain |= {"last": record.sequence, "signature": record.signature}
        if record.chain == "TIK":
            self._receipts = [*self._receipts[:1], record.document]
        self._waiting[RECORDS].write(_json(_of_record(record)) + "\n")
        tables = self._tables_of.get(record.chain, ())
        said = json.loads(record.content) if tables else {}
        for name in tables:
            for row in TABLES[name].rows(record, said, self._issuer):
                self._csv[name].writerow({key: cell(value) for key, value in row.items()})

    def finish(self) -> Made:
        """Put the files together, sign the manifest, and give the archive its name.

        Raises OSError, KeyUnusable, and ValueError when nothing was signed in the period.
        """
        if self._span is None or not self._count:
            raise ValueError("nothing was signed")
        self._digests[JOURNAL] = self._journal.close()
        for name, waiting in self._waiting.items():
            self._digests[name] = waiting.close()
            with (
                gzip.open(self._spool / f"{name}.gz", "rb") as source,
                self._entry(name) as target,
            ):
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    if self._abandoned:
                        raise Abandoned(f"{self._path} is not finished")
        self._put("keys.json", _json(self._keys()) + "\n")
        manifest = self._manifest(self._span)
        self._put("manifest.json", manifest)
        self._put("manifest.sig", self._signer.sign(manifest))
        self._open.close()
        sync_file(self._beside)
        digest = sha256_of_file(self._beside)
        self._beside.rename(self._path)
        sync_directory(self._path.parent)
        last = {name: int(chain["last"]) for name, chain in self._chains.items()}
        return Made(self._path, digest, self._count, MappingProxyType(last))

    def _put(self, name: str, text: str) -> None:
        with self._entry(name) as file:
            file.write(text.encode())
        self._digests[name] = hashlib.sha256(text.encode()).hexdigest()

    def _keys(self) -> list[Row]:
        return [
            {
                "key_id": key_id,
                "algorithm": self._known[key_id].algorithm,
                "public_key": self._known[key_id].public_key,
                "backend": self._known[key_id].backend,
            }
            for key_id in sorted(self._used | {self._signer.key_id})
            if key_id in self._known
        ]

    def _manifest(self, span: Span) -> str:
        before, last = self._hashes
        return _json(
            {
                "format": FORMAT,
                "till": self._issuer.till,
                "software": self._issuer.software,
                "period": {"first": self._period.first, "last": self._period.last},
                "key_id": self._signer.key_id,
                "files": self._digests,
                "chains": self._chains,
                "receipts": {"first": self._receipts[:1], "last": self._receipts[-1:]},
                "journal": {
                    "first": span.first, "last": span.last, "previous": before, "hash": last,
                },
            }
        )  # fmt: skip


class _Lines(io.TextIOBase):
    """What a table's rows are written to."""

    def __init__(self, sink: _Hashed) -> None:
        self._sink = sink

    def write(self, text: str) -> int:
        self._sink.write(text)
        return len(text)


def _of_record(record: RecordSigned) -> Row:
    return {
        "chain": record.chain,
        "sequence": record.sequence,
        "document": record.document,
        "canonical": record.canonical,
        "signature": record.signature,
        "key_id": record.key_id,
        "content": record.content,
    }


def _of_journal(record: Record) -> Row:
    return {
        "seq": record.seq,
        "at_ms": record.at_ms,
        "business_date": record.business_date,
        "type": record.type,
        "version": record.version,
        "payload": record.payload_json,
        "hash": record.hash.hex(),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sync_file(path: Path) -> None:
    """Make a file's bytes durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, read piece by piece. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
