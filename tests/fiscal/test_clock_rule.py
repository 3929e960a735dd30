"""A clock that is far behind the books begins nothing that is signed, and loses nothing paid."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.cli.main import run
from terminal.clock import ManualClock
from terminal.core.events import RecordSigned
from terminal.core.evolve import evolve
from terminal.core.policy import Moment
from terminal.core.state import TerminalState
from terminal.fiscal import jet
from terminal.fiscal.clock_rule import TOLERANCE_MS, is_stopped
from terminal.journal.upcast import decode
from terminal.store.store import Store
from tests.conftest import Shop
from tests.flows.power import Cut, Till, switched_on
from tests.services.money import PRICE, standing

BENCH, FLOUR = "2000000000015", "3270190128724"
HOUR_MS = 3_600_000
NOW_MS = 1_795_000_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return Shop(tmp_path_factory.mktemp("clock") / "shop").create("fiscal.regime=france").data


@pytest.fixture
def french(made, tmp_path) -> Path:
    """A shop of its own for each test, made once."""
    return Path(shutil.copytree(made, tmp_path / "shop"))


def signed_codes(data: Path) -> list[int]:
    """Return the codes of the technical events, in order."""
    with closing(Store.open_read_only(data, evolve=evolve)) as store:
        events = [
            decode(record) for record in store.journal.read() if record.type == "RecordSigned"
        ]
    found = [event for event in events if isinstance(event, RecordSigned) and event.chain == "JET"]
    return [json.loads(event.content)["code"] for event in found]


def played(
    data: Path,
    story: Callable[[Till, ManualClock], Awaitable[None]],
    role: str = "till",
    **options: Any,
) -> None:
    """Play at a till with an open sale of one bench, and verify its books."""

    async def play() -> None:
        clock = ManualClock()
        async with switched_on(data, clock=clock, role=role, **options) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            await story(till, clock)
            await till.until(lambda: till.running.terminal.spooler.idle)

    asyncio.run(play())
    assert run(["verify", "--data", str(data)]) == 0


def set_back(clock: ManualClock, by_ms: int = HOUR_MS) -> None:
    clock.set(clock.now_ms() - by_ms)


@pytest.mark.parametrize(
    ("behind_ms", "confirmed_ms", "stopped"),
    [
        (0, 0, False),
        (2_000, 0, False),
        (TOLERANCE_MS, 0, False),
        (TOLERANCE_MS + 1, 0, True),
        (HOUR_MS, NOW_MS - HOUR_MS, False),
        (HOUR_MS - 60_000, NOW_MS - HOUR_MS, False),
        (HOUR_MS + TOLERANCE_MS, NOW_MS - HOUR_MS, False),
        (HOUR_MS + TOLERANCE_MS + 1, NOW_MS - HOUR_MS, True),
    ],
)
def test_how_far_a_clock_may_be_behind(behind_ms, confirmed_ms, stopped):
    state = TerminalState(last_at_ms=NOW_MS, clock_confirmed_ms=confirmed_ms)
    assert is_stopped(state, Moment(NOW_MS, "2026-11-18", behind_ms)) is stopped


def test_no_payment_is_begun_and_everything_unsigned_goes_on(french):
    async def story(till: Till, clock: ManualClock) -> None:
        set_back(clock)
        assert await till.refused("pay", tender="cash", amount_minor=50_000) == "clock_behind"
        assert await till.refused("pay", tender="card", amount_minor=PRICE) == "clock_behind"
        cheque = {"tender": "cheque", "amount_minor": PRICE, "number": "1"}
        assert await till.refused("pay", **cheque) == "clock_behind"
        assert standing(till) == []
        await till.ok("scan", code=FLOUR)
        await till.ok("void", line=2)
        await till.ok("park", label="red coat")
        await till.ok("recall", sale=next(iter(till.state.parked)))
        assert [notice.kind for notice in till.state.notices] == ["clock_set_back"]
        assert till.running.surroundings.clock_stopped

    played(french, story)
    assert signed_codes(french).count(jet.INTEGRITY) == 1


def test_it_sells_again_as_soon_as_the_clock_is_right(french):
    async def story(till: Till, clock: ManualClock) -> None:
        set_back(clock)
        assert await till.refused("pay", tender="cash", amount_minor=50_000) == "clock_behind"
        set_back(clock, -HOUR_MS)
        await till.ok("pay", tender="cash", amount_minor=50_000)
        assert not till.running.surroundings.clock_stopped

    played(french, story)


def test_a_small_step_back_is_held_and_sells_on(french):
    async def story(till: Till, clock: ManualClock) -> None:
        set_back(clock, TOLERANCE_MS)
        before = till.state.last_at_ms
        await till.ok("pay", tender="cash", amount_minor=50_000)
        assert till.state.sale.completed_at_ms == before

    played(french, story)


def test_a_supervisor_says_that_the_clock_is_right(french):
    """The books were ahead: the word is a technical event, and holds until the clock is put back
    again."""

    async def story(till: Till, clock: ManualClock) -> None:
        assert await till.refused("confirm_clock") == "right_required"
        supervisor = {"operator": "9", "pin": "9999"}
        allowed = {"authorised_by": supervisor}
        assert await till.refused("confirm_clock", **allowed) == "clock_not_behind"
        set_back(clock)
        await till.ok("confirm_clock", **allowed)
        await till.ok("pay", tender="cash", amount_minor=50_000)
        await till.ok("next")
        clock.advance(60)
        await till.ok("scan", code=BENCH)
        await till.ok("pay", tender="card", amount_minor=PRICE)
        await till.ok("next")
        await till.ok("scan", code=BENCH)
        set_back(clock)
        assert await till.refused("pay", tender="card", amount_minor=PRICE) == "clock_behind"
        await till.ok("confirm_clock", **allowed)
        set_back(clock, -3 * HOUR_MS)
        await till.ok("pay", tender="card", amount_minor=PRICE)
        await till.ok("next")
        await till.ok("scan", code=BENCH)
        set_back(clock)
        assert await till.refused("pay", tender="card", amount_minor=PRICE) == "clock_behind"
        set_back(clock, -HOUR_MS)

    played(french, story)
    assert signed_codes(french).count(jet.CLOCK_CONFIRMED) == 2


def test_neither_a_duplicate_nor_a_closure_by_hand_is_made(french):
    async def story(till: Till, clock: ManualClock) -> None:
        await till.ok("pay", tender="cash", amount_minor=50_000)
        await till.printed()
        number = till.sale["receipt_number"]
        await till.ok("next")
        set_back(clock)
        assert await till.refused("reprint", receipt_number=number) == "clock_behind"
        await till.ok("sign_on", operator="9", pin="9999")
        assert await till.refused("close", scope="day") == "clock_behind"
        assert till.state.last_reconciled == 0, "the payment terminal's day stays open too"
        await till.ok("cash", kind="drop", amount_minor=100, reason="coffre")
        set_back(clock, -HOUR_MS)
        await till.ok("reprint", receipt_number=number)
        await till.ok("close", scope="day")

    played(french, story)


def test_a_sale_is_given_up_and_the_operator_changes_whatever_the_clock_says(french):
    async def story(till: Till, clock: ManualClock) -> None:
        set_back(clock)
        await till.ok("cancel_sale", reason="parti")
        await till.ok("sign_on", operator="9", pin="9999")

    played(french, story)
    assert signed_codes(french)[-2:] == [jet.STOP, jet.START]


# --- once money was taken -------------------------------------------------------------------------


def test_a_card_that_is_in_the_terminal_is_booked_and_its_sale_completed(french):
    async def story(till: Till, clock: ManualClock) -> None:
        till.knob("poi", "auto", on=False)
        await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
        await till.until(lambda: till.knob("poi", "look")["stage"] == "card")
        set_back(clock)
        till.knob("poi", "present_card")
        till.knob("poi", "press", key="ok")
        await till.until(lambda: till.sale["status"] == "completed")
        assert standing(till) == [PRICE]

    played(french, story, real_time=True)


def test_what_is_left_of_a_sale_that_is_paid_in_part_may_be_paid(french):
    async def story(till: Till, clock: ManualClock) -> None:
        await till.ok("pay", tender="cash", amount_minor=5_000)
        set_back(clock)
        await till.ok("pay", tender="card", amount_minor=5_000)
        await till.ok("pay", tender="cash", amount_minor=20_000)
        assert till.sale["status"] == "completed"
        await till.ok("next")
        await till.ok("scan", code=FLOUR)
        assert await till.refused("pay", tender="cash", amount_minor=250) == "clock_behind"

    played(french, story)


def test_a_sale_whose_money_was_given_back_is_not_paid_anew(french):
    async def story(till: Till, clock: ManualClock) -> None:
        await till.ok("pay", tender="cash", amount_minor=5_000)
        set_back(clock)
        await till.ok("remove_tender", tender=1)
        assert await till.refused("pay", tender="cash", amount_minor=20_000) == "clock_behind"

    played(french, story)


def test_a_payment_in_doubt_is_settled_whatever_the_clock_says(french):
    async def story(till: Till, clock: ManualClock) -> None:
        till.knob("poi", "next", outcome="unplug", approved=True)
        await till.ask("pay", tender="card", amount_minor=PRICE)
        assert till.state.attempts
        set_back(clock)
        till.knob("poi", "plug")
        await till.until(lambda: not till.state.attempts)
        assert till.sale["status"] == "completed"
        assert standing(till) == [PRICE]

    played(french, story)


@pytest.mark.parametrize("event", ["PaymentIntended", "PaymentSending", "TenderBooked"])
def test_a_cut_and_a_clock_that_wakes_up_an_hour_ago_lose_no_payment(french, tmp_path, event):
    """The ordinary night of a machine without a battery behind its clock."""

    async def play() -> Path:
        clock = ManualClock()
        cut = Cut(tmp_path / "cut")
        async with switched_on(french, clock=clock) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=BENCH)
            cut.after_event(till.running, event)
            await till.ask("pay", tender="card", amount_minor=PRICE)
            memory = till.running.hub.bench.poi
        assert cut.image is not None
        set_back(clock)
        charged = [one for one in memory.control("ledger")["ledger"] if one["state"] == "approved"]
        async with switched_on(cut.image, clock=clock) as till:
            assert till.running.surroundings.clock_stopped
            if not charged or till.sale["status"] == "tendering":
                await till.ok("sign_on", operator="9", pin="9999")
                for tender in till.sale["tenders"]:
                    if tender["status"] == "unknown":
                        await till.ok(
                            "resolve", tender=tender["n"], outcome="paid", reason="vu",
                            evidence="ticket 1",
                        )  # fmt: skip
            if till.sale["status"] in ("open", "tendering"):
                await till.ok("confirm_clock")
                await till.ok("pay", tender="card", amount_minor=till.sale["due_minor"])
            assert till.sale["status"] == "completed"
            await till.printed()
        return cut.image

    image = asyncio.run(play())
    assert run(["verify", "--data", str(image)]) == 0


def test_a_day_that_is_due_closes_whatever_the_clock_says(french):
    """It would stand in the way of everything, also of saying that the clock is right."""

    async def play() -> None:
        clock = ManualClock()
        async with switched_on(french, clock=clock) as till:
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("scan", code=BENCH)
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            await till.printed()
            await till.ok("next")
            first = till.state.business_date
            clock.advance(24 * 3600)
            await till.ok("scan", code=BENCH)
            assert till.state.books.closed["day"] == first
            set_back(clock, 2 * 24 * HOUR_MS)
            await till.ok("scan", code=BENCH)
            await till.ok("confirm_clock")
            await till.ok("pay", tender="cash", amount_minor=2 * PRICE)
            await till.printed()

    asyncio.run(play())
    assert run(["verify", "--data", str(french)]) == 0


def test_a_kiosk_closes_its_lane_and_calls_staff_who_may_confirm(french):
    async def play() -> None:
        clock = ManualClock()
        async with switched_on(french, clock=clock, role="kiosk") as kiosk:
            await kiosk.ok("scan", code=BENCH)
            set_back(clock)
            assert await kiosk.refused("pay", tender="card", amount_minor=PRICE) == "clock_behind"
            assert kiosk.screen() == "basket"
            await kiosk.ok("cancel_sale", reason="parti")
            await kiosk.ok("next")
            assert kiosk.screen() == "out_of_service"
            supervisor = {"operator": "9", "pin": "9999"}
            await kiosk.ok("confirm_clock", authorised_by=supervisor)
            assert kiosk.screen() == "welcome"

    asyncio.run(play())
