"""Checks an archive of a till without the till: only this file, Python and ``cryptography``.

    python verify_archive.py ARCHIVE.zip [--key KEY_ID]

Checked are the files against the manifest, the manifest's signature, every record's signature,
content hash and place in its chain, the receipts' VAT and totals, the perpetual totals from receipt
to receipt, invoices against their receipts, and closures against the receipts since the one before.
``--key`` names the key (or the first characters of its fingerprint) that the till's commissioning
report shows, once for each after a change of keys; without it the keys in the archive are believed,
and shown.  The first bad record is named; exit code 1 then.

This file imports nothing of the terminal on purpose: it repeats a few lines of it, so that the two
can be compared.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

MAX_BYTES = 4 * 1024**3
"""Unpacked: a year of the busiest till is a tenth of it."""
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


def main(arguments: list[str] | None = None) -> int:
    """Check the archive that the command line names."""
    parser = argparse.ArgumentParser(description="Check an archive of a till.")
    parser.add_argument("archive", type=Path)
    parser.add_argument(
        "--key", action="append", default=[], help="fingerprint of a key that may have signed"
    )
    options = parser.parse_args(arguments)
    try:
        told = check(options.archive, *options.key)
    except Bad as bad:
        sys.stdout.write(f"BAD  {bad}\n")
        return 1
    sys.stdout.write(f"OK   {told}\n")
    return 0


def check(path: Path, *wanted: str) -> str:
    """Return what the archive holds; ``wanted`` are the only keys that are believed.

    Raises Bad with the first thing that is wrong.
    """
    try:
        return checked(path, wanted)
    except UNFIT as error:
        raise Bad(f"{path.name}: holds what no till writes ({error!r})") from error


def checked(path: Path, wanted: tuple[str, ...]) -> str:
    """Check an archive whose parts may have any shape. Raises Bad, and what UNFIT names."""
    files = read(path)
    manifest = json_of(files, "manifest.json")
    keys = keys_of(files, wanted)
    text = files["manifest.json"].decode()
    signature = files["manifest.sig"].decode().strip()
    signer = keys.get(str(manifest.get("key_id")))
    if signer is None or not signer(text, signature):
        raise Bad("manifest: the signature is not that of a key of this till")
    listed = manifest["files"]
    for name, digest in listed.items():
        if name not in files:
            raise Bad(f"{name}: listed in the manifest, and not there")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Bad(f"{name}: not as the manifest says")
    extra = set(files) - set(listed) - {"manifest.json", "manifest.sig"}
    if extra:
        raise Bad(f"{min(extra)}: not listed in the manifest")
    records = check_records(files, manifest, keys)
    period = manifest["period"]
    days = f"{period['first']} to {period['last']}"
    return f"till {manifest['till']}, {days}, {records} records, key {', '.join(sorted(keys))}"


def read(path: Path) -> dict[str, bytes]:
    """Return the files of the archive. Raises Bad."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_gapless(archive, path.stat().st_size)
            files = unpacked(archive)
    except (OSError, EOFError, RuntimeError) as error:
        raise Bad(f"{path}: cannot be read ({error})") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise Bad(f"{path}: cannot be read ({error})") from error
    for name in ("manifest.json", "manifest.sig", "keys.json", "records.jsonl"):
        if name not in files:
            raise Bad(f"{name}: is missing")
    return files


def unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the files of an open archive. Raises Bad."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise Bad("too large to be an archive of a till")
    if len({info.filename for info in infos}) != len(infos):
        raise Bad("a file is in it twice")
    return {info.filename: archive.read(info) for info in infos}


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


def json_of(files: dict[str, bytes], name: str) -> Any:
    """Return a file's JSON. Raises Bad."""
    try:
        return json.loads(files[name])
    except ValueError as error:
        raise Bad(f"{name}: cannot be read ({error})") from error


def keys_of(files: dict[str, bytes], wanted: tuple[str, ...]) -> dict[str, Verify]:
    """Return what checks signatures, by key. Raises Bad."""
    keys: dict[str, Verify] = {}
    for row in json_of(files, "keys.json"):
        public = base64.b64decode(row["public_key"])
        fingerprint = hashlib.sha256(public).hexdigest()
        if not is_fingerprint(row["key_id"], fingerprint):
            raise Bad(f"keys.json: key {row['key_id']} is really {fingerprint[:16]}")
        keys[row["key_id"]] = verifier(public, row["key_id"])
        if wanted and not any(is_fingerprint(one, fingerprint) for one in wanted):
            raise Bad(f"keys.json: signed by key {row['key_id']}, not by {', '.join(wanted)}")
    return keys


def is_fingerprint(text: str, whole: str) -> bool:
    """Tell whether a text is a fingerprint, or its beginning and long enough to name a key."""
    return len(text) >= KEY_ID and whole.startswith(text.lower())


def verifier(public: bytes, name: str) -> Verify:
    """Return a function that tells whether a signature is that of a text."""
    try:
        key = serialization.load_der_public_key(public)
    except ValueError as error:
        raise Bad(f"keys.json: key {name} cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Bad(f"keys.json: key {name} is of another kind")

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


def rows(files: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    """Yield the signed records. Raises Bad."""
    for number, line in enumerate(files["records.jsonl"].splitlines(), start=1):
        try:
            row = json.loads(line)
            row["said"] = json.loads(row["content"])
        except (ValueError, KeyError, TypeError) as error:
            raise Bad(f"records.jsonl, line {number}: cannot be read ({error})") from error
        yield row


def check_records(
    files: dict[str, bytes], manifest: dict[str, Any], keys: dict[str, Verify]
) -> int:
    """Check every record; return how many there are. Raises Bad."""
    chains = manifest["chains"]
    at: dict[str, tuple[int, str]] = {}
    books = Books()
    count = 0
    for row in rows(files):
        count += 1
        name = f"record {row['chain']} {row['sequence']} ({row['document']})"
        place = chains.get(row["chain"])
        if place is None:
            raise Bad(f"{name}: the manifest knows no such chain")
        sequence, previous = at.get(row["chain"], (place["first"] - 1, place["previous"]))
        if row["sequence"] != sequence + 1:
            raise Bad(f"{name}: {row['chain']} {sequence + 1} is missing before it")
        check_record(row, previous, keys, name)
        books.check(row, name)
        at[row["chain"]] = row["sequence"], row["signature"]
    for chain, place in chains.items():
        if at.get(chain) != (place["last"], place["signature"]):
            raise Bad(f"chain {chain}: does not end at record {place['last']}")
    return count


def check_record(row: dict[str, Any], previous: str, keys: dict[str, Verify], name: str) -> None:
    """Check one record's signature, content and place. Raises Bad."""
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
