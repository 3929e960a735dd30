"""Bugs that other tills had in the field and that no driver can keep out: the till must."""

from __future__ import annotations

import asyncio

import pytest

from tests.flows.books import check_money
from tests.flows.power import PATIENCE_S
from tests.services.money import PRICE, ledger, standing


def test_bug_5_no_sale_is_completed_while_the_terminal_is_at_work(at_counter):
    """odoo PR 122539: validated while the terminal was waiting; ticket at 0, money taken."""

    async def play() -> None:
        async with at_counter(real_time=True) as till:
            till.knob("poi", "auto", on=False)
            await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
            await till.until(lambda: till.knob("poi", "look")["stage"] == "card")
            cash = {"tender": "cash", "amount_minor": PRICE}
            assert await till.refused("pay", **cash) == "payment_pending"
            assert await till.refused("next") == "sale_in_progress"
            assert till.sale["status"] == "tendering"
            assert till.papers() == []
            till.knob("poi", "present_card")
            till.knob("poi", "press", key="ok")
            await till.until(lambda: till.sale["status"] == "completed")
            assert [t["amount_minor"] for t in till.sale["tenders"]] == standing(till) == [PRICE]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


@pytest.mark.parametrize("word", ["paid", "not_paid"])
def test_bug_6_whoever_waits_for_a_terminal_gets_a_way_out(at_counter, word):
    """odoo PR 228406, 230969, 235244, 243263: stuck "waiting"; force done, force cancel.

    A terminal that says nothing any more ends as unknown, and a supervisor's word ends that.
    """

    async def play() -> None:
        async with at_counter(interval_s=60) as till, asyncio.timeout(PATIENCE_S):
            till.knob("poi", "next", outcome="unplug", approved=word == "paid")
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
            await till.ok("sign_on", operator="9", pin="9999")
            evidence = {"reason": "journal", "evidence": "ticket 000001"}
            await till.ok("resolve", tender=1, outcome=word, **evidence)
            if word == "not_paid":
                assert till.sale["status"] == "tendering"
                await till.ok("pay", tender="cash", amount_minor=PRICE)
            assert till.sale["status"] == "completed"
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())
