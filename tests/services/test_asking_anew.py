"""A person asks about a payment while the terminal is asking by itself."""

from __future__ import annotations

import asyncio

from tests.flows.books import check_money
from tests.services.money import PRICE, ledger


def test_a_person_who_asks_is_not_answered_by_what_was_asked_before(at_counter):
    """REC-08: asked in vain, then plugged in, and the cashier asks before that has ended."""

    async def play() -> None:
        async with at_counter() as till:
            till.knob("poi", "next", outcome="unplug", approved=True)
            own = till.running.terminal.payments
            asks = own._ask
            begun, plugged = asyncio.Event(), asyncio.Event()

            async def asks_in_vain_first(request):
                found = await asks(request)
                if not plugged.is_set():
                    begun.set()
                    await plugged.wait()
                return found

            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
            own._ask = asks_in_vain_first
            await begun.wait()
            asked = asyncio.ensure_future(till.ok("enquire"))
            till.knob("poi", "plug")
            plugged.set()
            await asked
            assert [t["status"] for t in till.sale["tenders"]] == ["booked"]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())
