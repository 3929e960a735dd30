"""Checks archives of a till without the till: only this file, Python and ``cryptography``.

    python verify_archive.py ARCHIVE.zip ... [--key KEY_ID] ... [--store store.db]

Checked are the files against the manifest, the manifest's signature, every record's signature,
content hash and place in its chain, the receipts' VAT and totals, the perpetual totals from receipt
to receipt, invoices against their receipts, closures against the receipts since the one before, and
the journal's chain of hashes.  Several archives are read as one: each must follow the one before.
``--store`` names the till's database, whose first records may have been purged: what it begins with
must be what the last archive ends with, the record of the purge must be signed, and every signed
record since must follow.  ``--key`` names the key (or the first characters of its fingerprint) that
the till's commissioning report shows, once for each after a change of keys; without it the keys in
the archive are believed, and shown.  The first bad record is named; exit code 1 then.

This file imports nothing of the terminal on purpose: it repeats a few lines of it, so that the two
can be compared.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sqlite3
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

MAX_BYTES = 8 * 1024**3
"""Unpacked: a year of the busiest till is a tenth of it."""
MAX_SMALL_BYTES = 16 * 1024**2
"""A manifest, or the keys."""
CHUNK = 1 << 20
HALF = 32
LOCAL_HEADER, INDEX_ENTRY = 30, 46
INDEX_ENDS = (22, 98)
"""Bytes of the end of a ZIP's index, and of one with sizes of 64 bits."""
KEY_ID = 16
"""Characters of a fingerprint that name a key, at least."""
UNFIT = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError)
"""What values raise that no till writes."""
Verify = Callable[[str, str], bool]


class Bad(Exception):
    """What is wrong first."""


@dataclass
class Seen:
    """What archives said so far, one after the other."""

    keys: dict[str, Verify] = field(default_factory=dict)
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Last record of each chain, and its signature."""
    journal: tuple[int, str] | None = None
    """Last record of the journal, and its hash."""
    till: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each archive, by the name of its file."""
    last_receipt: str = ""
    signed: Any = field(default_factory=hashlib.sha256)
    """Digest of the signed records of the archive that is read."""
    books: Books = field(default_factory=lambda: Books())  # noqa: PLW0108 - it is defined below


def main(arguments: list[str] | None = None) -> int:
    """Check the archives that the command line names."""
    parser = argparse.ArgumentParser(description="Check archives of a till.")
    parser.add_argument("archive", type=Path, nargs="+", help="in the order of time")
    parser.add_argument(
        "--key", action="append", default=[], help="fingerprint of a key that may have signed"
    )
    parser.add_argument("--store", type=Path, help="the till's database, to follow the archives")
    options = parser.parse_args(arguments)
    seen = Seen()
    try:
        for archive in options.archive:
            sys.stdout.write(f"OK   {follow(seen, archive, *options.key)}\n")
        if options.store:
            sys.stdout.write(f"OK   {follow_store(seen, options.store, *options.key)}\n")
    except Bad as bad:
        sys.stdout.write(f"BAD  {bad}\n")
        return 1
    return 0


def check(path: Path, *wanted: str) -> str:
    """Return what one archive holds; ``wanted`` are the only keys that are believed.

    Raises Bad with the first thing that is wrong.
    """
    return follow(Seen(), path, *wanted)


def follow(seen: Seen, path: Path, *wanted: str) -> str:
    """Check an archive behind those that were seen; return what it holds. Raises Bad."""
    try:
        return followed(seen, path, wanted)
    except UNFIT as error:
        raise Bad(f"{path.name}: holds what no till writes ({error!r})") from error


def followed(seen: Seen, path: Path, wanted: tuple[str, ...]) -> str:
    """Check an archive whose parts may have any shape. Raises Bad, and what UNFIT names."""
    with opened(path) as archive:
        manifest = json_of(archive, "manifest.json")
        keys = keys_of(archive, wanted)
        text = small(archive, "manifest.json").decode()
        signature = small(archive, "manifest.sig").decode().strip()
        signer = keys.get(str(manifest.get("key_id")))
        if signer is None or not signer(text, signature):
            raise Bad("manifest: the signature is not that of a key of this till")
        check_files(archive, manifest["files"])
        check_place(seen, manifest)
        seen.keys |= keys
        count = check_records(archive, manifest, seen)
        check_journal(archive, manifest, seen)
    seen.till = manifest["till"]
    seen.last_receipt = next(iter(manifest.get("receipts", {}).get("last", ())), seen.last_receipt)
    with path.open("rb") as file:
        seen.digests[path.name] = sha256(file)
    period = manifest["period"]
    days = f"{period['first']} to {period['last']}"
    return f"till {manifest['till']}, {days}, {count} records, key {', '.join(sorted(keys))}"


def check_files(archive: zipfile.ZipFile, listed: dict[str, str]) -> None:
    """Compare every file with the manifest. Raises Bad."""
    names = set(archive.namelist())
    for name, digest in listed.items():
        if name not in names:
            raise Bad(f"{name}: listed in the manifest, and not there")
        with archive.open(name) as file:
            if sha256(file) != digest:
                raise Bad(f"{name}: not as the manifest says")
    extra = names - set(listed) - {"manifest.json", "manifest.sig"}
    if extra:
        raise Bad(f"{min(extra)}: not listed in the manifest")


def check_place(seen: Seen, manifest: dict[str, Any]) -> None:
    """Check that an archive follows the one before it, chain by chain. Raises Bad."""
    if not seen.till:
        return
    if manifest["till"] != seen.till:
        raise Bad(f"manifest: of till {manifest['till']}, not of {seen.till}")
    for chain, place in manifest["chains"].items():
        last, signature = seen.chains.get(chain, (0, ""))
        if (place["first"], place["previous"]) != (last + 1, signature):
            raise Bad(
                f"chain {chain}: begins at {place['first']}, the archive before ends at {last}"
            )
    journal = manifest.get("journal")
    if journal and seen.journal and seen.journal != (journal["first"] - 1, journal["previous"]):
        raise Bad(f"journal: begins at {journal['first']}, not behind {seen.journal[0]}")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; whatever cannot be read of it is Bad."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_gapless(archive, path.stat().st_size)
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_BYTES:
                raise Bad("too large to be an archive of a till")
            names = {info.filename for info in infos}
            if len(names) != len(infos):
                raise Bad("a file is in it twice")
            for name in ("manifest.json", "manifest.sig", "keys.json", "records.jsonl"):
                if name not in names:
                    raise Bad(f"{name}: is missing")
            yield archive
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise Bad(f"{path}: cannot be read ({error})") from error


def check_gapless(archive: zipfile.ZipFile, size: int) -> None:
    """Check that every byte of the ZIP belongs to a file in it or to its index. Raises Bad.

    What stands before, between or behind the files is shown by no program, and could be read
    by another than was checked here (PKWARE APPNOTE 4.3.6 to 4.3.16).
    """
    end = 0
    source = archive.fp
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    for info in infos:
        if source is None or info.header_offset != end:
            raise Bad(f"bytes that belong to no file stand before {info.filename}")
        source.seek(info.header_offset)
        header = source.read(LOCAL_HEADER)
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        end += LOCAL_HEADER + names + info.compress_size
    index = sum(
        INDEX_ENTRY + len(info.filename.encode()) + len(info.extra) + len(info.comment)
        for info in infos
    )
    if archive.start_dir != end or archive.comment or size - end - index not in INDEX_ENDS:
        raise Bad("bytes that belong to no file stand behind the files")


def sha256(file: Any) -> str:
    """Return the SHA-256 of an open file, in hexadecimal."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def small(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a small file whole. Raises Bad."""
    if archive.getinfo(name).file_size > MAX_SMALL_BYTES:
        raise Bad(f"{name}: too large")
    return archive.read(name)


def json_of(archive: zipfile.ZipFile, name: str) -> Any:
    """Return a small file's JSON. Raises Bad."""
    try:
        return json.loads(small(archive, name))
    except ValueError as error:
        raise Bad(f"{name}: cannot be read ({error})") from error


def keys_of(archive: zipfile.ZipFile, wanted: tuple[str, ...]) -> dict[str, Verify]:
    """Return what checks signatures, by key. Raises Bad."""
    return keys_in(json_of(archive, "keys.json"), wanted, "keys.json")


def keys_in(told: list[dict[str, str]], wanted: tuple[str, ...], where: str) -> dict[str, Verify]:
    """Return what checks signatures with the keys that were told, by key. Raises Bad."""
    keys: dict[str, Verify] = {}
    for row in told:
        public = base64.b64decode(row["public_key"])
        fingerprint = hashlib.sha256(public).hexdigest()
        if not is_fingerprint(row["key_id"], fingerprint):
            raise Bad(f"{where}: key {row['key_id']} is really {fingerprint[:16]}")
        keys[row["key_id"]] = verifier(public, row["key_id"], where)
        if wanted and not any(is_fingerprint(one, fingerprint) for one in wanted):
            raise Bad(f"{where}: signed by key {row['key_id']}, not by {', '.join(wanted)}")
    return keys


def is_fingerprint(text: str, whole: str) -> bool:
    """Tell whether a text is a fingerprint, or its beginning and long enough to name a key."""
    return len(text) >= KEY_ID and whole.startswith(text.lower())


def verifier(public: bytes, name: str, where: str) -> Verify:
    """Return a function that tells whether a signature is that of a text."""
    try:
        key = serialization.load_der_public_key(public)
    except ValueError as error:
        raise Bad(f"{where}: key {name} cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Bad(f"{where}: key {name} is of another kind")

    def verifies(text: str, signature: str) -> bool:
        try:
            raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
            r, s = int.from_bytes(raw[:HALF], "big"), int.from_bytes(raw[HALF:], "big")
            der = utils.encode_dss_signature(r, s)
            key.verify(der, text.encode(), ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        # The last character has bits to spare: only one way to write it is the signature.
        written = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return len(raw) == 2 * HALF and written == signature

    return verifies


def rows(archive: zipfile.ZipFile, name: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON of each line. Raises Bad."""
    with archive.open(name) as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                row["said"] = json.loads(row["content" if "content" in row else "payload"])
            except (ValueError, KeyError, TypeError) as error:
                raise Bad(f"{name}, line {number}: cannot be read ({error})") from error
            yield row


def check_records(archive: zipfile.ZipFile, manifest: dict[str, Any], seen: Seen) -> int:
    """Check every signed record; return how many there are. Raises Bad."""
    chains = manifest["chains"]
    at: dict[str, tuple[int, str]] = {}
    count = 0
    seen.signed = hashlib.sha256()
    for row in rows(archive, "records.jsonl"):
        count += 1
        name = name_of(row)
        place = chains.get(row["chain"])
        if place is None:
            raise Bad(f"{name}: the manifest knows no such chain")
        before = at.get(row["chain"], (place["first"] - 1, place["previous"]))
        check_record(row, before, seen.keys, name)
        seen.books.check(row, name)
        seen.signed.update(signed_of(row))
        at[row["chain"]] = row["sequence"], row["signature"]
    for chain, place in chains.items():
        if at.get(chain) != (place["last"], place["signature"]):
            raise Bad(f"chain {chain}: does not end at record {place['last']}")
    seen.chains |= at
    return count


def check_journal(archive: zipfile.ZipFile, manifest: dict[str, Any], seen: Seen) -> None:
    """Check the journal's chain of hashes, and its signed records against those. Raises Bad."""
    journal = manifest.get("journal")
    if journal is None:
        return
    number, previous = journal["first"] - 1, journal["previous"]
    signed = hashlib.sha256()
    for row in rows(archive, "journal.jsonl"):
        number += 1
        if row["seq"] != number:
            raise Bad(f"journal.jsonl: record {number} is missing before {row['seq']}")
        head = "\n".join(
            str(row[name]) for name in ("seq", "at_ms", "business_date", "type", "version")
        )
        text = f"{head}\n{row['payload']}".encode()
        previous = hashlib.sha256(bytes.fromhex(previous) + text).hexdigest()
        if previous != row["hash"]:
            raise Bad(f"journal.jsonl: record {number} ({row['type']}) is not as it was written")
        if row["type"] == "RecordSigned":
            signed.update(signed_of(row["said"]))
    if (number, previous) != (journal["last"], journal["hash"]):
        raise Bad(f"journal.jsonl: does not end at record {journal['last']}")
    if signed.digest() != seen.signed.digest():
        raise Bad("journal.jsonl: its signed records are not those of records.jsonl")
    seen.journal = number, previous


def signed_of(row: dict[str, Any]) -> bytes:
    """Return what makes a signed record the one that it is."""
    return f"{row['chain']},{row['document']},{row['content']},{row['signature']}\n".encode()


def name_of(row: dict[str, Any]) -> str:
    """Return what a signed record is called in a verdict."""
    return f"record {row['chain']} {row['sequence']} ({row['document']})"


def check_record(
    row: dict[str, Any], before: tuple[int, str], keys: dict[str, Verify], name: str
) -> None:
    """Check one record's signature, content and place. Raises Bad."""
    sequence, previous = before
    if row["sequence"] != sequence + 1:
        raise Bad(f"{name}: {row['chain']} {sequence + 1} is missing before it")
    key = keys.get(row["key_id"])
    if key is None:
        raise Bad(f"{name}: signed by a key that is not in the archive")
    if not key(row["canonical"], row["signature"]):
        raise Bad(f"{name}: the signature is not that of the record")
    parts = row["canonical"].split(",")
    if parts[1] != row["chain"] or parts[-3] != row["key_id"]:
        raise Bad(f"{name}: the signed text is of another chain or key")
    if parts[-1] != previous or parts[-2] != ("O" if previous else "N"):
        raise Bad(f"{name}: does not follow the record before it")
    if hashlib.sha256(row["content"].encode()).hexdigest() != parts[-4]:
        raise Bad(f"{name}: the content is not what was signed")


def follow_store(seen: Seen, path: Path, *wanted: str) -> str:
    """Check that a till's database goes on where the archives end. Raises Bad."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            count = check_live(seen, database, wanted)
    except (sqlite3.Error, *UNFIT) as error:
        raise Bad(f"{path}: cannot be read ({error})") from error
    return f"{path.name} goes on where the archives end, {count} signed records since"


def check_live(seen: Seen, database: sqlite3.Connection, wanted: tuple[str, ...]) -> int:
    """Check the base, the record of its purge, and every signed record since. Raises Bad."""
    row = database.execute("SELECT seq, hash, document FROM journal_base").fetchone()
    if row is None:
        raise Bad("the journal has no base: nothing was purged")
    seq, digest, document = row
    if seen.journal != (seq, bytes(digest).hex()):
        raise Bad(f"base: of record {seq}, the archives end at {(seen.journal or (0,))[0]}")
    state = json.loads(json.loads(document)["state"])
    heads = {name: (head["sequence"], head["signature"]) for name, head in state["chains"].items()}
    if heads != seen.chains:
        raise Bad("base: its chains do not end where the archives' do")
    if seen.books.perpetual not in (None, state["books"]["perpetual_minor"]):
        raise Bad(f"base: the perpetual total is not {seen.books.perpetual}")
    count, purged = 0, ""
    base = hashlib.sha256(document.encode()).hexdigest()
    wanted_types = "('RecordSigned', 'SigningKeyAdopted')"
    for kind, payload in database.execute(
        f"SELECT type, payload FROM journal WHERE type IN {wanted_types} ORDER BY seq"  # noqa: S608
    ):
        said = json.loads(payload)
        if kind == "SigningKeyAdopted":
            seen.keys |= keys_in([said], wanted, "journal")
            continue
        name = name_of(said)
        check_record(said, seen.chains.get(said["chain"], (0, "")), seen.keys, name)
        seen.chains[said["chain"]] = said["sequence"], said["signature"]
        count += 1
        if said["chain"] == "ARC":
            purged = json.loads(said["content"]).get("base_sha256", purged)
    if purged != base:
        raise Bad("base: it is not the one that the signed record of the purge names")
    return count


class Books:
    """Adds the receipts up and compares: with themselves, with totals, with closures."""

    def __init__(self) -> None:
        self.perpetual: int | None = None
        self.open: dict[str, list[int] | None] = {"GTJ": None, "GTM": None, "GTA": None}
        """Count and sum since the last closure; None until one was seen: the period before an
        archive began is not in it."""
        self.ticket: dict[str, Any] = {}
        self.came_to: dict[str, int] = {}
        """Receipt number -> total."""

    def check(self, row: dict[str, Any], name: str) -> None:
        """Check what a record says. Raises Bad."""
        said = row["said"]
        if row["chain"] == "TIK":
            self.receipt(said, name)
        elif row["chain"] == "GTT":
            self.totals(said, name)
        elif row["chain"] == "FAC":
            self.invoice(said, name)
        elif row["chain"] in self.open:
            self.closure(row["chain"], said, name)

    def receipt(self, said: dict[str, Any], name: str) -> None:
        total = said["total_minor"]
        if sum(net + vat for _, net, vat, _ in said["vat"]) != total:
            raise Bad(f"{name}: net and VAT do not add up to {total}")
        lines = sum(line["net_minor"] - line["foot_minor"] for line in said["lines"])
        if lines != total:
            raise Bad(f"{name}: the lines come to {lines}, the receipt to {total}")
        booked = sum(t["amount_minor"] for t in said["tenders"] if t["status"] == "booked")
        if booked - said["change_minor"] - said["rounding_minor"] != total:
            raise Bad(f"{name}: {booked} was paid for {total}")
        self.ticket = said
        self.came_to[said["receipt_number"]] = total
        for period in self.open.values():
            if period is not None:
                period[0] += 1
                period[1] += total

    def invoice(self, said: dict[str, Any], name: str) -> None:
        """An invoice says what its receipt said, and adds nothing."""
        total = said["total_minor"]
        if sum(net + vat for _, net, vat, _ in said["vat"]) != total:
            raise Bad(f"{name}: net and VAT do not add up to {total}")
        receipt = self.came_to.get(said["receipt_number"], total)
        if receipt != total:
            raise Bad(f"{name}: invoices {total} for a receipt of {receipt}")

    def totals(self, said: dict[str, Any], name: str) -> None:
        number = said["receipt_number"]
        if (
            self.ticket.get("receipt_number") != number
            or self.ticket["total_minor"] != said["total_minor"]
        ):
            raise Bad(f"{name}: not the totals of the receipt before it")
        expected = said["perpetual_minor"] - said["total_minor"]
        if self.perpetual is not None and expected != self.perpetual:
            raise Bad(f"{name}: the perpetual total was {self.perpetual}, not {expected}")
        self.perpetual = said["perpetual_minor"]

    def closure(self, chain: str, said: dict[str, Any], name: str) -> None:
        period = self.open[chain]
        found = (said["count"], said["total_minor"])
        if period is not None and tuple(period) != found:
            raise Bad(f"{name}: closes {found[1]}, the receipts come to {period[1]}")
        if self.perpetual is not None and said["perpetual_minor"] != self.perpetual:
            raise Bad(f"{name}: the perpetual total is {self.perpetual}")
        self.open[chain] = [0, 0]


if __name__ == "__main__":
    sys.exit(main())
