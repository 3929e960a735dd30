"""A closed kiosk says that staff was told: here is who tells them, and the shopper's slip."""

import asyncio

import pytest

from drivers.payment.waits import Waits
from terminal.services.attention import LOOKS, REASON, Attention
from terminal.services.voucher import PREFIX

IMPATIENT = Waits(connect_s=25, answer_s=25, recover_s=0.3, retry_s=0.02, slice_s=0.01)


async def _look(attention, *, can_pay, times):
    for _ in range(times):
        await attention.look(can_pay=can_pay)


def test_staff_is_called_once_and_the_call_is_taken_back(shop):
    async def story():
        async with shop.open("kiosk") as counter:
            attention = Attention(counter.running._session)
            await _look(attention, can_pay=False, times=LOOKS - 1)
            assert counter.state.help_reason == ""
            await _look(attention, can_pay=False, times=2)
            assert counter.state.help_reason == REASON
            await _look(attention, can_pay=True, times=1)
            assert counter.state.help_reason == ""

    asyncio.run(story())


def test_a_shoppers_own_call_is_not_taken_back(shop):
    async def story():
        async with shop.open("kiosk") as counter:
            await counter.ok("help", reason="shopper")
            attention = Attention(counter.running._session)
            await _look(attention, can_pay=False, times=LOOKS)
            await _look(attention, can_pay=True, times=1)
            assert counter.state.help_reason == "shopper"

    asyncio.run(story())


def test_nobody_is_called_at_a_staffed_till(shop):
    async def story():
        async with shop.open("till") as counter:
            await _look(Attention(counter.running._session), can_pay=False, times=LOOKS + 1)
            assert counter.state.help_reason == ""

    asyncio.run(story())


@pytest.mark.parametrize("approved", [True, False])
def test_a_payment_in_doubt_has_a_slip_that_names_it_and_nothing_of_the_card(shop, approved):
    async def story():
        async with shop.open("kiosk") as counter:
            assert counter.running.surroundings.voucher == ""
            await counter.ok("scan", code="3270190128724")
            counter.running.hub.poi.driver._session.waits = IMPATIENT
            await counter.ok(
                "device", device="poi", action="next", outcome="unplug", approved=approved
            )
            await counter.ok("pay", tender="card", amount_minor=250)
            assert counter.sale["tenders"][0]["status"] == "unknown"
            text = counter.running.surroundings.voucher
            assert text.split("/")[:3] == [PREFIX, counter.sale["id"], "250"]
            assert counter.state.help_reason == "payment_unknown"

    asyncio.run(story())
