"""Whatever is changed in an archive is found and named, by the program that needs no terminal.

Attackers know everything but the till's key; what one with a key of his own can do is at the end.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.fiscal import verify_archive
from terminal.fiscal.signing import PemSigner, key_id_of, make_key
from terminal.fiscal.verify_archive import Bad, check
from tests.fiscal import some_days
from tests.fiscal.test_tampering import listed

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    data = some_days.make(tmp_path_factory.mktemp("days"))
    (path,) = (data / "archives").glob("*.zip")
    return path


def files_of(archive: Path) -> Files:
    with zipfile.ZipFile(archive) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def packed(files: Mapping[str, bytes], to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in files.items():
            new.writestr(name, data)
    return to


def lines(
    change: Callable[[list[bytes]], list[bytes]], name: str = "records.jsonl"
) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        files[name] = b"".join(change(files[name].splitlines(keepends=True)))

    return changed


def sealed_again(change: Callable[[Files], None]) -> Callable[[Files], None]:
    """Let the manifest agree with the files, as far as that goes without its signature."""

    def changed(files: Files) -> None:
        change(files)
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in files.items() if not name.startswith("manifest")
        }  # fmt: skip
        files["manifest.json"] = json.dumps(manifest).encode()

    return changed


def manifest_edited(files: Files) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b"2026-12-31", b"2026-12-30", 1)


def added(files: Files) -> None:
    files["rectificatif.csv"] = b"x"


def without(name: str) -> Callable[[Files], None]:
    def changed(files: Files) -> None:
        del files[name]

    return changed


def key_added(files: Files) -> None:
    rows = json.loads(files["keys.json"])
    files["keys.json"] = json.dumps([*rows, rows[0]]).encode()


def tables_swapped(files: Files) -> None:
    files["tva.csv"], files["lignes.csv"] = files["lignes.csv"], files["tva.csv"]


JOURNAL = "journal.jsonl"

ATTACKS: Mapping[str, tuple[Callable[[Files], None], str]] = {
    "a record is edited": (
        lines(lambda rows: [rows[0].replace(b"2026", b"2027", 1), *rows[1:]]), "records.jsonl",
    ),
    "a record is deleted": (lines(lambda rows: rows[:5] + rows[6:]), "records.jsonl"),
    "two records are swapped": (
        lines(lambda rows: [rows[1], rows[0], *rows[2:]]), "records.jsonl",
    ),
    "a record is there twice": (lines(lambda rows: [*rows, rows[-1]]), "records.jsonl"),
    "the newest records are cut off": (lines(lambda rows: rows[:-3]), "records.jsonl"),
    "the journal is edited": (
        lines(lambda rows: [rows[0].replace(b"2026", b"2027", 1), *rows[1:]], JOURNAL),
        "journal.jsonl",
    ),
    "a record of the journal is deleted": (
        lines(lambda rows: rows[:5] + rows[6:], JOURNAL), "journal.jsonl",
    ),
    "the journal is removed": (without(JOURNAL), "journal.jsonl"),
    "two files are exchanged": (tables_swapped, "csv"),
    "a file is added": (added, "rectificatif.csv"),
    "a file is removed": (without("tva.csv"), "tva.csv"),
    "the records are removed": (without("records.jsonl"), "records.jsonl"),
    "the keys are removed": (without("keys.json"), "keys.json"),
    "the manifest is removed": (without("manifest.json"), "manifest.json"),
    "the manifest's signature is removed": (without("manifest.sig"), "manifest.sig"),
    "the manifest is edited": (manifest_edited, "manifest"),
    "a key is added": (key_added, "keys.json"),
    "records and manifest are edited to agree": (
        sealed_again(lines(lambda rows: rows[:-3])), "manifest",
    ),
    "a table and the manifest are edited to agree": (sealed_again(tables_swapped), "manifest"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found_and_named(archive, tmp_path, name):
    change, named = ATTACKS[name]
    files = files_of(archive)
    change(files)
    with pytest.raises(Bad, match=named):
        check(packed(files, tmp_path / "spoilt.zip"))


def test_the_page_lists_every_attack_and_the_file_that_it_names():
    wanted = {name: re.sub(r"\\", "", named) for name, (_, named) in ATTACKS.items()}
    wanted |= dict.fromkeys(GAMES, "the ZIP")
    assert listed("What is found in an archive") == wanted


def test_an_archive_packed_anew_with_the_same_files_accuses_nobody(archive, tmp_path):
    assert check(packed(files_of(archive), tmp_path / "again.zip")) == check(archive)


def test_every_file_is_watched(archive, tmp_path):
    """One character in the middle of each, and each emptied: the file is named."""
    for name, data in files_of(archive).items():
        at = len(data) // 2
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else b"\n"
        for spoilt in (changed, *((b"",) if data else ()), data + b" "):
            files = files_of(archive) | {name: spoilt}
            if name == "manifest.sig" and spoilt.strip() == data.strip():
                continue  # white space around a signature
            with pytest.raises(Bad, match=name.split(".", maxsplit=1)[0]):
                check(packed(files, tmp_path / "spoilt.zip"))


def test_the_program_says_it_and_its_exit_code_does(archive, tmp_path):
    files = files_of(archive)
    ATTACKS["a record is deleted"][0](files)
    spoilt = packed(files, tmp_path / "spoilt.zip")
    done = subprocess.run(
        [sys.executable, "-I", verify_archive.__file__, spoilt],
        check=False, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (1, "BAD", "")


# --- games with the ZIP ---------------------------------------------------------------------------


def doubled(whole: bytes) -> bytes:
    """A second file of the same name, which other programs would show in place of the first."""
    out = io.BytesIO(whole)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as opened:
        opened.writestr("tickets.csv", "rien")
    return out.getvalue()


def hidden(whole: bytes) -> bytes:
    """Bytes between the files and the index; the index still finds every file."""
    end = whole.rindex(b"PK\x05\x06")
    (at,) = struct.unpack_from("<L", whole, end + 16)
    tail = bytearray(whole[at:])
    struct.pack_into("<L", tail, end - at + 16, at + 8)
    return whole[:at] + b"hidden!!" + bytes(tail)


def renamed_in_the_index(whole: bytes) -> bytes:
    """The index gives a file another name than its own header."""
    at = whole.rindex(b"tva.csv")
    return whole[:at] + b"TVA.csv" + whole[at + 7 :]


def commented(whole: bytes) -> bytes:
    out = io.BytesIO(whole)
    with zipfile.ZipFile(out, "a") as opened:
        opened.comment = b"approved"
    return out.getvalue()


GAMES: Mapping[str, Callable[[bytes], bytes]] = {
    "a file name is there twice": doubled,
    "data follows the archive": lambda whole: whole + b"more",
    "another archive follows the archive": lambda whole: whole + whole,
    "data stands before the archive": lambda whole: b"#!/bin/sh\n" + whole,
    "data is hidden between the files and the index": hidden,
    "a comment is put on the archive": commented,
    "a file has another name in the index": renamed_in_the_index,
    "the archive is cut off": lambda whole: whole[: len(whole) * 2 // 3],
    "the index is cut off": lambda whole: whole[:-30],
    "the archive is empty": lambda whole: b"",
}


@pytest.mark.parametrize("name", GAMES)
def test_a_game_with_the_zip_is_found(archive, tmp_path, name):
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(GAMES[name](archive.read_bytes()))
    with pytest.raises(Bad):
        check(spoilt)


# --- an attacker with a key of his own ------------------------------------------------------------


class Own:
    """Somebody who signs manifests, and records if he must, with a key of his own."""

    def __init__(self, folder: Path) -> None:
        make_key(folder / "own.pem")
        self.signer = PemSigner.read(folder / "own.pem")

    def put_in(self, files: Files, *, alone: bool = False) -> None:
        rows = [] if alone else json.loads(files["keys.json"])
        public = base64.b64encode(self.signer.public_key).decode()
        row = {"key_id": self.signer.key_id, "algorithm": "ES256", "public_key": public,
               "backend": "file"}  # fmt: skip
        files["keys.json"] = json.dumps([*rows, row]).encode()

    def seal(self, files: Files) -> None:
        sealed_again(lambda _: None)(files)
        manifest = json.loads(files["manifest.json"])
        manifest["key_id"] = self.signer.key_id
        files["manifest.json"] = json.dumps(manifest).encode()
        files["manifest.sig"] = self.signer.sign(files["manifest.json"].decode()).encode()


@pytest.fixture
def own(tmp_path) -> Own:
    return Own(tmp_path)


def test_another_key_of_the_same_name_is_named(archive, own, tmp_path):
    files = files_of(archive)
    (row,) = json.loads(files["keys.json"])
    row["public_key"] = base64.b64encode(own.signer.public_key).decode()
    files["keys.json"] = json.dumps([row]).encode()
    own.seal(files)
    with pytest.raises(Bad, match=r"keys\.json"):
        check(packed(files, tmp_path / "spoilt.zip"))


@pytest.mark.parametrize(
    "change",
    [
        lines(lambda rows: rows[:5] + rows[6:]),
        lines(lambda rows: [rows[1], rows[0], *rows[2:]]),
        lines(lambda rows: [rows[0].replace(b"key ", b"kez ", 1), *rows[1:]]),
    ],
)
def test_records_stay_what_was_signed_at_the_till(archive, own, tmp_path, change):
    """His manifest agrees with the files, and he put his key in: the records do not follow."""
    files = files_of(archive)
    change(files)
    own.put_in(files)
    own.seal(files)
    with pytest.raises(Bad, match="record "):
        check(packed(files, tmp_path / "spoilt.zip"))


def rehashed(rows: list[dict[str, object]], files: Files) -> None:
    """Write a journal whose hashes agree, and name its end in the manifest."""
    manifest = json.loads(files["manifest.json"])
    previous = manifest["journal"]["previous"]
    for row in rows:
        names = ("seq", "at_ms", "business_date", "type", "version", "payload")
        text = "\n".join(str(row[name]) for name in names).encode()
        previous = hashlib.sha256(bytes.fromhex(previous) + text).hexdigest()
        row["hash"] = previous
    manifest["journal"] |= {"last": rows[-1]["seq"], "hash": previous}
    files["manifest.json"] = json.dumps(manifest).encode()
    files[JOURNAL] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.mark.parametrize("change", ["as it was", "a record is edited", "a signature is edited"])
def test_the_journal_of_an_archive_holds_the_signed_records(archive, own, tmp_path, change):
    """A journal under his manifest, hashes and all: the signed records in it are the till's."""
    files = files_of(archive)
    rows = [json.loads(line) for line in files[JOURNAL].splitlines()]
    signed = next(row for row in rows if row["type"] == "RecordSigned")
    if change == "a record is edited":
        signed["payload"] = signed["payload"].replace("key ", "kez ", 1)
    if change == "a signature is edited":
        signed["payload"] = signed["payload"].replace('"signature":"', '"signature":"A', 1)
    rehashed(rows, files)
    own.put_in(files)
    own.seal(files)
    spoilt = packed(files, tmp_path / "spoilt.zip")
    if change == "as it was":
        assert own.signer.key_id in check(spoilt)
        return
    with pytest.raises(Bad, match="its signed records are not those of records"):
        check(spoilt)


def test_an_archive_signed_again_shows_by_the_fingerprint(archive, own, tmp_path):
    """The boundary: tables under his manifest are his. The fingerprint of the till tells."""
    ours = key_id_of(base64.b64decode(json.loads(files_of(archive)["keys.json"])[0]["public_key"]))
    files = files_of(archive)
    tables_swapped(files)
    own.put_in(files)
    own.seal(files)
    spoilt = packed(files, tmp_path / "spoilt.zip")
    assert own.signer.key_id in check(spoilt)
    with pytest.raises(Bad, match=f"signed by key {own.signer.key_id}, not by"):
        check(spoilt, ours)
    assert check(archive, ours) == check(archive)
    assert check(spoilt, ours, own.signer.key_id), "a till that changed its key has two"


scalar = st.none() | st.booleans() | st.integers() | st.text("ab\n\0é", max_size=5) | st.just(2**80)
shallow = scalar | st.lists(scalar, max_size=3) | st.dictionaries(st.text(max_size=3), scalar)
odd = shallow | st.lists(shallow, max_size=2)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["manifest.json", "keys.json", "records.jsonl", JOURNAL]), data=st.data()
)
def test_what_no_till_writes_is_refused_without_a_trace_back(archive, own, tmp_path, name, data):
    """Even under a manifest that an attacker signed: exit code 1, and words."""
    files = files_of(archive)
    own.put_in(files)
    if name in ("records.jsonl", JOURNAL):
        rows = files[name].splitlines()
        at = data.draw(st.integers(0, len(rows) - 1))
        row = json.loads(rows[at])
        row[data.draw(st.sampled_from(sorted(row)))] = data.draw(odd)
        files[name] = b"\n".join([*rows[:at], json.dumps(row).encode(), *rows[at + 1 :]])
    elif name == "keys.json":
        files[name] = json.dumps(data.draw(odd)).encode()
    own.seal(files)
    if name == "manifest.json":
        manifest = json.loads(files[name])
        manifest[data.draw(st.sampled_from(sorted(manifest)))] = data.draw(odd)
        files[name] = json.dumps(manifest).encode()
        files["manifest.sig"] = own.signer.sign(files[name].decode()).encode()
    spoilt = packed(files, tmp_path / "spoilt.zip")
    with suppress(Bad):
        assert check(spoilt)
