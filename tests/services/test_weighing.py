"""Articles weighed on the scale: shown, taken, refused, typed."""

from __future__ import annotations

import asyncio
import functools

import pytest

from drivers.scale.base import ScaleState
from terminal.core.events import LineAdded
from terminal.core.numbering import check_digit
from terminal.services import requests as ask
from terminal.services import weighing as service
from terminal.settings import ConfigError
from tests.conftest import Shop

BANANAS = "4011"
RADISHES = "2000000000053"
TARED = """code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age
4011,Bananes,,Fruits et légumes,199,5.50,kg,,
4012,Olives en barquette,,Fruits et légumes,1299,5.50,kg,tare=12,
"""
PROTOCOLS = ["dialog-06", "toledo-8217", "nci"]


def line_of(answer) -> LineAdded:
    return next(event for event in answer.events if isinstance(event, LineAdded))


def story(test):
    """Run a test that is a story of a running terminal."""

    @functools.wraps(test)
    def run(*given, **named):
        asyncio.run(test(*given, **named))

    return run


async def at_work(till) -> None:
    await till.ok("sign_on", operator="1", pin="1111")
    await till.until(lambda: till.running.hub.scale.status.health.value == "ready")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@story
async def test_a_weight_is_taken_from_the_scale_and_recorded(tmp_path, protocol):
    """W5; the scale's answer that priced the line is in the journal."""
    shop = Shop(tmp_path / "shop").create(f"devices.scale_protocol={protocol}")
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "put", grams=842)
        line = line_of(await till.ok("weigh", code=BANANAS))
        assert (line.weight_g, line.unit_price_minor, line.weighed) == (842, 199, "scale")
        assert "842" in line.scale_answer
        assert till.sale["lines"][0]["total_minor"] == 168


@story
async def test_the_load_that_moves_is_waited_for_and_then_taken(shop, monkeypatch):
    monkeypatch.setattr(service, "LOOK_S", 0.01)
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "settle", ms=150, noise_g=40)
        till.knob("scale", "put", grams=500)
        assert line_of(await till.ok("weigh", code=BANANAS)).weight_g == 500


@story
async def test_what_cannot_be_weighed_is_refused_in_words(shop, monkeypatch):
    """A weight in motion, an empty scale, too much, below zero: no line, and the reason."""
    monkeypatch.setattr(service, "REST_S", 0.05)
    async with shop.open() as till:
        await at_work(till)
        assert await till.refused("weigh", code=BANANAS) == "scale_empty"
        till.knob("scale", "put", grams=20_000)
        assert await till.refused("weigh", code=BANANAS) == "scale_overloaded"
        till.knob("scale", "put", grams=-30)
        assert await till.refused("weigh", code=BANANAS) == "scale_under_zero"
        till.knob("scale", "put", grams=500)
        till.knob("scale", "wobble")
        assert await till.refused("weigh", code=BANANAS) == "scale_moving"
        assert await till.refused("weigh", code=RADISHES) == "weight_not_allowed"
        assert await till.refused("zero_scale") == "scale_not_zeroed"
        assert till.state.sale is None


@story
async def test_one_load_is_sold_once(shop):
    """Every stable weight once: goods left on the scale do not price a second line."""
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "put", grams=842)
        await till.ok("weigh", code=BANANAS)
        assert await till.refused("weigh", code=BANANAS) == "scale_same_load"
        till.knob("scale", "remove")
        assert await till.refused("weigh", code=BANANAS) == "scale_empty"
        till.knob("scale", "put", grams=842)
        await till.ok("weigh", code=BANANAS)
        assert [line["weight_g"] for line in till.sale["lines"]] == [842, 842]


@story
async def test_what_was_shown_is_what_is_sold(shop):
    """Shown, confirmed, and something was added meanwhile: not sold, in words."""
    async with shop.open() as till:
        await at_work(till)
        submit = till.running.terminal.submit
        till.knob("scale", "put", grams=842)
        await submit(ask.WatchScale(BANANAS))
        await till.until(lambda: till.running.surroundings.scale.weight_g == 842)
        shown = till.running.surroundings.scale
        assert (shown.state, shown.code, shown.price_minor) == ("stable", BANANAS, 168)
        till.knob("scale", "add", grams=100)
        changed = (await submit(ask.Weigh(BANANAS, shown_g=842))).refused
        assert (changed.code, changed.details["weight_g"]) == ("scale_changed", 942)
        till.knob("scale", "put", grams=942)
        await till.until(lambda: till.running.surroundings.scale.weight_g == 942)
        sold = line_of(await submit(ask.Weigh(BANANAS, shown_g=942)))
        assert sold.weight_g == 942
        await submit(ask.WatchScale())
        assert till.running.surroundings.scale.weight_g is None
        await till.ok("pay", tender="cash", amount_minor=187)
        await till.printed()
        assert "0,942 kg x 1,99" in till.papers()[0]


@story
async def test_a_moving_load_shows_no_weight(shop):
    async with shop.open() as till:
        await at_work(till)
        await till.running.terminal.submit(ask.WatchScale(BANANAS))
        till.knob("scale", "put", grams=842)
        till.knob("scale", "wobble")
        await till.until(lambda: till.running.surroundings.scale.state == "unstable")
        seen = till.running.surroundings.scale
        assert (seen.weight_g, seen.price_minor) == (None, None)


@story
async def test_w5_a_scale_that_computes_another_price_sells_nothing(shop):
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "price_error", minor=1)
        till.knob("scale", "put", grams=842)
        assert await till.refused("weigh", code=BANANAS) == "scale_price_differs"
        assert till.state.sale is None


@story
async def test_the_catalogue_s_tare_is_taken_off(tmp_path):
    shop = Shop(tmp_path / "shop").create(articles=TARED)
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "put", grams=512)
        line = line_of(await till.ok("weigh", code="4012"))
        assert (line.weight_g, line.tare_g) == (500, 12)


@story
async def test_a_typed_weight_needs_a_right_and_is_marked(tmp_path):
    """No keyboard weight as if weighed: marked in the journal and on the receipt."""
    shop = Shop(tmp_path / "shop").create("rights.cashier=price,discount")
    async with shop.open() as till:
        await at_work(till)
        assert await till.refused("weigh", code=BANANAS, weight_g=500) == "right_required"
        allowed = {"operator": "9", "pin": "9999"}
        line = line_of(await till.ok("weigh", code=BANANAS, weight_g=500, authorised_by=allowed))
        assert (line.weight_g, line.weighed, line.scale_answer) == (500, "typed", "")
        await till.ok("pay", tender="cash", amount_minor=100)
        await till.printed()
        assert "saisi" in till.papers()[0]


@story
async def test_a_shopper_types_no_weight(shop):
    async with shop.open(role="kiosk") as till:
        assert await till.refused("weigh", code=BANANAS, weight_g=500) == "right_required"


@story
async def test_without_a_scale_the_words_say_so_and_the_weight_is_typed(tmp_path):
    shop = Shop(tmp_path / "shop").create("devices.scale=")
    async with shop.open() as till:
        await till.ok("sign_on", operator="1", pin="1111")
        assert till.running.surroundings.scale is None
        assert "scale" not in till.running.hub.statuses()
        assert await till.refused("weigh", code=BANANAS) == "no_scale"
        assert await till.refused("zero_scale") == "no_scale"
        await till.ok("weigh", code=BANANAS, weight_g=500)


@story
async def test_an_unplugged_scale_is_absent_and_comes_back(shop):
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "unplug")
        await till.until(lambda: till.running.surroundings.scale.state == "absent")
        assert await till.refused("weigh", code=BANANAS) == "scale_absent"
        await till.ok("scan", code=RADISHES)
        till.knob("scale", "plug")
        await till.until(lambda: till.running.hub.scale.status.health.value == "ready")
        till.knob("scale", "put", grams=842)
        await till.ok("weigh", code=BANANAS)


@story
async def test_labels_that_carry_a_weight_or_a_price_need_no_scale(tmp_path):
    """In-store codes go on as they are, and are not marked as weighed here."""
    shop = Shop(tmp_path / "shop").create("devices.scale=")
    async with shop.open() as till:
        await till.ok("sign_on", operator="1", pin="1111")
        line = line_of(await till.ok("scan", code=f"210401100842{check_digit('210401100842')}"))
        assert (line.weight_g, line.weighed) == (842, "")


@story
async def test_a_price_is_not_asked_of_a_scale_that_has_none(tmp_path):
    settings = ("devices.scale_protocol=nci", "devices.scale_legal_mode=scale_computes")
    shop = Shop(tmp_path / "shop").create(*settings)
    with pytest.raises(ConfigError, match="terminal_computes"):
        async with shop.open():
            pass


@story
async def test_a_secret_that_cannot_be_read_stops_the_start_with_its_line(tmp_path):
    shop = Shop(tmp_path / "shop").create("devices.scale_key_file=dialog")
    with pytest.raises(ConfigError, match="polynomial"):
        async with shop.open():
            pass
    (shop.data / "keys" / "dialog").write_text("8005\n")
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "put", grams=842)
        await till.ok("weigh", code=BANANAS)


def test_every_state_of_a_scale_without_a_weight_has_its_refusal():
    assert set(service.REFUSALS) == set(ScaleState)


@story
async def test_a_wrong_secret_weighs_nothing_and_is_said(tmp_path, caplog):
    """The scale refuses our checksums: a fault, in the log with what to mend."""
    shop = Shop(tmp_path / "shop").create("devices.scale_key_file=dialog")
    (shop.data / "keys" / "dialog").write_text("1021\n")
    async with shop.open() as till:
        await at_work(till)
        till.knob("scale", "put", grams=842)
        assert await till.refused("weigh", code=BANANAS) == "scale_failed"
        await till.running.terminal.submit(ask.WatchScale(BANANAS))
        await till.until(lambda: till.running.surroundings.scale.state == "fault")
        assert "the secret is not its maker's" in caplog.text
