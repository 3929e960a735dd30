"""Vouchers and deposits at a French till: registered, honoured, signed; strangers are refused."""

from __future__ import annotations

import asyncio

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.numbering import check
from tests.conftest import Shop
from tests.flows.power import switched_on

NOON = 1_795_863_600_000
BENCH = "2000000000015"
"""150.00 at 20 %."""


def test_a_voucher_lives_from_its_sale_to_its_last_cent(tmp_path, capsys):
    data = Shop(tmp_path / "shop").create("fiscal.regime=france").data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("voucher", amount_minor=20_000)
            number = till.sale["lines"][0]["code"]
            assert check(number)
            assert len(number) == 17
            assert await till.refused("redeem", number=number) == "unknown_credit"
            await till.ok("pay", tender="cash", amount_minor=20_000)
            await till.ok("next")
            assert await till.refused("voucher", amount_minor=500, number=number) == "voucher_known"
            await till.ok("scan", code=BENCH)
            await till.ok("redeem", number=number)
            assert till.sale["status"] == "completed"
            await till.ok("next")
            await till.ok("scan", code=BENCH)
            await till.ok("redeem", number=number)
            assert await till.refused("redeem", number=number) == "credit_spent"
            await till.ok("pay", tender="cash", amount_minor=10_000)
            assert till.sale["status"] == "completed"
            await till.ok("next")
            await till.ok("close", scope="day")

    asyncio.run(play())
    assert run(["verify", "--data", str(data)]) == 0
    out = tmp_path / "out"
    out.mkdir()
    assert run(["archive", "2026-11", "--data", str(data), "--out", str(out)]) == 0
    assert run(["verify-archive", str(next(out.glob("*.zip")))]) == 0
    capsys.readouterr()


def test_deposits_add_up_and_come_off_the_last_receipt(tmp_path):
    data = Shop(tmp_path / "shop").create().data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            for minor in (2000, 3000):
                await till.ok("deposit", document="CMD-7", amount_minor=minor)
                await till.ok("pay", tender="cash", amount_minor=minor)
                await till.ok("next")
            await till.ok("scan", code=BENCH)
            await till.ok("redeem", number="CMD-7")
            await till.ok("pay", tender="cash", amount_minor=10_000)
            assert till.sale["status"] == "completed"
            assert await till.refused("redeem", number="CMD-8") == "unknown_credit"

    asyncio.run(play())


def test_a_single_purpose_voucher_pays_its_vat_once(tmp_path):
    data = Shop(tmp_path / "shop").create().data

    async def play() -> None:
        async with switched_on(data, clock=ManualClock(at_ms=NOON)) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("voucher", amount_minor=5000, vat_rate_bp=2000, number="V-2")
            await till.ok("pay", tender="cash", amount_minor=5000)
            await till.ok("next")
            await till.ok("scan", code=BENCH)
            await till.ok("redeem", number="V-2", amount_minor=4000)
            await till.ok("redeem", number="V-2")
            await till.ok("pay", tender="cash", amount_minor=10_000)
            books = till.running.terminal.state.books.day
            assert [(row.rate_bp, row.gross_minor) for row in books.vat] == [(2000, 15_000)]

    asyncio.run(play())
