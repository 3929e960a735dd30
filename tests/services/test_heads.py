"""The head record beside the books: yesterday's database, or a tail cut off, is found and said."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import closing

import pytest

from terminal.core.evolve import evolve
from terminal.fiscal.auditors import LawAuditor
from terminal.fiscal.head import HEAD_FILE, read_heads
from terminal.services.auditing import audit_of
from terminal.store.store import DATABASE_NAME, Store
from tests.flows.power import switched_on

BENCH = "2000000000015"


@pytest.fixture
def french(bare_shop):
    return bare_shop.create("fiscal.regime=france").data


async def sell(till) -> None:
    await till.ok("scan", code=BENCH)
    await till.ok("pay", tender="cash", amount_minor=20_000)
    await till.printed()
    await till.ok("next")


def day(data, sales: int) -> list[str]:
    """Sell, stop in order, and return the notices of the start."""

    async def play() -> list[str]:
        async with switched_on(data) as till:
            notices = [notice.kind for notice in till.state.notices]
            await till.ok("sign_on", operator="1", pin="1111")
            for _ in range(sales):
                await sell(till)
            await till.running._heads.write()
            return notices

    return asyncio.run(play())


def problems(data) -> set[str]:
    with closing(Store.open_read_only(data, evolve=evolve)) as store:
        auditor = LawAuditor(data / "keys" / HEAD_FILE)
        return {problem.code for problem in store.verify(audit_of(auditor)).problems}


def test_the_head_record_names_the_newest_record_of_each_chain(french):
    day(french, 2)
    heads, _ = read_heads(french / "keys" / HEAD_FILE)
    assert heads.chains["TIK"].sequence == 2
    assert problems(french) == set()


def test_yesterdays_database_is_found_by_verify_and_by_the_start(french, tmp_path):
    day(french, 1)
    yesterday = tmp_path / "yesterday"
    shutil.copytree(french, yesterday)
    day(french, 2)
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"):
        (french / name).unlink(missing_ok=True)
        if (yesterday / name).exists():
            shutil.copy(yesterday / name, french / name)
    assert problems(french) == {"head"}
    assert "books_cut_off" in day(french, 0)
    kept = list((french / "keys").glob("fiscal-heads.*.json"))
    assert len(kept) == 1, "what contradicts the books is kept"


def test_a_start_behind_a_cut_before_the_head_was_written_accuses_nobody(french, tmp_path):
    day(french, 1)
    older = (french / "keys" / HEAD_FILE).read_bytes()
    day(french, 1)
    (french / "keys" / HEAD_FILE).write_bytes(older)
    assert problems(french) == set()
    assert "books_cut_off" not in day(french, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("no heads", "utf-8"),
        lambda path: path.write_text(
            json.dumps(json.loads(path.read_text()) | {"signature": "A" * 86}), "utf-8"
        ),
    ],
)
def test_a_head_record_that_was_touched_is_named(french, spoil):
    day(french, 1)
    spoil(french / "keys" / HEAD_FILE)
    assert problems(french) == {"head"}


def test_a_medium_that_takes_no_head_record_stops_no_sale(french):
    (french / "keys" / HEAD_FILE).unlink(missing_ok=True)
    (french / "keys" / HEAD_FILE).mkdir()
    assert "books_cut_off" in day(french, 1), "what cannot be read is said"
