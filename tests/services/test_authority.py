"""Two people, one deed: who asked and who allowed are both on record, and nobody is signed off."""

import asyncio

import pytest

FLOUR = "3270190128724"
SUPERVISOR = {"operator": "9", "pin": "9999"}
CASHIER_MAY_NOTHING = "rights.cashier="


def _at_the_till(shop, story):
    async def run():
        async with shop.open("till") as counter:
            await counter.ok("sign_on", operator="1", pin="1111")
            await counter.ok("scan", code=FLOUR)
            await story(counter)

    asyncio.run(run())


@pytest.fixture
def strict_shop(bare_shop):
    return bare_shop.create(CASHIER_MAY_NOTHING)


def test_a_supervisor_allows_a_price_without_taking_the_till_over(strict_shop):
    async def story(counter):
        price = {"line": 1, "unit_price_minor": 200, "reason": "étiquette"}
        assert await counter.refused("price", **price) == "right_required"
        answer = await counter.ok("price", **price, authorised_by=SUPERVISOR)
        given, changed = answer.events
        assert (given.operator_id, given.asked_by, given.request) == ("9", "1", "SetPrice")
        assert changed.authorised_by == "9"
        assert counter.state.operator.operator_id == "1"
        assert counter.sale["total_minor"] == 200

    _at_the_till(strict_shop, story)


def test_a_return_a_drawer_and_a_tender_can_be_allowed(strict_shop):
    async def story(counter):
        await counter.ok("return", code=FLOUR, reason="abîmé", authorised_by=SUPERVISOR)
        await counter.ok("open_drawer", reason="monnaie", authorised_by=SUPERVISOR)
        await counter.ok("scan", code=FLOUR)
        await counter.ok("pay", tender="card", amount_minor=100)
        assert await counter.refused("remove_tender", tender=1) == "right_required"
        await counter.ok("remove_tender", tender=1, authorised_by=SUPERVISOR)
        assert counter.sale["tenders"][0]["status"] == "reversed"
        assert counter.state.operator.operator_id == "1"

    _at_the_till(strict_shop, story)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"operator": "9", "pin": "0000"}, "wrong_pin"),
        ({"operator": "77", "pin": "9999"}, "wrong_pin"),
        ({"operator": "1", "pin": "1111"}, "right_required"),
    ],
)
def test_who_may_not_allow_it_changes_nothing(strict_shop, who, code):
    async def story(counter):
        price = {"line": 1, "unit_price_minor": 200, "reason": "étiquette"}
        assert await counter.refused("price", **price, authorised_by=who) == code
        assert counter.sale["total_minor"] == 250

    _at_the_till(strict_shop, story)


def test_wrong_pins_lock_the_supervisor_here_as_at_the_sign_on(strict_shop):
    async def story(counter):
        price = {"line": 1, "unit_price_minor": 200, "reason": "étiquette"}
        wrong = {"operator": "9", "pin": "0000"}
        codes = [await counter.refused("price", **price, authorised_by=wrong) for _ in range(6)]
        assert codes == ["wrong_pin"] * 5 + ["operator_locked"]

    _at_the_till(strict_shop, story)


def test_at_a_kiosk_staff_allow_without_signing_on(shop):
    async def story():
        async with shop.open("kiosk") as counter:
            await counter.ok("scan", code="2000000001012")
            assert await counter.refused("pay", tender="card", amount_minor=690) == (
                "age_check_waiting"
            )
            await counter.ok("approve_age", authorised_by=SUPERVISOR)
            assert counter.state.operator is None
            await counter.ok("pay", tender="card", amount_minor=690)

    asyncio.run(story())


def test_nobody_allows_anything_at_a_till_where_nobody_is_signed_on(shop):
    async def story():
        async with shop.open("till") as counter:
            refused = await counter.refused("scan", code=FLOUR, authorised_by=SUPERVISOR)
            assert refused == "not_signed_on"

    asyncio.run(story())
