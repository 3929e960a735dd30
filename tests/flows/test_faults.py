"""The sample fault scripts, played at a whole terminal: what they break is said, and survived."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivers.base import Health
from drivers.fault_script import load, read, samples
from tests.flows.books import books, check_paper
from tests.flows.process import ConsoleProcess, SimulatorProcess, reprise

APRON, BANANAS = "2000000000053", "4011"
FOR_AN_AFTERNOON = {"bad_day"}
"""Too long for a test; its plan is tested with the drivers."""


async def begin(till) -> None:
    await till.ok("sign_on", operator=1, pin="1111")
    await till.until(lambda: till.knob("scanner", "look")["listened_to"])


async def over(till) -> None:
    """Wait for the end of the script, and see that it did all it says."""
    await till.until(lambda: not till.knob("bench", "look")["running"])
    seen = till.knob("bench", "look")
    assert (seen["failed"], bool(seen["done"])) == ("", True)


async def sell_in_cash(till) -> str:
    await till.ok("scan", code=APRON)
    await till.ok("pay", tender="cash", amount_minor=1500)
    return str(till.sale["receipt_number"])


def story(shop, script: str, play) -> None:
    async def told() -> None:
        async with shop.open() as till:
            await begin(till)
            await play(till, lambda: till.knob("bench", "faults", script=script))
            await over(till)

    asyncio.run(told())
    assert books(shop.data).open == {}


def test_the_paper_ends_in_the_middle_of_a_receipt(shop):
    async def play(till, go):
        go()
        await till.until(lambda: till.knob("bench", "look")["done"])  # the end of the roll is set
        number = await sell_in_cash(till)
        await till.until(lambda: till.running.hub.statuses()["printer"].health is Health.BLOCKED)
        await till.printed()
        assert check_paper(till.papers(), number) == (1, 0)

    story(shop, "paper_out", play)


def test_the_printer_is_unplugged_in_the_middle_of_a_receipt(shop):
    async def play(till, go):
        go()
        number = await sell_in_cash(till)
        await till.printed()
        originals, duplicates = check_paper(till.papers(), number)
        assert originals + duplicates >= 1

    story(shop, "printer_cable", play)


def test_the_scanner_is_unplugged_in_the_middle_of_a_scan(shop):
    async def play(till, go):
        go()
        await over(till)
        assert till.state.sale is None  # half a code is no code
        await till.until(lambda: till.knob("scanner", "look")["listened_to"])
        till.knob("scanner", "scan", code=APRON)
        await till.until(lambda: till.state.sale)
        assert [line.code for line in till.state.sale.lines] == [APRON]

    story(shop, "scanner_cable", play)


def test_the_payment_terminal_stalls_and_the_sale_is_paid_otherwise(shop):
    async def play(till, go):
        await till.ok("scan", code=APRON)
        go()
        await till.ok("pay", tender="card", amount_minor=1500, wait=False)
        await over(till)
        await till.until(lambda: not till.state.attempts)
        await till.ok("pay", tender="cash", amount_minor=1500)
        assert till.knob("poi", "ledger")["ledger"] == []
        assert [one["tender"] for one in till.sale["tenders"] if one["status"] == "booked"] == [
            "cash"
        ]

    story(shop, "poi_stall", play)


def test_a_scale_that_wobbles_is_never_believed(shop):
    async def play(till, go):
        await till.until(lambda: till.running.hub.statuses()["scale"].health is Health.READY)
        go()
        await till.until(lambda: till.knob("bench", "look")["done"])
        till.knob("scale", "put", grams=842)
        assert await till.refused("weigh", code=BANANAS) == "scale_moving"
        await over(till)
        await till.ok("weigh", code=BANANAS)
        assert till.sale["lines"][0]["weight_g"] == 842

    story(shop, "scale_wobble", play)


def test_a_drawer_that_jams_stops_no_sale(shop):
    async def play(till, go):
        go()
        await till.until(lambda: till.knob("drawer", "look")["jammed"])
        await sell_in_cash(till)
        await till.printed()
        assert till.knob("drawer", "look")["openings"] == 0
        await over(till)
        await till.ok("next")
        await sell_in_cash(till)
        await till.until(lambda: till.knob("drawer", "look")["openings"] == 1)

    story(shop, "drawer_jam", play)


def test_everything_is_off_for_two_seconds_and_the_sale_stands(shop):
    async def play(till, go):
        await till.ok("scan", code=APRON)
        go()
        roles = ("printer", "scanner", "poi", "scale")
        health = till.running.hub.statuses
        await till.until(lambda: all(health()[role].health is Health.ABSENT for role in roles))
        await till.ok("scan", code=APRON)
        await over(till)
        await till.until(lambda: all(health()[role].health is Health.READY for role in roles))
        await till.ok("pay", tender="card", amount_minor=3000)
        assert till.sale["status"] == "completed"
        await till.printed()
        assert check_paper(till.papers(), str(till.sale["receipt_number"])) == (1, 0)

    story(shop, "blackout", play)


def test_every_sample_is_played_here():
    here = Path(__file__).read_text(encoding="utf-8")
    played = {name for name in samples() if f'story(shop, "{name}"' in here}
    assert played == set(samples()) - FOR_AN_AFTERNOON
    assert all(load(name).name for name in samples())


def test_the_console_plays_scripts_and_says_what_is_wrong_with_one(shop, tmp_path):
    script = tmp_path / "night.yaml"
    script.write_text("steps:\n  - device: drawer\n    do: jam\n")
    with ConsoleProcess(shop.data) as console:
        console.ok("sign_on", operator="1", pin="1111")
        seen = console.ok("device", device="bench", action="faults", script=str(script))["device"]
        while seen["running"]:
            seen = console.ok("device", device="bench", action="look")["device"]
        assert [one["do"] for one in seen["done"]] == ["jam"]
        assert read(seen["record"]).steps[0].turns[0].action == "jam"
        assert console.ok("device", device="drawer", action="look")["device"]["jammed"]
        script.write_text("steps:\n  - device: drawer\n    do: burn\n")
        refusal = console.ask("device", device="bench", action="faults", script=str(script))
        assert refusal["refused"] == "no_such_action"
        assert "night.yaml, line 2: drawer has no knob 'burn'" in refusal["text"]


def test_a_device_by_itself_plays_a_script_and_keeps_what_it_did(tmp_path):
    script = tmp_path / "night.yaml"
    script.write_text(
        "steps:\n  - {device: drawer, do: jam}\n  - {device: printer, do: paper_out}\n"
    )
    memory = tmp_path / "memory"
    options = ("--faults", str(script))
    with SimulatorProcess(
        "simple", "tcp:127.0.0.1:0", memory, *options, device="printer"
    ) as printer:
        while printer.turn("look")["paper"] != "out":
            assert printer.alive
        assert printer.turn("look", device="drawer")["jammed"]
        assert "there is no 'poi' here" in printer.turn("look", device="poi")["why"]
        assert printer.close() == 0
    assert len(read((memory / "faults-done.yaml").read_text()).steps) == 2


@pytest.mark.parametrize("script", ["poi_stall", "nowhere.yaml"])
def test_a_script_for_other_devices_is_refused_at_the_start(script):
    refused = reprise("simulate", "printer", "--faults", script)
    assert refused.returncode == 1
    assert script in refused.stderr.decode()
