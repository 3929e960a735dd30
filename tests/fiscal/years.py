"""French tills that have sold, for a day or two years: what archives and purges are tried on."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from terminal.cli.main import run
from terminal.clock import ManualClock
from tests.conftest import Shop
from tests.flows.power import Till, switched_on

BENCH, FLOUR = "2000000000015", "3270190128724"
NOON = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris."""
DAYS = ("2024-11-28", "2024-11-29", "2024-12-30", "2025-01-02")
"""Days on which the till sells; it closes what lies between."""
OTHER_MEDIA = ("/dev/shm", "/var/tmp", "/tmp", str(Path.home()))


def noon(day: str) -> int:
    """Return 11:00 UTC of an ISO day, in milliseconds."""
    return int(datetime.fromisoformat(f"{day}T11:00").replace(tzinfo=UTC).timestamp()) * 1000


@contextmanager
def stick(books: Path) -> Iterator[Path]:
    """Yield a folder on another file system than the books: what a USB stick is."""
    there = next(
        folder
        for folder in OTHER_MEDIA
        if os.access(folder, os.W_OK) and Path(folder).stat().st_dev != books.stat().st_dev
    )
    path = Path(tempfile.mkdtemp(prefix="stick-", dir=there))
    try:
        yield path
    finally:
        shutil.rmtree(path)


async def sell(till: Till, *codes: str) -> str:
    """Sell for cash; return the receipt's number."""
    for code in codes:
        await till.ok("scan", code=code)
    await till.ok("pay", tender="cash", amount_minor=50_000)
    await till.printed()
    receipt = till.sale["receipt_number"]
    await till.ok("next")
    return receipt


def two_years(data: Path) -> list[str]:
    """Make a shop that has sold on each of DAYS; return the receipts' numbers."""
    Shop(data).create("fiscal.regime=france")
    receipts = []

    async def play(day: str) -> None:
        async with switched_on(data, clock=ManualClock(at_ms=noon(day))) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            receipts.append(await sell(till, FLOUR))
            receipts.append(await sell(till, BENCH, FLOUR))
            await till.ok("reprint", receipt_number=receipts[-1])
            await till.printed()

    for day in DAYS:
        asyncio.run(play(day))
    return receipts


def archived(data: Path, medium: Path, *periods: str) -> None:
    """Make the archives of some periods and copy them to a medium."""
    for period in periods:
        assert run(["archive", period, "--data", str(data), "--copy", str(medium)]) == 0


def a_day(data: Path) -> Path:
    """Make a shop that has sold three times, reprinted once and closed its day; return it."""
    Shop(data).create("fiscal.regime=france")

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            receipts = [await sell(till, *codes) for codes in ([BENCH], [FLOUR, BENCH], [FLOUR])]
            await till.ok("reprint", receipt_number=receipts[-1])
            await till.ok("close", scope="day", counted={"cash": 1})
            await till.printed()

    asyncio.run(play())
    return data


def table(archive: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one of an archive's tables."""
    with zipfile.ZipFile(archive) as files:
        text = files.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))
