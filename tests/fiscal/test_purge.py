"""Archived years leave the till: only what was read back, and what stays proves the rest."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.books import ChainHead
from terminal.core.evolve import evolve
from terminal.core.numbering import receipt_number
from terminal.fiscal.head import Heads, write_heads
from terminal.fiscal.keys import SIGNING_KEY
from terminal.fiscal.signing import PemSigner
from terminal.store.store import DATABASE_NAME, Store
from tests.fiscal.years import FLOUR, archived, noon, sell, stick, two_years
from tests.flows.books import books
from tests.flows.power import switched_on

MONTHS = ("2024-11", "2024-12")


@pytest.fixture(scope="module")
def sold(tmp_path_factory) -> tuple[Path, list[str]]:
    data = tmp_path_factory.mktemp("years") / "shop"
    return data, two_years(data)


@pytest.fixture(scope="module")
def kept(sold, tmp_path_factory) -> Iterator[tuple[Path, Path, list[str]]]:
    """A till whose first two months are archived, and the stick that the archives are on."""
    data, receipts = tmp_path_factory.mktemp("kept") / "shop", sold[1]
    shutil.copytree(sold[0], data)
    with stick(data) as medium:
        archived(data, medium, *MONTHS)
        yield data, medium, receipts


@pytest.fixture
def till(kept, tmp_path) -> Path:
    """A copy of that till."""
    data = tmp_path / "shop"
    shutil.copytree(kept[0], data)
    return data


@pytest.fixture
def medium(kept, tmp_path) -> Iterator[Path]:
    """A copy of that stick."""
    with stick(tmp_path) as path:
        for file in kept[1].iterdir():
            shutil.copy(file, path)
        yield path


def purge(data: Path, medium: Path, before: str = "2025-01-01") -> int:
    return run(["purge", "--before", before, "--data", str(data), "--from", str(medium)])


def archive_of(medium: Path, period: str) -> Path:
    (path,) = medium.glob(f"archive-3001-{period}-[0-9].zip")
    return path


def records(data: Path) -> int:
    with closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        return database.execute("SELECT count(*) FROM journal").fetchone()[0]


def test_two_months_leave_the_till_and_what_stays_agrees(till, medium, capsys):
    size = (till / DATABASE_NAME).stat().st_size
    assert purge(till, medium) == 0
    said = capsys.readouterr().out
    assert "up to 2024-12-31, left the till" in said
    assert all(archive_of(medium, month).name in said for month in MONTHS)
    found = books(till)
    assert found.events["JournalPurged"] == 1
    assert len(found.receipts) == 2, "six receipts of eight are in the archives alone"
    assert run(["verify", "--data", str(till)]) == 0
    said = capsys.readouterr().out
    assert archive_of(medium, "2024-12").name in said
    assert "8 receipts: everything agrees" in said
    assert run(["rebuild", "--data", str(till)]) == 0
    assert "tables that were different: none" in capsys.readouterr().out
    assert (till / DATABASE_NAME).stat().st_size < size
    with closing(Store.open_read_only(till, evolve=evolve)) as store:
        year = store.closure("year", 1)
        assert store.closure("day", 1) is not None
    assert year is not None, "closures and their totals stay for ever"
    assert (year.event.period, year.event.total_minor) == ("2024", 46_500)


def test_the_archives_and_the_till_prove_one_another(till, medium, capsys):
    assert purge(till, medium) == 0
    archives = [str(archive_of(medium, month)) for month in MONTHS]
    store = ["--store", str(till / DATABASE_NAME)]
    assert run(["verify-archive", *archives, *store]) == 0
    assert "goes on where the archives end" in capsys.readouterr().out
    assert run(["verify-archive", archives[0], *store]) == 1
    assert "base" in capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_base SET document = replace(document, '250', '251')",
        "UPDATE journal_base SET hash = zeroblob(32)",
        "DELETE FROM journal_base",
    ],
)
def test_a_forged_base_does_not_follow_its_archives(till, medium, capsys, statement):
    assert purge(till, medium) == 0
    with closing(sqlite3.connect(till / DATABASE_NAME)) as database:
        database.execute(statement)
        database.commit()
    archives = [str(archive_of(medium, month)) for month in MONTHS]
    assert run(["verify-archive", *archives, "--store", str(till / DATABASE_NAME)]) == 1
    assert "base" in capsys.readouterr().out
    assert run(["verify", "--data", str(till)]) == 1


def test_archives_in_a_row_are_read_as_one(medium, capsys):
    files = [str(archive_of(medium, month)) for month in MONTHS]
    assert run(["verify-archive", *files]) == 0
    assert run(["verify-archive", *reversed(files)]) == 1
    assert "begins at" in capsys.readouterr().out


def test_a_purged_receipt_is_refused_with_the_name_of_its_archive(till, medium, kept, capsys):
    old, young = kept[2][0], kept[2][-1]
    assert purge(till, medium) == 0
    assert run(["receipt", old, "--data", str(till)]) == 1
    assert archive_of(medium, "2024-11").name in capsys.readouterr().err

    async def play() -> None:
        with closing(Store.open_read_only(till, evolve=evolve)) as store:
            now = store.load().last_at_ms + 1_000
        async with switched_on(till, clock=ManualClock(at_ms=now)) as running:
            await running.ok("sign_on", operator="9", pin="9999")
            answer = await running.ask("reprint", receipt_number=old)
            assert answer.refused is not None
            assert answer.refused.code == "receipt_archived"
            assert answer.refused.details["file"] == archive_of(medium, "2024-11").name
            assert await running.refused("reprint", receipt_number="123") == "no_such_receipt"
            assert await running.refused("open_receipt", code=old) == "receipt_archived"
            other = receipt_number("82", "4711", 1)
            assert await running.refused("open_receipt", code=other) == "receipt_not_here"
            await running.ok("reprint", receipt_number=young)
            await running.printed()
            number = await sell(running, FLOUR)
            assert int(number[7:17]) == 9, "numbers go on where they were"

    asyncio.run(play())
    assert books(till).events["JournalPurged"] == 1


def test_an_export_of_sales_that_left_names_their_archive(till, medium, tmp_path, capsys):
    """What is made of closures is written as before: they stay."""
    assert purge(till, medium) == 0

    def export(kind: str, period: str, suffix: str) -> int:
        out = tmp_path / f"{kind}-{period}.{suffix}"
        return run(["export", kind, period, "--data", str(till), "--out", str(out)])

    assert export("poslog", "2024-12", "xml") == 1
    assert archive_of(medium, "2024-12").name in capsys.readouterr().err
    assert export("day-journal", "2024-12", "json") == 0


def test_purges_follow_one_another(till, medium, capsys):
    assert purge(till, medium, "2024-12-01") == 0
    assert "up to 2024-11-30" in capsys.readouterr().out
    assert len(books(till).receipts) == 4
    assert purge(till, medium, "2024-12-01") == 1, "nothing is left before that day"
    assert "no archive of a whole" in capsys.readouterr().err
    assert purge(till, medium, "2025-01-01") == 0
    assert len(books(till).receipts) == 2
    with closing(Store.open_read_only(till, evolve=evolve)) as store:
        purges = store.load().purges
    assert [len(one.archives) for one in purges] == [1, 1]
    assert run(["archive", "2025-01", "--data", str(till)]) == 0
    assert len(books(till).receipts) == 2


def test_the_archive_of_a_whole_year_is_preferred(till, medium, capsys):
    archived(till, medium, "2024")
    assert purge(till, medium) == 0
    assert archive_of(medium, "2024").name in capsys.readouterr().out
    with closing(Store.open_read_only(till, evolve=evolve)) as store:
        (one,) = store.load().purges
        codes = jet_codes(store)
    assert [file for file, _, _ in one.archives] == [archive_of(medium, "2024").name]
    assert codes.count(30) == 2, "the year was archived, and copied"


REFUSED = {
    "too young": (lambda _: None, "2999-01-01", "stay in the till"),
    "no day": (lambda _: None, "2025", "is no day"),
    "the archive is not there": (
        lambda medium: archive_of(medium, "2024-11").unlink(), "2025-01-01", "not there",
    ),
    "the archive is another": (
        lambda medium: shutil.copy(archive_of(medium, "2024-12"), archive_of(medium, "2024-11")),
        "2025-01-01",
        "archive-3001-2024-11",
    ),
    "the archive is cut": (
        lambda medium: archive_of(medium, "2024-11").write_bytes(
            archive_of(medium, "2024-11").read_bytes()[:-500]
        ),
        "2025-01-01",
        "cannot be read",
    ),
    "nothing is archived before": (lambda _: None, "2024-11-30", "no archive of a whole"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_must_not_be_purged_is_refused_with_words(till, medium, capsys, why):
    spoil, before, said = REFUSED[why]
    spoil(medium)
    before_it = records(till)
    assert purge(till, medium, before) == 1
    assert said in capsys.readouterr().err
    assert records(till) == before_it


def test_a_copy_beside_the_books_is_none(till, medium, tmp_path, capsys):
    here = tmp_path / "here"
    shutil.copytree(medium, here)
    assert purge(till, here) == 1
    assert "would be lost with them" in capsys.readouterr().err


def test_an_archive_that_was_never_copied_frees_nothing(sold, tmp_path, capsys):
    data = tmp_path / "shop"
    shutil.copytree(sold[0], data)
    assert run(["archive", "2024-11", "--data", str(data)]) == 0
    with stick(data) as medium:
        for file in (data / "archives").iterdir():
            shutil.copy(file, medium)
        assert purge(data, medium) == 1
        assert "reprise archive YEAR --usb" in capsys.readouterr().err


def test_a_journal_that_does_not_prove_itself_is_not_purged(till, medium, capsys):
    with closing(sqlite3.connect(till / DATABASE_NAME)) as database:
        database.execute("UPDATE sales SET total_minor = 1")
        database.commit()
    assert purge(till, medium) == 1
    assert "nothing was purged" in capsys.readouterr().err


def jet_codes(store: Store) -> list[int]:
    signed = [r.payload() for r in store.journal.read() if r.type == "RecordSigned"]
    return [json.loads(one["content"])["code"] for one in signed if one["chain"] == "JET"]


def test_every_operation_is_a_signed_technical_event(till, medium):
    assert purge(till, medium) == 0
    with closing(Store.open_read_only(till, evolve=evolve)) as store:
        codes = jet_codes(store)
        signed = [r.payload() for r in store.journal.read() if r.type == "RecordSigned"]
    assert codes.count(20) == 4, "two months were archived, and copied"
    assert codes[-1] == 960
    archives = [said["canonical"].split(",")[7] for said in signed if said["chain"] == "ARC"]
    assert archives == ["ARCHIVE", "COPIE", "ARCHIVE", "COPIE", "PURGE"]


def test_an_archive_ends_with_the_closure_of_its_period(medium):
    """The year's own closure is written on the first day of the next one."""
    with zipfile.ZipFile(archive_of(medium, "2024-11")) as files:
        first = json.loads(files.read("manifest.json"))
    with zipfile.ZipFile(archive_of(medium, "2024-12")) as files:
        second = json.loads(files.read("manifest.json"))
    assert first["chains"]["GTM"]["last"] == 1
    assert first["chains"]["TIK"]["last"] == 4
    assert second["chains"]["GTA"]["last"] == 1
    assert second["journal"]["first"] == first["journal"]["last"] + 1


def test_a_running_till_is_not_purged(till, medium, capsys):
    async def play() -> int:
        async with switched_on(till, clock=ManualClock(at_ms=noon("2025-01-03"))):
            return purge(till, medium)

    assert asyncio.run(play()) == 1
    assert "in use by another" in capsys.readouterr().err
    assert books(till).events["JournalPurged"] == 0


HEADS = "fiscal-heads.json"


@pytest.mark.parametrize("lost", ["the newest records", "nothing"])
def test_the_head_record_is_compared_behind_a_purge_too(till, medium, kept, capsys, lost):
    """One that is older than the base cannot be looked up; one that is newer must be found."""
    older = (till / "keys" / HEADS).read_bytes()
    assert purge(till, medium) == 0
    newer = (till / "keys" / HEADS).read_bytes()
    assert newer != older
    if lost == "nothing":
        (till / "keys" / HEADS).write_bytes(older)
        assert run(["verify", "--data", str(till)]) == 0
        return
    with closing(sqlite3.connect(till / DATABASE_NAME)) as database:
        database.execute("DROP TRIGGER journal_keeps_all")
        last = "(SELECT max(seq) FROM journal)"
        database.execute(f"DELETE FROM journal WHERE seq > {last} - 2")
        database.execute("DELETE FROM snapshot")
        database.commit()
    capsys.readouterr()
    assert run(["verify", "--json", "--data", str(till)]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert {one["code"] for one in problems} == {"missing", "head"}


def test_a_head_record_older_than_the_base_accuses_nobody(till, medium):
    """What it names is in an archive: neither verify nor a start can look it up."""
    with closing(Store.open_read_only(till, evolve=evolve)) as store:
        record = next(r for r in store.journal.read() if r.type == "RecordSigned")
        now = store.load().last_at_ms + 1_000
    signed = record.payload()
    chains = {signed["chain"]: ChainHead(signed["sequence"], signed["signature"])}
    signer = PemSigner.read(till / "keys" / SIGNING_KEY)
    older = Heads("3001", record.at_ms, signer.key_id, chains, (record.seq, record.hash.hex()))
    assert purge(till, medium) == 0
    write_heads(till / "keys" / HEADS, older, signer)
    assert run(["verify", "--data", str(till)]) == 0

    async def play() -> list[str]:
        async with switched_on(till, clock=ManualClock(at_ms=now)) as running:
            return [notice.kind for notice in running.state.notices]

    assert "books_cut_off" not in asyncio.run(play())


def test_the_commands_of_the_page_work(sold, tmp_path, capsys):
    """Every command of docs/fiscal.md about archives and purges, in its order."""
    page = (Path(__file__).parents[2] / "docs" / "fiscal.md").read_text("utf-8")
    page = (
        page[page.index("## Archives") : page.index("## The key")]
        + page[page.index("## How an auditor") :]
    )
    lines = [line for line in page.splitlines() if line.startswith(("reprise ", "python verify"))]
    data = tmp_path / "shop"
    shutil.copytree(sold[0], data)
    with stick(data) as medium:
        for month in MONTHS:
            archived(data, medium, month)
        with closing(Store.open_read_only(data, evolve=evolve)) as store:
            key = store.load().signing_key
        told = {
            "DIR": str(data), "/media/STICK": str(medium), "FINGERPRINT": key,
            "FIRST.zip": str(archive_of(medium, MONTHS[0])),
            "NEXT.zip": str(archive_of(medium, MONTHS[1])),
        }  # fmt: skip
        tried = 0
        for line in lines:
            for name, value in told.items():
                line = line.replace(name, value)  # noqa: PLW2901 - filled in piece by piece
            program, *words = shlex.split(line)
            if program == "python":
                words[0] = "verify-archive"
            assert run(words) == 0, (line, capsys.readouterr())
            tried += 1
    assert tried >= 5
