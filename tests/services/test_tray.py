"""The RFID tray: read at once, shown, confirmed, sold in one step (CHK-04)."""

from __future__ import annotations

import asyncio

import pytest

from drivers.base import Health
from terminal.services import tray
from tests.flows.power import switched_on
from tests.services.money import BENCH, FLOUR


@pytest.fixture
def tray_shop(bare_shop, monkeypatch):
    monkeypatch.setattr(tray, "READ_S", 0.05)
    return bare_shop.create("devices.rfid=sim:rfid").data


def played(story, data, **options):
    async def play():
        async with switched_on(data, **options) as till:
            if options.get("role") != "kiosk":
                await till.ok("sign_on", operator="1", pin="1111")
            await till.until(lambda: till.running.hub.rfid.status.health is Health.READY)
            await story(till)

    asyncio.run(play())


async def read(till):
    return (await till.ok("rfid")).found["tray"]


def codes(till):
    return [line["code"] for line in till.sale["lines"] if not line["void"]]


@pytest.mark.parametrize("role", ["till", "kiosk"])
def test_a_tray_is_shown_and_then_sold_in_one_step(tray_shop, role):
    """CHK-04: de-duplicated, counted, confirmed."""

    async def story(till):
        till.knob("rfid", "put", gtin=FLOUR, count=3)
        till.knob("rfid", "put", gtin=BENCH)
        till.knob("rfid", "noise", count=2)
        shown = await read(till)
        assert [(row.code, row.count) for row in shown.rows] == [(FLOUR, 3), (BENCH, 1)]
        assert (shown.count, len(shown.unknown), shown.sold) == (4, 2, ())
        assert till.state.sale is None
        added = await till.ok("add_tray", inventory=shown.inventory)
        assert [type(event).__name__ for event in added.events].count("LineAdded") == 4
        assert sorted(codes(till)) == sorted([FLOUR] * 3 + [BENCH])
        assert await till.refused("add_tray", inventory=shown.inventory) == "tray_changed"

    played(story, tray_shop, role=role)


def test_a_tag_is_sold_once_however_often_it_is_read_even_after_a_cut(tray_shop):
    """CHK-04 and REC-01: the line keeps its tag."""

    async def first(till):
        till.knob("rfid", "put", gtin=FLOUR, serial=7)
        shown = await read(till)
        await till.ok("add_tray", inventory=shown.inventory)
        again = await read(till)
        assert (again.count, len(again.sold)) == (0, 1)
        assert await till.refused("add_tray", inventory=again.inventory) == "tray_changed"
        till.knob("rfid", "put", gtin=FLOUR, serial=8)
        assert (await read(till)).count == 1

    async def after_the_cut(till):
        till.knob("rfid", "put", gtin=FLOUR, serial=7)
        shown = await read(till)
        assert (shown.count, len(shown.sold)) == (0, 1)
        await till.ok("void", line=1)
        assert (await read(till)).count == 1

    played(first, tray_shop)
    played(after_the_cut, tray_shop)


def test_what_was_not_shown_is_not_sold(tray_shop):
    async def story(till):
        till.knob("rfid", "put", gtin=FLOUR)
        old = await read(till)
        till.knob("rfid", "put", gtin=BENCH)
        new = await read(till)
        assert await till.refused("add_tray", inventory=old.inventory) == "tray_changed"
        assert await till.refused("add_tray", inventory=new.inventory + 1) == "tray_changed"
        assert till.state.sale is None
        await till.ok("add_tray", inventory=new.inventory)
        assert sorted(codes(till)) == sorted([FLOUR, BENCH])

    played(story, tray_shop)


def test_all_of_a_tray_or_nothing(bare_shop, monkeypatch):
    """A basket that cannot hold the last article gets none of them."""
    monkeypatch.setattr(tray, "READ_S", 0.05)

    async def story(till):
        for _ in range(2):
            await till.ok("scan", code=FLOUR)
        till.knob("rfid", "put", gtin=FLOUR, count=2)
        shown = await read(till)
        assert await till.refused("add_tray", inventory=shown.inventory) == "basket_full"
        assert len(till.sale["lines"]) == 2

    played(story, bare_shop.create("devices.rfid=sim:rfid", "terminal.max_lines=3").data)


def test_strangers_and_goods_sold_by_weight_are_not_sold_by_their_tag(tray_shop):
    async def story(till):
        till.knob("rfid", "put", gtin="4006381333931")
        till.knob("rfid", "put", epc="E2801160600002054F1A2B3C")
        shown = await read(till)
        assert (shown.count, len(shown.unknown)) == (0, 2)

    played(story, tray_shop)


def test_a_reader_that_hangs_is_shown_and_selling_goes_on(tray_shop, monkeypatch):
    monkeypatch.setattr(tray, "ANSWER_S", 0.3)

    async def story(till):
        till.knob("rfid", "put", gtin=FLOUR)
        till.knob("rfid", "hang", on=True)
        assert await till.refused("rfid") == "device_failed"
        await till.until(lambda: till.running.hub.rfid.status.health is Health.ABSENT)
        await till.ok("scan", code=FLOUR)
        till.knob("rfid", "hang", on=False)
        await till.until(lambda: till.running.hub.rfid.status.health is Health.READY)
        assert (await read(till)).count == 1

    played(story, tray_shop)


def test_a_shop_without_a_reader_says_so(shop):
    async def play():
        async with switched_on(shop.data) as till:
            assert await till.refused("rfid") == "no_such_device"
            assert await till.refused("add_tray", inventory=1) == "tray_changed"
            assert "rfid" not in till.running.hub.statuses()

    asyncio.run(play())


def test_a_sale_that_is_being_paid_takes_no_tray(tray_shop):
    async def story(till):
        await till.ok("scan", code=BENCH)
        till.knob("rfid", "put", gtin=FLOUR)
        shown = await read(till)
        till.knob("poi", "auto", on=False)
        await till.ok("pay", tender="card", amount_minor=15_000, wait=False)
        assert await till.refused("add_tray", inventory=shown.inventory) == "payment_pending"
        assert len(till.sale["lines"]) == 1

    played(story, tray_shop, real_time=True)
