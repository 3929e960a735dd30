"""A PIN that came with the settings opens nothing but the choice of another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from terminal.folder import DataFolder
from terminal.services.operators import Operators, pin_refusal
from tests.flows.power import Cut, switched_on

FLOUR = "3270190128724"


def given(data: Path, number: str = "9", pin: str = "9999") -> None:
    """Give an operator a first PIN, as the technician's file does."""
    operators = Operators.load(data, DataFolder(data).key.read_bytes())
    known = operators.find(number)
    operators.add(number, known.name, known.role, pin, first_pin=True)
    operators.save(data)


@pytest.fixture
def new_shop(shop):
    given(shop.data)
    return shop


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("9999", "pin_same"),
        ("0000", "pin_simple"),
        ("1234", "pin_simple"),
        ("87654321", "pin_simple"),
        ("123", "pin_length"),
        ("", "pin_length"),
        ("1" * 13, "pin_length"),
        ("12a4", "pin_length"),
        ("4821", ""),
        ("1235", ""),
        ("112233445566", ""),
    ],
)
def test_which_pins_may_be_chosen(pin, code):
    assert pin_refusal(pin, "9999") == code


def test_nothing_is_opened_before_another_pin_was_chosen(new_shop):
    async def play() -> None:
        async with switched_on(new_shop.data) as till:
            assert await till.refused("sign_on", operator=9, pin="9999") == "new_pin_required"
            assert till.state.operator is None
            for pin, code in (("9999", "pin_same"), ("4444", "pin_simple"), ("12", "pin_length")):
                again = {"operator": 9, "pin": "9999", "new_pin": pin}
                assert await till.refused("sign_on", **again) == code
            wrong = {"operator": 9, "pin": "1111", "new_pin": "4821"}
            assert await till.refused("sign_on", **wrong) == "wrong_pin"
            await till.ok("sign_on", operator=9, pin="9999", new_pin="4821")
            assert till.state.operator.operator_id == "9"
            await till.ok("sign_off")
            assert await till.refused("sign_on", operator=9, pin="9999") == "wrong_pin"
            await till.ok("sign_on", operator=9, pin="4821")

    asyncio.run(play())


def test_the_choice_outlives_a_power_cut(new_shop, tmp_path):
    async def play() -> None:
        async with switched_on(new_shop.data) as till:
            await till.ok("sign_on", operator=9, pin="9999", new_pin="4821")
            image = Cut(tmp_path / "cut").now(till.running)
        async with switched_on(image) as till:
            if till.state.operator is not None:
                await till.ok("sign_off")
            assert await till.refused("sign_on", operator=9, pin="9999") == "wrong_pin"
            await till.ok("sign_on", operator=9, pin="4821")

    asyncio.run(play())


def test_a_sale_that_was_resumed_is_never_kept_from_its_shopper(new_shop):
    """POW-01: the first PIN is enough while a sale waits; afterwards it is not."""

    async def play() -> None:
        async with switched_on(new_shop.data) as till:
            await till.ok("sign_on", operator=1, pin="1111")
            await till.ok("scan", code=FLOUR)
            await till.ok("sign_off")
            await till.ok("sign_on", operator=9, pin="9999")
            await till.ok("pay", tender="cash", amount_minor=250)
            await till.ok("next")
            await till.ok("sign_off")
            assert await till.refused("sign_on", operator=9, pin="9999") == "new_pin_required"

    asyncio.run(play())


def test_a_pin_of_one_s_own_is_not_asked_for_again_and_can_be_changed(shop):
    async def play() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator=1, pin="1111")
            await till.ok("sign_off")
            await till.ok("sign_on", operator=1, pin="1111", new_pin="7391")
            await till.ok("sign_off")
            await till.ok("sign_on", operator=1, pin="7391")
            assert till.state.operator.operator_id == "1"

    asyncio.run(play())


def test_a_disk_that_does_not_take_the_new_pin_keeps_nobody_out(new_shop):
    async def play() -> None:
        async with switched_on(new_shop.data) as till:
            (new_shop.data / "operators.json.new").mkdir()
            await till.ok("sign_on", operator=9, pin="9999", new_pin="4821")
            await till.ok("sign_off")
            (new_shop.data / "operators.json.new").rmdir()
            assert await till.refused("sign_on", operator=9, pin="9999") == "new_pin_required"

    asyncio.run(play())


def test_versions_before_can_read_who_has_a_pin_of_their_own(new_shop):
    rows = {row["operator_id"]: row for row in json.loads(_text(new_shop.data))}
    assert [rows[number].get("first_pin") for number in ("1", "9")] == [None, True]
    key = DataFolder(new_shop.data).key.read_bytes()
    operators = Operators.load(new_shop.data, key)
    operators.with_pin("9", "4821").save(new_shop.data)
    assert "first_pin" not in _text(new_shop.data)


def _text(data: Path) -> str:
    return (data / "operators.json").read_text(encoding="utf-8")
