"""The receipt on its way to the paper: never lost, never twice without a mark (RCP-17).

What came out is read from the simulated printer's paper, which survives every cut.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from terminal.core.state import PrintState
from tests.flows.books import MARK, check_paper
from tests.flows.power import Cut, Till, switched_on
from tests.services.conftest import counter_with

PHASES = ("queued", "sending", "begun", "printed", "done")
JOB_BYTES = 1600
"""Roughly what a short receipt sends; offsets beyond the real end never blow."""


@pytest.fixture(scope="module")
def counter(tmp_path_factory) -> Path:
    """A shop that is about to be paid for a bag of flour."""
    return counter_with(tmp_path_factory.mktemp("counter"), "3270190128724")


async def pay(till: Till) -> str:
    """Complete the sale; returns its receipt number."""
    await till.ok("pay", tender="cash", amount_minor=250)
    return till.sale["receipt_number"]


async def repair(till: Till) -> None:
    """Put the printer in order; if nobody could tell, a person says that nothing came out."""
    for action in ("plug", "power_on", "refill", "cover_close"):
        till.knob("printer", action)
    await till.printed()
    for job in tuple(till.state.print_jobs.values()):
        assert job.state is PrintState.AMBIGUOUS
        await till.ok("settle_paper", job=job.job_id, came_out=False)
        await till.printed()


def check_one(till: Till, number: str) -> tuple[int, int]:
    """Check that the receipt came out: one original at most, and never only a torn one."""
    originals, duplicates = check_paper(till.papers(), number)
    assert originals + duplicates >= 1, "the receipt was lost"
    assert duplicates <= 1 or originals == 0
    assert not till.state.print_jobs
    return originals, duplicates


def test_nothing_happens(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            number = await pay(till)
            await till.printed()
            assert check_one(till, number) == (1, 0)
            assert till.knob("printer", "look")["total_pieces"] == 1

    asyncio.run(play())


@pytest.mark.parametrize("lines", [0, 1, 4, 9, 14, 19])
def test_paper_runs_out_and_is_refilled(at_counter, lines: int):
    """The printer keeps what it has and goes on by itself: one original, nothing sent again."""

    async def play() -> None:
        async with at_counter() as till:
            till.knob("printer", "paper_out_after", lines=lines)
            number = await pay(till)
            await till.until(
                lambda: till.running.hub.statuses()["printer"].reasons == ("paper_out",)
            )
            till.knob("printer", "refill")
            await till.printed()
            assert check_one(till, number) == (1, 0)

    asyncio.run(play())


@pytest.mark.parametrize("fault", ["unplug_after", "power_off_after"])
def test_the_printer_goes_away_at_any_byte(at_counter, fault: str):
    """Every table row of the spooler: sent again as it is, marked, or only cut."""

    async def play(offset: int) -> tuple[int, int]:
        async with at_counter() as till:
            till.knob("printer", fault, bytes=offset)
            number = await pay(till)
            await till.until(lambda: till.running.terminal.spooler.idle or broken(till))
            await repair(till)
            return check_one(till, number)

    async def everywhere() -> list[tuple[int, int]]:
        return await asyncio.gather(*(play(offset) for offset in range(1, JOB_BYTES, 61)))

    ends = asyncio.run(everywhere())
    assert (1, 0) in ends
    assert any(duplicates for _, duplicates in ends)


def broken(till: Till) -> bool:
    look = till.knob("printer", "look")
    return not (look["plugged"] and look["powered"])


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("fault", ["", "paper_out", "power_off"])
def test_the_terminal_is_cut_in_any_phase(at_counter, tmp_path: Path, phase: str, fault: str):
    """The next start takes every job up where the journal says it stood."""

    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with at_counter() as till:
            append = till.running._writer.append

            async def watched(events, moment, before):
                state = await append(events, moment, before)
                for event in events:
                    if type(event).__name__ == "PrintJobQueued" and phase == "queued":
                        cut.now(till.running)
                    if getattr(event, "state", "") == phase:
                        cut.now(till.running)
                return state

            till.running._writer.append = watched
            number = await pay(till)
            await till.printed()
        assert cut.image is not None

        def spoil(running) -> None:
            if fault:
                running.hub.bench.control("printer", fault)

        async with switched_on(cut.image, before=spoil) as till:
            if fault:
                await till.until(
                    lambda: (
                        phase == "done"
                        or till.running.hub.statuses()["printer"].health in ("absent", "blocked")
                    )
                )
            await repair(till)
            originals, duplicates = check_one(till, number)
            if phase in ("queued", "sending", "printed", "done"):
                assert (originals, duplicates) == (1, 0)
            else:
                assert duplicates == 1

    asyncio.run(play())


def test_a_reprint_is_marked_and_counted(at_counter):
    """RCP-17: each one says that it is a duplicate, and which; the original is printed once."""

    async def play() -> None:
        async with at_counter() as till:
            number = await pay(till)
            await till.ok("reprint", receipt_number=number)
            await till.ok("reprint", receipt_number=number)
            await till.printed()
            papers = till.papers()
            assert [MARK in paper for paper in papers] == [False, True, True]
            assert check_paper(papers, number) == (1, 2)
            assert len(set(papers)) == 3

    asyncio.run(play())


def test_the_sale_does_not_wait_for_the_printer(at_counter):
    """Paper is owed, not waited for: the next customer is served and all the receipts come out."""

    async def play() -> None:
        async with at_counter() as till:
            till.knob("printer", "unplug")
            numbers = [await pay(till)]
            for _ in range(3):
                await till.ok("scan", code="3270190128724")
                numbers.append(await pay(till))
            assert len(till.state.print_jobs) == 4
            await repair(till)
            assert [check_paper(till.papers(), number) for number in numbers] == [(1, 0)] * 4

    asyncio.run(play())


def test_an_interruption_slip_names_the_payment_in_doubt(at_counter):
    """At a kiosk the shopper whose card may have been charged holds a proof of it."""

    async def play() -> None:
        async with at_counter(role="kiosk", interval_s=60) as till:
            till.knob("poi", "next", outcome="unplug", approved=True)
            await till.ok("pay", tender="card", amount_minor=250)
            await till.printed()
            assert till.state.help_reason == "payment_unknown"
            assert "2,50" in till.papers()[0]
            assert check_paper(till.papers(), "820300100000000014") == (0, 0)

    asyncio.run(play())
