"""Commissioning as a whole: who may, what it stops, what a restart keeps, and its paper."""

from __future__ import annotations

import asyncio
import json

import pytest

from terminal.core.events import DrawerOpened, Maintained
from tests.conftest import Shop
from tests.flows.power import Cut, switched_on
from tests.services.technician import (
    SUPERVISOR,
    came_of,
    everything_needed,
    page,
    passes,
    result,
    told,
)

# --- who may, and when ----------------------------------------------------------------------------


def test_a_cashier_needs_somebody_with_the_right(shop):
    async def story(till):
        await till.ok("sign_off")
        await till.ok("sign_on", operator="1", pin="1111")
        assert await till.refused("run_step", step="poi") == "not_commissioning"
        assert await till.refused("commission") == "right_required"
        await till.ok("commission", authorised_by=SUPERVISOR)
        await passes(till, "poi")
        assert result(till, "poi").operator_id == "9"
        await till.ok("leave_commissioning")
        assert await till.refused("run_step", step="poi") == "not_commissioning"

    told(shop, story, begin=False)


def test_nothing_is_tested_during_a_sale(shop):
    async def story(till):
        await till.ok("scan", code="3270190128724")
        assert await till.refused("commission") == "sale_in_progress"

    told(shop, story, begin=False)


def test_a_terminal_that_must_be_commissioned_sells_nothing_before(tmp_path):
    """Selling waits for the needed devices, and for nothing else."""
    shop = Shop(tmp_path / "shop").create("terminal.commissioning=required")

    async def story(till):
        assert await till.refused("scan", code="3270190128724") == "not_commissioned"
        await till.ok("commission")
        await everything_needed(till)
        assert not page(till).blocked
        await till.ok("leave_commissioning")
        await till.ok("scan", code="3270190128724")
        assert till.running.surroundings.commissioning.offered  # no report yet

    told(shop, story, begin=False)


def test_a_shop_that_sells_already_is_not_stopped_and_not_bothered(shop):
    async def story(till):
        seen = till.running.surroundings.commissioning
        assert (seen.blocked, seen.offered, seen.lines) == (False, False, ())
        await till.ok("scan", code="3270190128724")

    told(shop, story, begin=False)


# --- restarts -------------------------------------------------------------------------------------


def test_a_cut_in_the_middle_of_a_step_keeps_what_was_found_before(tmp_path, shop):
    async def run() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", **SUPERVISOR)
            await till.ok("commission")
            await passes(till, "poi")
            await till.ok("run_step", step="scanner")
            await till.until(lambda: page(till).stage.code)
            left = Cut(tmp_path / "cut").now(till.running)
        async with switched_on(left) as till:
            assert came_of(till, "poi") == ("passed", "")
            assert came_of(till, "scanner") == ("pending", "")
            await till.ok("commission")  # resumed by whoever is still signed on
            await passes(till, "printer")

    asyncio.run(run())


def test_a_result_is_worth_nothing_for_another_device(tmp_path, shop):
    async def first(till):
        await passes(till, "printer")

    told(shop, first)
    settings = shop.data / "reprise.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'receipt_printer = "sim:printer"' in text
    settings.write_text(
        text.replace('receipt_printer = "sim:printer"', 'receipt_printer = "usblp:04b8:0e28"'),
        encoding="utf-8",
    )

    async def second(till):
        assert came_of(till, "printer") == ("pending", "")

    told(shop, second)


def test_a_file_that_cannot_be_read_is_put_aside_and_nothing_was_tested(shop):
    folder = shop.data / "commissioning"
    folder.mkdir()
    (folder / "steps.json").write_text('{"version": 1, "results"', encoding="utf-8")

    async def story(till):
        assert came_of(till, "poi") == ("pending", "")
        assert (folder / "steps.bad").exists()

    told(shop, story)


# --- paper and report -----------------------------------------------------------------------------


def test_the_test_receipt_goes_the_normal_way_and_is_marked_as_no_sale(shop):
    async def story(till):
        await passes(till, "poi")
        await passes(till, "receipt")
        paper = till.papers()[-1]
        for words in ("MISE EN SERVICE", "PAS UNE VENTE", "3001", "Terminal de paiement", "réussi"):
            assert words in paper
        assert not till.state.print_jobs
        receipts = (await till.ok("receipts")).found["receipts"]
        assert not receipts  # no number was taken

    told(shop, story)


@pytest.mark.parametrize("regime", ["plain", "france"])
def test_the_report_is_signed_kept_noted_and_printed(tmp_path, regime):
    shop = Shop(tmp_path / "shop").create(f"fiscal.regime={regime}")

    async def story(till):
        heard = []
        till.running._bus.subscribe(lambda change: heard.extend(change.events))
        await everything_needed(till)
        await till.ok("sign_report")
        record = till.running.terminal.commissioning.record
        said = json.loads(record.report)
        assert said["till"] == "3001"
        assert said["operator_id"] == "9"
        assert {one["step"]: one["state"] for one in said["steps"]}["poi"] == "passed"
        assert [one["role"] for one in said["devices"]][:2] == ["printer", "scanner"]
        noted = [event for event in heard if isinstance(event, Maintained)]
        assert [event.what for event in noted] == ["commissioning"]
        names = {path.suffix for path in (shop.data / "commissioning").glob("report-*")}
        assert names == {".json", ".txt", ".pdf"}
        await till.printed()
        assert "Rapport signé" in till.papers()[-1]
        assert page(till).code == record.code
        assert not page(till).stale
        await passes(till, "poi")
        assert page(till).stale  # the report says nothing of this one

    told(shop, story)


def test_the_drawer_that_a_step_opens_is_in_the_journal(shop):
    async def story(till):
        heard = []
        till.running._bus.subscribe(lambda change: heard.extend(change.events))
        await everything_needed(till)
        opened = [event for event in heard if isinstance(event, DrawerOpened)]
        assert len(opened) == 1

    told(shop, story)
