"""Archives made and copied while the till sells (fiscal: archiving, conservation)."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.clock import ManualClock
from terminal.fiscal.verify_archive import check
from tests.conftest import Shop
from tests.fiscal.years import FLOUR, noon, sell, stick, two_years
from tests.flows.books import books
from tests.flows.power import Till, switched_on

PERIOD = "2024-11"


@pytest.fixture(scope="module")
def sold(tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("years") / "shop"
    two_years(data)
    return data


@pytest.fixture
def data(sold, tmp_path) -> Path:
    copy = tmp_path / "shop"
    shutil.copytree(sold, copy)
    return copy


@pytest.fixture
def medium(tmp_path) -> Iterator[Path]:
    with stick(tmp_path) as path:
        yield path


def started(data: Path, medium: Path | None = None, day: str = "2025-01-03"):
    settings = {"fiscal.archive_folder": str(medium)} if medium else {}
    return switched_on(data, clock=ManualClock(at_ms=noon(day)), settings=settings)


async def signed_on(till: Till) -> None:
    await till.ok("sign_on", operator="9", pin="9999")


def archives(data: Path) -> list[Path]:
    return sorted((data / "archives").glob("*"))


def test_an_archive_is_made_while_the_till_sells(data):
    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            begun = await till.ok("archive", period=PERIOD, wait=False)
            assert begun.events == ()
            assert await till.refused("archive", period="2024-12") == "archive_running"
            await sell(till, FLOUR, FLOUR)
            await till.until(lambda: till.running.terminal.back_office.archiving.progress is None)
            found = (await till.ok("archives")).found
            assert found["archive_progress"] is None
            (made,) = found["archives"]
            assert (made.first_day, made.last_day, made.copies) == ("2024-11-01", "2024-11-30", ())

    asyncio.run(play())
    (path,) = archives(data)
    assert f"till 3001, {PERIOD}-01 to {PERIOD}-30" in check(path)
    assert books(data).events["ArchiveMade"] == 1


def test_an_archive_that_the_books_do_not_know_makes_room(data):
    """A cut left it, whole and under its name, before it was recorded."""
    left = data / "archives" / f"archive-3001-{PERIOD}-1.zip"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"left by a cut")

    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            await till.ok("archive", period=PERIOD)

    asyncio.run(play())
    check(left)
    assert left.with_suffix(".unrecorded.zip").read_bytes() == b"left by a cut"


def test_progress_is_told_step_by_step(data, medium):
    async def play() -> list[tuple[str, int]]:
        steps = []
        async with started(data, medium) as till:
            await signed_on(till)
            archiving = till.running.terminal.back_office.archiving

            def look() -> None:
                if archiving.progress is not None:
                    steps.append((archiving.progress.step, archiving.progress.done))

            till.running.subscribe(look)
            await till.ok("archive", period=PERIOD, copy=True)
        return steps

    steps = asyncio.run(play())
    assert [step for step, _ in dict(steps).items()] == ["reading", "checking", "copying"]
    assert dict(steps)["copying"] == archives(data)[0].stat().st_size


def test_a_copy_is_read_back_and_then_in_the_books(data, medium):
    async def play() -> None:
        async with started(data, medium) as till:
            await signed_on(till)
            answer = await till.ok("archive", period="2024", copy=True)
            names = [type(event).__name__ for event in answer.events]
            assert names[0] == "ArchiveMade"
            assert "ArchiveCopied" in names
            assert answer.found["told"].key == "told.archive_copied"
            await till.ok("copy_archive", file=archives(data)[0].name)
            (made,) = (await till.ok("archives")).found["archives"]
            assert [copy.external for copy in made.copies] == [True, True]
            assert made.copies[0].medium == medium.name

    asyncio.run(play())
    (path,) = archives(data)
    assert (medium / path.name).read_bytes() == path.read_bytes()
    assert books(data).events["ArchiveCopied"] == 2


def test_a_copy_that_failed_is_not_in_the_books(data, medium):
    (medium / ".archive-3001-2024-11-1.zip.part").symlink_to("/dev/full")

    async def play() -> None:
        async with started(data, medium) as till:
            await signed_on(till)
            answer = await till.ask("archive", period=PERIOD, copy=True)
            assert answer.refused is not None
            assert answer.refused.code == "copy_failed"
            assert "No space left" in str(answer.refused.details["why"])
            (made,) = (await till.ok("archives")).found["archives"]
            assert made.copies == ()
            await till.ok("copy_archive", file=made.file)

    asyncio.run(play())
    assert books(data).events["ArchiveCopied"] == 1


def test_what_cannot_be_archived_is_refused_in_words(data, tmp_path):
    async def play() -> None:
        async with started(data, tmp_path / "none") as till:
            await signed_on(till)
            assert await till.refused("archive", period="november") == "bad_period"
            assert await till.refused("archive", period="2023") == "nothing_to_archive"
            assert await till.refused("copy_archive", file="a.zip") == "no_such_archive"
            assert await till.refused("archive", period=PERIOD, copy=True) == "no_medium"
            assert await till.ok("archives")

    asyncio.run(play())
    assert books(data).events["ArchiveMade"] == 1, "the copy alone was missing"


def test_a_failure_in_the_background_becomes_a_notice(data):
    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            await till.ok("archive", period="2023", wait=False)
            await till.until(lambda: any(n.kind == "archive_failed" for n in till.state.notices))

    asyncio.run(play())
    assert books(data).events["ArchiveMade"] == 0


def test_a_cashier_needs_a_supervisor_and_both_are_recorded(data):
    async def play() -> None:
        async with started(data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            assert await till.refused("archive", period=PERIOD) == "right_required"
            allowed = {"operator": "9", "pin": "9999"}
            answer = await till.ok("archive", period=PERIOD, authorised_by=allowed)
            names = [type(event).__name__ for event in answer.events]
            assert names[0] == "AuthorityGiven"
            assert "ArchiveMade" in names

    asyncio.run(play())


def test_a_till_that_signs_nothing_has_no_archives(tmp_path):
    data = Shop(tmp_path / "plain").create().data

    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            assert await till.refused("archive", period=PERIOD) == "no_archives"

    asyncio.run(play())


def test_a_stop_in_the_middle_leaves_no_file(data):
    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            await till.ok("archive", period="2024", wait=False)

    asyncio.run(play())
    assert all(path.suffix == ".zip" for path in archives(data))
    assert books(data).events["ArchiveMade"] == len(archives(data))


def test_a_closed_year_reminds_of_its_archive_until_it_is_made(data):
    """The year 2024 was closed with the first sale of 2025."""

    async def due(day: str, *, make: bool = False) -> bool:
        async with started(data, day=day) as till:
            await signed_on(till)
            await till.running.terminal.back_office.archiving.remind()
            told = [notice for notice in till.state.notices if notice.kind == "archive_due"]
            for notice in told:
                assert dict(notice.details) == {"period": "2024"}
                await till.ok("acknowledge", notice=notice.notice_id)
            if make:
                await till.ok("archive", period="2024")
            return bool(told)

    async def play() -> list[bool]:
        return [
            await due("2025-01-03"),
            await due("2025-01-04", make=True),
            await due("2025-01-05"),
        ]

    assert asyncio.run(play()) == [True, True, False]


def test_the_manifest_names_the_records_of_the_period_alone(data):
    async def play() -> None:
        async with started(data) as till:
            await signed_on(till)
            for period in (PERIOD, "2024-12"):
                await till.ok("archive", period=period)
            first, second = reversed((await till.ok("archives")).found["archives"])
            assert second.first_seq == first.last_seq + 1
            assert json.dumps(first.file) != json.dumps(second.file)

    asyncio.run(play())
