"""What happens at a counter, step by step, and the same with the power cut after every step.

A step is a list of commands that a person does in one go.  A flow says what must be true at its
end; it must be as true when the power went after any of its steps, or after each of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terminal.core.state import TerminalState
from tests.flows.books import MARK, check_money, check_paper
from tests.flows.cash import check_cash
from tests.flows.power import Cut, Till, switched_on
from tests.flows.steps import FLOUR, FLOWS, Flow


def kept(state: TerminalState, screen: str) -> tuple[Any, ...]:
    """Return what a customer and an operator would notice if it changed."""
    return (
        screen,
        state.operator,
        state.language,
        state.sale,
        dict(state.parked),
        state.help_reason,
        state.last_ordinal,
        state.last_receipt_sequence,
        state.business_date,
    )


async def carry_out(till: Till, flow: Flow, n: int) -> None:
    """Do one step; every command is carried out, but for the refusal that is foreseen."""
    *before, last = flow.steps[n]
    for name, fields in before:
        await till.ok(name, **fields)
    name, fields = last
    foreseen = (flow.refused or {}).get(n)
    if foreseen:
        assert await till.refused(name, **fields) == foreseen
    else:
        await till.ok(name, **fields)


async def check_end(till: Till, flow: Flow) -> None:
    """Check the sale, the books, the money and the paper at the end of a flow."""
    assert flow.expected(dict(till.sale)), till.sale
    assert not till.state.attempts
    await till.printed()
    ledger = till.knob("poi", "ledger")["ledger"]
    ours = check_money(till.running.folder.path, ledger)
    check_cash(till.running.folder.path, till.knob("cash", "ledger")["operations"])
    papers = till.papers()
    receipt = till.sale["receipt_number"]
    originals, duplicates = check_paper(papers, receipt)
    wanted = till.state.sale.receipt_choice != "none"
    assert bool(originals + duplicates) == wanted
    assert all(text in "\n".join(papers) for text in flow.paper)
    assert len(ours.receipts) == till.state.last_receipt_sequence


def started(shop: Any, flow: Flow) -> Path:
    """Make the flow's shop: a French one, where every receipt is signed."""
    return shop.create("fiscal.regime=france", *flow.settings).data


CASES = [pytest.param(flow, id=flow.name) for flow in FLOWS]


@pytest.mark.parametrize("flow", CASES)
def test_as_it_is(bare_shop, flow: Flow):
    async def play() -> None:
        async with switched_on(started(bare_shop, flow), role=flow.role) as till:
            for n in range(len(flow.steps)):
                await carry_out(till, flow, n)
            await check_end(till, flow)
            assert MARK not in "".join(till.papers())

    asyncio.run(play())


@pytest.mark.parametrize("flow", CASES)
def test_with_one_cut_after_any_step(bare_shop, tmp_path, flow: Flow):
    """REC-02, REC-03: the same screen, the same sale; the rest of the flow then ends the same."""

    async def play() -> None:
        images = []
        async with switched_on(started(bare_shop, flow), role=flow.role) as till:
            for n in range(len(flow.steps)):
                await carry_out(till, flow, n)
                before = kept(till.state, till.screen())
                images.append((Cut(tmp_path / f"cut{n}").now(till.running), before))
        for n, (image, before) in enumerate(images):
            async with switched_on(image, role=flow.role) as till:
                assert kept(till.state, till.screen()) == before, f"cut after step {n}"
                for left in range(n + 1, len(flow.steps)):
                    await carry_out(till, flow, left)
                await check_end(till, flow)

    asyncio.run(play())


@pytest.mark.parametrize("flow", CASES)
def test_with_a_cut_after_every_step(bare_shop, tmp_path, flow: Flow):
    async def play() -> None:
        data = started(bare_shop, flow)
        for n in range(len(flow.steps)):
            async with switched_on(data, role=flow.role) as till:
                await carry_out(till, flow, n)
                before = kept(till.state, till.screen())
                data = Cut(tmp_path / f"cut{n}").now(till.running)
        async with switched_on(data, role=flow.role) as till:
            assert kept(till.state, till.screen()) == before
            assert sum(notice.kind == "power_cut" for notice in till.state.notices) <= 1
            await check_end(till, flow)

    asyncio.run(play())


def test_a_clean_stop_is_no_power_cut(shop):
    """The next start finds the same sale and has nothing to tell."""

    async def play() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            before = replace(till.state, running=False)
        async with shop.open() as till:
            assert till.state.sale == before.sale
            assert till.state.notices == ()
            assert till.running.recovery is not None
            assert not till.running.recovery.power_cut

    asyncio.run(play())


@pytest.mark.parametrize("role", ["till", "kiosk"])
def test_the_first_screen_knows_which_devices_answer(shop, role: str):
    """A lane whose payment terminal is there does not open with "out of service"."""

    async def play() -> None:
        async with switched_on(shop.data, role=role) as till:
            assert till.running.surroundings.device("poi").usable
            assert till.screen() == ("welcome" if role == "kiosk" else "sign_on")

    asyncio.run(play())
