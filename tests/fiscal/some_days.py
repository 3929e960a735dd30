"""A French shop over the turn of a year, sold in by the real terminal: what forgers start from.

Every kind of record that is signed occurs in it, and most kinds of events that one covers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from terminal.cli.main import run
from terminal.clock import ManualClock
from tests.conftest import Shop
from tests.flows.power import Till

BENCH, FLOUR, APRON, WINE = "2000000000015", "3270190128724", "2000000000053", "2000000001012"
SUPERVISOR = {"operator": "9", "pin": "9999"}


def at(day: str, hour: int = 10) -> int:
    """Return a moment of a trading day, milliseconds UTC."""
    return (
        int(datetime.fromisoformat(f"{day}T{hour:02d}:00:00").replace(tzinfo=UTC).timestamp())
        * 1000
    )


BUYER = {
    "name": "Atelier Martin", "address": "12 avenue de la Gare", "postcode": "69003",
    "city": "Lyon", "siret": "732 829 320 00074",
}  # fmt: skip
SETTINGS = ("fiscal.regime=france", "invoice.siret=40483304800022", "invoice.vat_id=FR83404833048")


async def cash_sale(till: Till, *codes: str) -> str:
    """Sell for cash; returns the receipt's number."""
    for code in codes:
        await till.ok("scan", code=code)
    await till.ok("pay", tender="cash", amount_minor=50_000)
    await till.printed()
    number: str = till.sale["receipt_number"]
    await till.ok("next")
    return number


async def first_day(till: Till) -> None:
    """Everything that a till does before lunch."""
    assert await till.refused("sign_on", operator="1", pin="0000") == "wrong_pin"
    await till.ok("sign_on", **SUPERVISOR)
    await till.ok("cash", kind="float", amount_minor=10_000, reason="fond de caisse")
    await cash_sale(till, BENCH, FLOUR)
    await till.ok("scan", code=APRON)
    await till.ok("scan", code=FLOUR)
    await till.ok("quantity", line=2, quantity=3)
    await till.ok("price", line=1, unit_price_minor=1200, reason="étiquette")
    await till.ok("discount", line=1, percent=10, reason="geste")
    await till.ok("scan", code=WINE)
    await till.ok("approve_age")
    await till.ok("void", line=3)
    await till.ok("salesperson", salesperson="77")
    await till.ok("pay", tender="card", amount_minor=500)
    await till.ok("remove_tender", tender=1)
    await till.ok("pay", tender="card", amount_minor=600)
    await till.ok("pay", tender="cheque", amount_minor=till.sale["due_minor"], number="4711")
    await till.printed()
    receipt = till.sale["receipt_number"]
    await till.ok("next")
    await till.ok("reprint", receipt_number=receipt)
    await till.ok("scan", code=BENCH)
    await till.ok("cancel_sale", reason="parti")
    await till.ok("next")
    await till.ok("open_drawer", reason="monnaie")
    await till.printed()
    await till.ok("sign_off")


async def second_day(till: Till) -> None:
    """Returns, a deposit, an invoice and its copy; a supervisor closes the year by hand."""
    await till.ok("sign_on", operator="1", pin="1111")
    await till.ok("return", code=FLOUR, quantity=2, reason="abîmé", authorised_by=SUPERVISOR)
    await till.ok("deposit", document="AC-1", amount_minor=2_000)
    await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
    await till.ok("next")
    receipt = await cash_sale(till, APRON)
    await till.ok("invoice", receipt_number=receipt, buyer=BUYER)
    await till.ok("invoice", receipt_number=receipt, buyer=BUYER)
    counted = {"cash": till.state.books.drawer_minor}
    await till.ok("close", scope="year", counted=counted, authorised_by=SUPERVISOR)
    await till.printed()


async def next_year(till: Till) -> None:
    """A sale on a later day, a clock that was set back, and one more duplicate."""
    clock = till.running.clock
    number = await cash_sale(till, FLOUR)
    clock.set(clock.at_ms - 3_600_000)
    await till.ok("confirm_clock", authorised_by=SUPERVISOR)
    await cash_sale(till, BENCH, BENCH)
    await till.ok("reprint", receipt_number=number)
    await till.printed()


def make(folder: Path) -> Path:
    """Make the shop; it was stopped in order, and holds an archive of its first year."""
    shop = Shop(folder / "shop").create(*SETTINGS)

    async def day(begin_ms: int, part: Callable[[Till], Awaitable[None]]) -> None:
        async with shop.open(clock=ManualClock(at_ms=begin_ms)) as till:
            await part(till)

    asyncio.run(day(at("2026-12-30"), first_day))
    asyncio.run(day(at("2026-12-31"), second_day))
    asyncio.run(day(at("2027-01-02"), next_year))
    medium = folder / "medium"
    medium.mkdir()
    assert run(["archive", "2026", "--data", str(shop.data), "--copy", str(medium)]) == 0
    asyncio.run(day(at("2027-01-03"), next_year))
    return shop.data
