"""The interruption slip: printed, printed again, and read back."""

from __future__ import annotations

import asyncio

import pytest

from terminal.core.limits import MAX_SLIPS
from tests.flows.power import Till
from tests.services.money import FLOUR, PRICE


async def doubt(till: Till) -> str:
    """Let a payment end in doubt; return the code of its slip."""
    till.knob("poi", "next", outcome="unplug", approved=False)
    await till.ok("pay", tender="card", amount_minor=PRICE)
    return till.running.surroundings.voucher


async def settled(till: Till) -> str:
    """Let a payment end in doubt and have it declared not paid; return the code of its slip."""
    code = await doubt(till)
    await till.ok("sign_on", operator="9", pin="9999")
    await till.ok("resolve", tender=1, outcome="not_paid", reason="vu", evidence="rien")
    return code


def squeezed(paper: str) -> str:
    return "".join(paper.split())


async def told(till: Till, code: str) -> tuple[str, list[str]]:
    """Scan a slip; return what is said and what happened."""
    answer = await till.ok("scan", code=code)
    return answer.found["told"].key, [type(event).__name__ for event in answer.events]


def test_the_slip_carries_the_code_of_the_screen(at_counter):
    async def play() -> None:
        async with at_counter(role="kiosk", interval_s=60) as till:
            code = await doubt(till)
            await till.printed()
            (paper,) = till.papers()
            assert code.startswith("RPR1/3001-000001/15000/0000000001/")
            assert code in squeezed(paper)
            assert "DUPLICATA" not in paper

    asyncio.run(play())


@pytest.mark.parametrize(("role", "first"), [("kiosk", 1), ("till", 0)])
def test_printed_again_it_is_marked_as_a_copy(at_counter, role: str, first: int):
    """A kiosk printed the original by itself; at a till the first that is asked for is it."""

    async def play() -> None:
        async with at_counter(role=role, interval_s=60) as till:
            code = await doubt(till)
            await till.printed()
            assert len(till.papers()) == first
            for _ in range(MAX_SLIPS - first):
                await till.ok("reprint_slip")
                await till.printed()
            papers = till.papers()
            assert [paper.count("DUPLICATA") for paper in papers] == [0] + [1] * (MAX_SLIPS - 1)
            assert all(code in squeezed(paper) for paper in papers)
            assert await till.refused("reprint_slip") == "too_many_slips"

    asyncio.run(play())


def test_a_slip_that_is_still_to_come_is_not_asked_for_twice(at_counter):
    async def play() -> None:
        async with at_counter(role="kiosk", interval_s=60) as till:
            till.knob("printer", "unplug")
            await doubt(till)
            assert (await till.ok("reprint_slip")).events == ()
            assert len(till.state.print_jobs) == 1

    asyncio.run(play())


def test_without_a_doubt_there_is_no_slip(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            assert await till.refused("reprint_slip") == "payment_not_unknown"

    asyncio.run(play())


def test_a_slip_of_the_sale_on_the_screen_changes_nothing(at_counter):
    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            code = await doubt(till)
            before = till.state
            assert await told(till, code) == ("told.slip_here", [])
            assert till.state == before

    asyncio.run(play())


@pytest.mark.parametrize("role", ["till", "kiosk"])
def test_a_slip_brings_a_parked_sale_back(at_counter, role: str):
    async def play() -> None:
        async with at_counter(role=role, interval_s=60) as till:
            code = await settled(till)
            await till.ok("park")
            await till.ok("scan", code=FLOUR)
            assert await till.refused("scan", code=code) == "sale_in_progress"
            await till.ok("cancel_sale", reason="parti")
            assert await told(till, f" {code}\r") == ("told.slip_recalled", ["SaleRecalled"])
            assert till.sale["id"] == "3001-000001"

    asyncio.run(play())


def test_a_slip_of_a_finished_sale_says_how_it_ended(at_counter):
    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            code = await settled(till)
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            await till.ok("next")
            assert await told(till, code) == ("told.slip_completed", [])
        async with at_counter(interval_s=60) as till:
            code = await settled(till)
            await till.ok("cancel_sale", reason="parti")
            await till.ok("next")
            assert await told(till, code) == ("told.slip_cancelled", [])

    asyncio.run(play())


@pytest.mark.parametrize(
    "forge",
    [
        lambda code: code.replace("/15000/", "/1/"),
        lambda code: code.replace("3001-000001", "3001-000002"),
        lambda code: code[:-1] + ("a" if code[-1] != "a" else "b"),
        lambda code: code.rpartition("/")[0],
        lambda code: code + "/",
        lambda _: "RPR1/",
        lambda code: code + "é",
    ],
)
def test_a_forged_slip_is_refused(at_counter, forge):
    """Only this terminal can give the proof; an article's code can be no slip either."""

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            code = await doubt(till)
            before = till.state
            assert await till.refused("scan", code=forge(code)) == "slip_not_genuine"
            assert till.state == before

    asyncio.run(play())


def test_nobody_reads_a_slip_at_a_till_without_signing_on(at_counter):
    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            code = await settled(till)
            await till.ok("sign_off")
            assert await till.refused("scan", code=code) == "not_signed_on"

    asyncio.run(play())
