"""The archive: open, proved without the terminal, and whatever is touched in it is named."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from terminal.cli.archive import period_of
from terminal.cli.main import run
from terminal.fiscal import verify_archive
from terminal.fiscal.signing import PemSigner
from terminal.fiscal.verify_archive import Bad, check
from terminal.settings import ConfigError
from tests.fiscal.years import a_day, table
from tests.flows.books import books


@pytest.fixture(scope="module")
def french(tmp_path_factory) -> Path:
    return a_day(tmp_path_factory.mktemp("books") / "shop")


@pytest.fixture(scope="module")
def archive(french, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("out")
    assert run(["archive", "2026-11", "--data", str(french), "--out", str(out)]) == 0
    (path,) = out.glob("*.zip")
    return path


def test_an_archive_proves_itself_and_is_in_the_books(french, archive):
    assert "3001, 2026-11-01 to 2026-11-30" in check(archive)
    assert books(french).events["ArchiveMade"] == 1


def test_it_is_checked_by_a_program_that_has_nothing_of_the_terminal(archive, tmp_path):
    alone = tmp_path / "verify_archive.py"
    alone.write_bytes(Path(verify_archive.__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", alone, archive],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout[:2]) == (0, "OK"), done


def test_its_tables_say_what_was_sold(archive):
    tickets = table(archive, "tickets.csv")
    assert [row["ENC-TIK-TOT-TTC"] for row in tickets] == ["15000", "15250", "250"]
    assert len(table(archive, "lignes.csv")) == 4
    assert [row["ENC-TIK-REG-TYP"] for row in table(archive, "reglements.csv")] == ["cash"] * 3
    assert table(archive, "totaux.csv")[-1]["ENC-GTT-PER-TTC"] == "30500"
    assert table(archive, "periodes.csv")[0]["ENC-GTP-TTC"] == "30500"
    assert len(table(archive, "duplicatas.csv")) == 1
    assert table(archive, "jet.csv")[0]["JET-EVT-NUM"] == "260"


def documented(start: str) -> str:
    """Return the command of docs/fiscal.md that begins so."""
    page = (Path(__file__).parents[2] / "docs" / "fiscal.md").read_text("utf-8")
    return next(line for line in page.splitlines() if line.startswith(start))


def test_openssl_checks_a_single_record_as_the_page_says(archive, tmp_path):
    """Nobody must trust our code: every command is the one that docs/fiscal.md gives."""
    with zipfile.ZipFile(archive) as files:
        records = [json.loads(line) for line in files.read("records.jsonl").splitlines()]
        key = json.loads(files.read("keys.json"))[0]
    for record in records:
        (tmp_path / "signed").write_text(record["canonical"], "utf-8")
        commands = "\n".join(
            (
                documented("base64 -d").replace("PUBLIC_KEY", key["public_key"]),
                documented("python3 -c").replace("SIGNATURE", record["signature"]),
                documented("openssl dgst"),
                documented("printf %s").partition("#")[0],
            )
        )
        done = subprocess.run(
            ["bash", "-euc", commands],
            check=False, capture_output=True, text=True, cwd=tmp_path,
            env={**os.environ, "CONTENT": record["content"]},
        )  # fmt: skip
        verdict, digest = done.stdout.splitlines()
        assert verdict == "Verified OK", (record, done.stderr)
        assert digest.split()[0] == record["canonical"].split(",")[-4]


def rewritten(archive: Path, to: Path, change) -> Path:
    """Copy an archive, each file as ``change(name, text)`` returns it; None leaves it out."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            text = change(info.filename, old.read(info).decode())
            if text is not None:
                new.writestr(info.filename, text)
    return to


def lines(change):
    def changed(name: str, text: str) -> str:
        if name != "records.jsonl":
            return text
        return "".join(change(text.splitlines(keepends=True)))

    return changed


TOUCHED = {
    "an amount in a table": (
        lambda name, text: text.replace("15250", "15150") if name == "tickets.csv" else text,
        "tickets.csv",
    ),
    "a record left out": (lines(lambda rows: rows[:7] + rows[8:]), "records.jsonl"),
    "two records swapped": (
        lines(lambda rows: [*rows[:3], rows[4], rows[3], *rows[5:]]), "records.jsonl",
    ),
    "the tail cut off": (lines(lambda rows: rows[:-2]), "records.jsonl"),
    "a record twice": (lines(lambda rows: [*rows, rows[-1]]), "records.jsonl"),
    "a file left out": (lambda name, text: None if name == "jet.csv" else text, "jet.csv"),
    "the manifest": (
        lambda name, text: text.replace("3001", "3002") if name == "manifest.json" else text,
        "manifest",
    ),
    "the manifest's signature": (
        lambda name, text: text[::-1] if name == "manifest.sig" else text, "manifest",
    ),
    "a record of the journal": (
        lambda name, text: text.replace("LineAdded", "LineVoided", 1)
        if name == "journal.jsonl" else text,
        "journal.jsonl",
    ),
    "the key": (
        lambda name, text: text.replace("M", "N", 1) if name == "keys.json" else text, "keys.json",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TOUCHED)
def test_whatever_is_touched_is_named(archive, tmp_path, what):
    change, named = TOUCHED[what]
    spoilt = rewritten(archive, tmp_path / "spoilt.zip", change)
    with pytest.raises(Bad, match=named):
        check(spoilt)


def test_records_are_checked_even_under_a_manifest_that_agrees_with_them(archive, french, tmp_path):
    """Who has the key can sign a manifest; the records still say what was signed at the till."""
    signer = PemSigner.read(french / "keys" / "fiscal-key.pem")

    def forged(rows):
        at = next(n for n, row in enumerate(rows) if "15250" in row)
        row = json.loads(rows[at])
        row["content"] = row["content"].replace("15250", "15150")
        return [*rows[:at], json.dumps(row) + "\n", *rows[at + 1 :]]

    spoilt = rewritten(archive, tmp_path / "a.zip", lines(forged))
    with zipfile.ZipFile(spoilt) as files:
        digest = hashlib.sha256(files.read("records.jsonl")).hexdigest()
        manifest = json.loads(files.read("manifest.json"))
    manifest["files"]["records.jsonl"] = digest
    text = json.dumps(manifest)
    again = rewritten(
        spoilt, tmp_path / "b.zip",
        lambda name, old: text if name == "manifest.json"
        else signer.sign(text) if name == "manifest.sig" else old,
    )  # fmt: skip
    with pytest.raises(Bad, match=r"record [A-Z]{3} \d+ .*(content|signature)"):
        check(again)


def test_another_till_is_not_believed(archive):
    with pytest.raises(Bad, match="not by"):
        check(archive, "0123456789abcdef")


@pytest.mark.parametrize("rubbish", [b"", b"PK\x03\x04", b"no archive" * 100])
def test_a_file_that_is_no_archive_is_refused(tmp_path, rubbish):
    (tmp_path / "x.zip").write_bytes(rubbish)
    with pytest.raises(Bad):
        check(tmp_path / "x.zip")


def test_every_flipped_byte_is_noticed_or_changes_nothing(archive, tmp_path):
    """Bit rot on a stick: what is still accepted says exactly what the original says."""
    whole = archive.read_bytes()
    original = check(archive)
    for at in range(0, len(whole), max(1, len(whole) // 60)):
        spoilt = tmp_path / "spoilt.zip"
        spoilt.write_bytes(whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :])
        try:
            assert check(spoilt) == original
        except Bad:
            continue


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-11-28", "2026-11-28", "2026-11-28"),
    ],
)
def test_periods(text, first, last):
    period = period_of(text)
    assert (period.first, period.last, period.name) == (first, last, text)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-02-30", "november"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ConfigError):
        period_of(text)
