"""Who stands at the till: PINs, lock-outs that a power cut does not forgive, rights."""

from __future__ import annotations

import asyncio
from pathlib import Path

from terminal.clock import ManualClock
from terminal.core.limits import FIRST_LOCKOUT_MS, PIN_TRIES
from tests.flows.power import Cut, switched_on

FLOUR = "3270190128724"


def test_a_lockout_survives_the_power_cut(shop, tmp_path: Path):
    """Five wrong PINs lock, whatever happens in between, and the right one does not help."""

    async def play() -> None:
        clock, data = ManualClock(), shop.data
        for n in range(PIN_TRIES):
            async with switched_on(data, clock=clock) as till:
                assert await till.refused("sign_on", operator=1, pin="0000") == "wrong_pin"
                data = Cut(tmp_path / f"cut{n}").now(till.running)
        async with switched_on(data, clock=clock) as till:
            assert await till.refused("sign_on", operator=1, pin="1111") == "operator_locked"
            await till.ok("sign_on", operator=9, pin="9999")
            clock.set(clock.now_ms() - 3_600_000)
            assert await till.refused("sign_on", operator=1, pin="1111") == "operator_locked"
            clock.set(clock.now_ms() + 3_600_000 + FIRST_LOCKOUT_MS)
            await till.ok("sign_on", operator=1, pin="1111")

    asyncio.run(play())


def test_an_unknown_operator_is_told_no_more_than_a_wrong_pin(shop):
    async def play() -> None:
        async with switched_on(shop.data) as till:
            assert await till.refused("sign_on", operator=77, pin="1111") == "wrong_pin"
            assert await till.refused("sign_on", operator="é" * 4000, pin="1") == "wrong_pin"
            assert await till.refused("sign_on", operator=1, pin="1" * 9000) == "wrong_pin"

    asyncio.run(play())


def test_nothing_is_sold_by_nobody(shop):
    async def play() -> None:
        async with switched_on(shop.data) as till:
            assert await till.refused("scan", code=FLOUR) == "not_signed_on"
            await till.ok("sign_on", operator=1, pin="1111")
            await till.ok("scan", code=FLOUR)
            await till.ok("sign_off")
            assert await till.refused("void", line=1) == "not_signed_on"
            assert await till.refused("pay", tender="cash", amount_minor=250) == "not_signed_on"
            await till.ok("sign_on", operator=9, pin="9999")
            assert len(till.sale["lines"]) == 1

    asyncio.run(play())


def test_rights_are_those_of_the_configuration(bare_shop):
    async def play() -> None:
        shop = bare_shop.create("rights.cashier=return")
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator=1, pin="1111")
            await till.ok("scan", code=FLOUR)
            change = {"line": 1, "unit_price_minor": 1, "reason": "geste"}
            assert await till.refused("price", **change) == "right_required"
            assert await till.refused("discount", line=1, percent=5, reason="x") == "right_required"
            assert await till.refused("cancel_sale", reason="parti") == "right_required"
            assert await till.refused("open_drawer", reason="monnaie") == "right_required"
            await till.ok("sign_on", operator=9, pin="9999")
            await till.ok("price", **change)

    asyncio.run(play())


def test_parked_sales_are_found_again_after_a_cut(shop, tmp_path: Path):
    """REC-12: suspended on purpose, listed with its label, recalled by its number."""

    async def play() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator=1, pin="1111")
            for label in ("Mme Roux", "chariot bleu"):
                await till.ok("scan", code=FLOUR)
                await till.ok("park", label=label)
            image = Cut(tmp_path / "cut").now(till.running)
        async with switched_on(image) as till:
            assert till.state.sale is None
            parked = (await till.ok("parked")).found["parked"]
            assert [sale.label for sale in parked] == ["Mme Roux", "chariot bleu"]
            await till.ok("recall", sale=parked[1].sale_id)
            assert await till.refused("recall", sale=parked[0].sale_id) == "sale_in_progress"
            await till.ok("pay", tender="cash", amount_minor=250)
            assert await till.refused("recall", sale="3001-009999") == "no_such_sale"

    asyncio.run(play())
