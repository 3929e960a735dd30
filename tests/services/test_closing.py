"""Closures at a running terminal: by hand, by themselves, and through cuts (CLO-01, CLO-03)."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.clock import ManualClock
from terminal.core.events import PeriodClosed, RecordSigned
from tests.flows.books import books
from tests.flows.power import Cut, switched_on

NOON = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris, a Saturday."""
DAY_MS = 86_400_000
BENCH = "2000000000015"


@pytest.fixture
def french(bare_shop):
    return bare_shop.create("fiscal.regime=france").data


async def sell(till) -> None:
    await till.ok("scan", code=BENCH)
    await till.ok("pay", tender="cash", amount_minor=20_000)
    await till.printed()
    await till.ok("next")


def closures(till) -> list[tuple[str, str, int]]:
    books_ = till.state.books
    return sorted((scope, books_.closed[scope], number) for scope, number in books_.numbers.items())


def test_the_day_closes_before_the_first_sale_of_the_next(french):
    async def play() -> None:
        clock = ManualClock(at_ms=NOON)
        async with switched_on(french, clock=clock) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await sell(till)
            clock.advance(86_400)
            await till.ok("scan", code=BENCH)
            assert closures(till) == [("day", "2026-11-28", 1)]
            assert till.state.books.day.count == 0

    asyncio.run(play())
    found = books(french)
    assert found.events["PeriodClosed"] == 1


def test_an_idle_terminal_closes_its_day_by_itself(french):
    async def play() -> None:
        clock = ManualClock(at_ms=NOON)
        async with switched_on(french, clock=clock) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await sell(till)
            clock.advance(86_400)
            await till.until(lambda: till.state.books.numbers)
            assert closures(till) == [("day", "2026-11-28", 1)]

    asyncio.run(play())


def test_a_till_that_was_off_closes_all_it_missed_before_anything_else(french):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await sell(till)
        async with switched_on(french, clock=ManualClock(at_ms=NOON + 5 * DAY_MS)) as till:
            assert closures(till) == [("day", "2026-12-02", 5), ("month", "2026-11", 1)]

    asyncio.run(play())
    books(french)


def test_a_closure_by_hand_is_printed_signed_and_counted(french):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("cash", kind="float", amount_minor=10_000, reason="fonds")
            await sell(till)
            answer = await till.ok("close", scope="day", counted={"cash": 24_900})
            chains = [x.chain for x in answer.events if isinstance(x, RecordSigned)]
            assert chains == ["JET", "JET", "GTJ", "JET"]
            codes = [json.loads(x.content).get("code") for x in answer.events
                     if isinstance(x, RecordSigned)]  # fmt: skip
            assert codes == [330, 170, None, 50]
            await till.printed()
            report = till.papers()[-1]
            for words in ("CLÔTURE DU JOUR (Z)", "150,00", "Espèces attendues", "-1,00", "Écart"):
                assert words in report, report
            assert await till.refused("close", scope="day") == "already_closed"
            await till.ok("reading")
            await till.printed()
            assert "LECTURE (X)" in till.papers()[-1]

    asyncio.run(play())
    assert books(french).events["PeriodClosed"] == 1


def test_a_cut_behind_any_step_of_a_day_leaves_one_closure(french, tmp_path):
    """Cut after the sale, after the closure, before the paper: closed once, chains whole."""

    async def play() -> None:
        images = []
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await sell(till)
            images.append(Cut(tmp_path / "sold").now(till.running))
            till.knob("printer", "paper_out")
            await till.ok("close", scope="day")
            images.append(Cut(tmp_path / "closed").now(till.running))
        for image in images:
            async with switched_on(image, clock=ManualClock(at_ms=NOON + DAY_MS)) as till:
                assert closures(till) == [("day", "2026-11-28", 1)]
                till.knob("printer", "refill")
                await till.printed()
            assert books(image).events["PeriodClosed"] == 1

    asyncio.run(play())


def test_closures_can_be_listed(french):
    async def play() -> None:
        async with switched_on(french, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await sell(till)
            await till.ok("close", scope="month")
            listed = (await till.ok("closures")).found["closures"]
            events = [row.event for row in listed]
            assert [event.scope for event in events] == ["month", "day"]
            assert all(isinstance(event, PeriodClosed) for event in events)

    asyncio.run(play())
