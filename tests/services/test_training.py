"""Training: everything works, everything is marked, nothing is in the books (NUM-06)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from terminal.clock import ManualClock
from terminal.config import load
from terminal.core.events import RecordSigned, TrainingBegan
from terminal.core.evolve import evolve
from terminal.folder import TRAINING, DataFolder
from terminal.store.store import Store
from terminal.training import practice
from tests.flows.books import books
from tests.flows.power import switched_on

NOON = 1_795_863_600_000
"""2026-11-28, 12:00 in Paris, a Saturday."""
BENCH = "2000000000015"


@pytest.fixture(params=["france", "plain"])
def folder(bare_shop, request):
    return bare_shop.create(f"fiscal.regime={request.param}").data


@pytest.fixture
def french(bare_shop):
    return bare_shop.create("fiscal.regime=france").data


def clock() -> ManualClock:
    return ManualClock(at_ms=NOON)


async def sell(till, tender: str = "card") -> None:
    await till.ok("scan", code=BENCH)
    await till.ok("pay", tender=tender, amount_minor=15_000)
    await till.printed()
    await till.ok("next")


def test_what_is_practised_is_in_a_journal_of_its_own(folder):
    async def play() -> None:
        async with switched_on(folder, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await sell(till)
            await till.ok("begin_training")
            assert till.running.restarting
            assert await till.refused("scan", code=BENCH) == "in_training"
        async with switched_on(folder, clock=clock()) as till:
            assert till.running.surroundings.training
            assert till.state.operator is None
            await till.ok("sign_on", operator="1", pin="1111")
            for tender in ("card", "cash"):
                await sell(till, tender)
            assert till.state.books.day.count == 2
            assert "*** TEST ***" in till.papers()[-1]
            assert "Mode école : document sans valeur" in till.papers()[-1]
            await till.ok("leave_training")
            assert till.running.restarting
        async with switched_on(folder, clock=clock()) as till:
            assert not till.running.surroundings.training
            assert till.state.books.day.count == 1
            await till.ok("sign_off")
            await till.ok("sign_on", operator="9", pin="9999")
            await sell(till)
            assert till.state.last_receipt_sequence == 2

    asyncio.run(play())
    shop, school = books(folder), books(folder / TRAINING)
    assert shop.events["TrainingBegan"] == shop.events["TrainingEnded"] == 1
    assert shop.events["SaleCompleted"] == school.events["SaleCompleted"] == 2
    numbers = [*shop.receipts, *school.receipts]
    assert len(set(numbers)) == 4
    assert [number[:2] for number in numbers] == ["82", "82", "00", "00"]


def test_practice_is_signed_in_its_own_chain_and_tied_to_the_books(french):
    async def play() -> tuple[str, list[dict]]:
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            answer = await till.ok("begin_training")
            assert any(isinstance(event, TrainingBegan) for event in answer.events)
            jet = [json.loads(e.content) for e in answer.events if isinstance(e, RecordSigned)]
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await sell(till)
            await till.ok("close", scope="day")
            assert set(till.state.chains) == {"ECO"}
            assert till.state.chains["ECO"].sequence == 2
            last = till.state.chains["ECO"].signature
            await till.ok("leave_training")
        async with switched_on(french, clock=clock()) as till:
            assert "ECO" not in till.state.chains
        return last, jet

    last, jet = asyncio.run(play())
    assert [(one["code"], one["operator_id"]) for one in jet] == [(930, "9")]
    assert books(french).events["TrainingEnded"] == 1
    store = Store.open_read_only(french, evolve=evolve)
    ended = [json.loads(r.payload_json) for r in store.journal.read() if r.type == "TrainingEnded"]
    store.close()
    assert ended == [{"receipts": 1, "last_record": last}]


def test_a_power_cut_in_training_resumes_the_practice_sale(french):
    async def play() -> None:
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("begin_training")
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("scan", code=BENCH)
            assert await till.refused("leave_training") == "sale_in_progress"
        async with switched_on(french, clock=clock()) as till:  # the one before was thrown away
            assert till.running.surroundings.training
            assert till.running.recovery.power_cut
            assert [line.code for line in till.state.sale.lines] == [BENCH]
            await till.ok("pay", tender="cash", amount_minor=15_000)

    asyncio.run(play())


def test_a_cut_before_the_marker_leaves_a_shop_that_sells(french):
    """Training began in the books, and the power went: no marker, so it is over."""

    async def play() -> None:
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("begin_training")
        DataFolder(french).end_training()
        async with switched_on(french, clock=clock()) as till:
            assert not till.running.surroundings.training
            assert not till.state.training
            await sell(till)

    asyncio.run(play())
    assert books(french).events["TrainingEnded"] == 1


def test_training_that_cannot_be_marked_does_not_begin(french):
    (french / TRAINING).write_text("in the way", encoding="utf-8")

    async def play() -> None:
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            assert await till.refused("begin_training") == "storage_failed"
            assert not till.state.training
            await sell(till)

    asyncio.run(play())
    assert books(french).events["TrainingEnded"] == 1


def test_who_may_begin_and_when(french):
    async def play() -> None:
        async with switched_on(french, clock=clock()) as till:
            assert await till.refused("begin_training") == "not_signed_on"
            await till.ok("sign_on", operator="1", pin="1111")
            assert await till.refused("begin_training") == "right_required"
            assert await till.refused("leave_training") == "bad_request"
            await till.ok("scan", code=BENCH)
            allowed = {"authorised_by": {"operator": "9", "pin": "9999"}}
            assert await till.refused("begin_training", **allowed) == "sale_in_progress"
            await till.ok("cancel_sale", reason="essai")
            await till.ok("begin_training", **allowed)
        async with switched_on(french, clock=clock()) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            assert await till.refused("begin_training") == "in_training"
            assert await till.refused("adopt", role="printer", address="sim:p") == "in_training"

    asyncio.run(play())


def test_nothing_that_takes_money_is_real_in_training(bare_shop):
    settings = (
        "devices.poi=tcp:192.0.2.1:8888",
        "devices.poi_protocol=caisse-ap",
        "devices.cash_machine=tcp:192.0.2.2:443",
        "devices.receipt_printer=tcp:192.0.2.3:9100",
        "fiscal.extraction_folder=/mnt/hub",
    )
    config = practice(load(bare_shop.create(*settings).data / "reprise.toml"))
    devices = config.devices
    assert (devices.poi, devices.cash_machine, devices.drawer) == (
        "sim:poi", "sim:cash", "sim:drawer",
    )  # fmt: skip
    assert devices.receipt_printer == "tcp:192.0.2.3:9100"
    assert config.terminal.receipt_prefix == "00"
    assert config.fiscal.extraction_folder == ""


def test_one_console_goes_through_the_door_and_back(french):
    """The program starts anew at each door; who talks to it sees it say ready again."""
    lines = (
        {"do": "sign_on", "operator": "9", "pin": "9999"},
        {"do": "begin_training"},
        {"do": "sign_on", "operator": "9", "pin": "9999"},
        {"do": "scan", "code": BENCH},
        {"do": "pay", "tender": "cash", "amount_minor": 15_000},
        {"do": "leave_training"},
        {"do": "sign_on", "operator": "9", "pin": "9999"},
        {"do": "scan", "code": BENCH},
    )
    done = subprocess.run(
        [sys.executable, "-m", "terminal", "console", "--data", str(french)],
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("ready" if "ready" in one else one["ok"]) for one in answers] == [
        "ready", True, True, "ready", True, True, True, True, "ready", True, True,
    ]  # fmt: skip
    verified = [
        subprocess.run(
            [sys.executable, "-m", "terminal", "verify", "--data", str(folder)],
            capture_output=True, text=True, timeout=120, check=False,
        ).stdout.partition(" records, ")[2]
        for folder in (french, french / TRAINING)
    ]  # fmt: skip
    assert verified == ["0 receipts: everything agrees\n", "1 receipts: everything agrees\n"]
