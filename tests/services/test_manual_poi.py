"""A till whose card terminal is not connected: the cashier types what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.payment.manual import ManualTerminal
from tests.flows.books import books
from tests.flows.power import Cut, Till, copied
from tests.services.another_poi import paying_at
from tests.services.money import PRICE


@asynccontextmanager
async def beside(data: Path, **options: Any) -> AsyncIterator[Till]:
    """Start a till beside which a stand-alone card terminal stands."""
    async with paying_at(ManualTerminal(), data, **options) as till:
        yield till


@pytest.fixture
def data(counter: Path, tmp_path: Path) -> Path:
    return copied(counter, tmp_path / "beside")


async def ask_for_card(till: Till) -> None:
    """Start a card payment and wait until its result is to be typed."""
    await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
    await till.until(till.running.poi.waiting)


def statuses(till: Till) -> list[str]:
    return [tender["status"] for tender in till.sale["tenders"]]


def test_an_approval_that_is_typed_is_booked(data: Path):
    async def play() -> None:
        async with beside(data) as till:
            assert till.running.surroundings.typed_result
            await ask_for_card(till)
            answer = await till.ok("poi_answer", outcome="approved", approval_code="A00042")
            assert "SaleCompleted" in [type(event).__name__ for event in answer.events]
            (tender,) = till.state.sale.tenders
            assert (tender.card.approval_code, tender.card.last4) == ("A00042", "")
            assert list(books(data).booked.values()) == [PRICE]

    asyncio.run(play())


@pytest.mark.parametrize("outcome", ["declined", "cancelled"])
def test_a_refusal_that_is_typed_leaves_the_sale_to_be_paid(data: Path, outcome: str):
    async def play() -> None:
        async with beside(data) as till:
            await ask_for_card(till)
            await till.ok("poi_answer", outcome=outcome)
            assert statuses(till) == ["declined"]
            assert till.state.sale.tenders[0].reason == outcome
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            assert till.sale["status"] == "completed"

    asyncio.run(play())


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("approved", ""),
        ("approved", "1"),
        ("approved", "4970 1000"),
        ("approved", "0" * 13),
        ("unknown", ""),
        ("maybe", ""),
    ],
)
def test_what_is_no_result_is_refused_and_still_waited_for(data: Path, outcome: str, code: str):
    async def play() -> None:
        async with beside(data) as till:
            await ask_for_card(till)
            refused = await till.refused("poi_answer", outcome=outcome, approval_code=code)
            assert refused == "result_not_possible"
            assert statuses(till) == ["pending"]
            await till.ok("poi_answer", outcome="declined")

    asyncio.run(play())


def test_a_result_is_taken_once_and_only_when_one_is_waited_for(data: Path):
    async def play() -> None:
        async with beside(data) as till:
            typed = {"outcome": "approved", "approval_code": "A00042"}
            assert await till.refused("poi_answer", **typed) == "result_not_possible"
            await ask_for_card(till)
            await till.ok("poi_answer", **typed)
            assert await till.refused("poi_answer", **typed) == "result_not_possible"

    asyncio.run(play())


def test_a_shopper_cannot_approve_his_own_payment(data: Path):
    """Why a kiosk wants a terminal that is connected."""

    async def play() -> None:
        async with beside(data, role="kiosk") as till:
            await till.ok("sign_off")
            await ask_for_card(till)
            typed = {"outcome": "approved", "approval_code": "A00042"}
            assert await till.refused("poi_answer", **typed) == "not_signed_on"
            assert statuses(till) == ["pending"]

    asyncio.run(play())


def test_a_connected_terminal_speaks_for_itself(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            assert not till.running.surroundings.typed_result
            typed = {"outcome": "approved", "approval_code": "A00042"}
            assert await till.refused("poi_answer", **typed) == "no_such_action"

    asyncio.run(play())


@pytest.mark.parametrize("outcome", ["paid", "not_paid"])
def test_a_cut_while_the_result_is_waited_for(data: Path, tmp_path: Path, outcome: str):
    """REC-07, rule R10: unknown at once, as nothing can be asked; a supervisor resolves it."""

    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with beside(data) as till:
            cut.after_event(till.running, "PaymentSending")
            await ask_for_card(till)
        async with beside(cut.image) as till:
            assert till.running.recovery.payments_unknown == 1
            assert statuses(till) == ["unknown"]
            assert await till.refused("void", line=1) == "payment_unknown"
            word = {"tender": 1, "outcome": outcome, "reason": "vu", "evidence": "ticket 42"}
            assert await till.refused("resolve", **word) == "right_required"
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("resolve", **word)
            assert statuses(till) == ["booked" if outcome == "paid" else "declined"]
            assert list(books(cut.image).by_word.values()) == [outcome]

    asyncio.run(play())


def test_what_nobody_types_in_time_is_unknown(data: Path):
    """Rule R4: our time-out is not a result."""

    async def play() -> None:
        async with beside(data, answer_s=0.05) as till:
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert statuses(till) == ["unknown"]
            assert "payment_unknown" in [notice.kind for notice in till.state.notices]

    asyncio.run(play())
