"""Cash inserted at a cut is credited or repaid, never forgotten: machine and books agree."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from terminal.app import Running
from terminal.services import cash_machine
from tests.flows.cash import check_cash, cut_at
from tests.flows.power import Cut, Till, switched_on
from tests.services.money import FLOUR, LOCKED

PRICE = 15_000
"""Of the garden bench in the basket."""
WITH_MACHINE = {"devices.cash_machine": "sim:cash"}
Arm = Callable[[Cut, Running], None]
Story = Callable[[Till, Cut | None], Awaitable[None]]


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    monkeypatch.setattr(cash_machine, "POLL_S", 0.01)


# --- what must hold -------------------------------------------------------------------------------


async def check_settled(till: Till) -> None:
    """Compare machine and books, and see that whoever stands there can go on."""
    await till.ok("enquire")
    assert not till.state.attempts
    ours = check_cash(till.running.folder.path, till.knob("cash", "ledger")["operations"])
    assert len(ours.cash) <= 1, "cash was credited twice"
    if till.sale["status"] == "tendering":
        await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
    assert till.sale["status"] in ("open", "completed")
    assert till.state.last_receipt_sequence == (till.sale["status"] == "completed")


# --- stories, and where they are cut --------------------------------------------------------------


async def pay(till: Till, amount_minor: int = PRICE) -> None:
    await till.ok("pay", tender="cash_machine", amount_minor=amount_minor, wait=False)


async def insert(till: Till, *pieces: int) -> None:
    for value in pieces:
        till.knob("cash", "insert", value=value)


async def mouth_open(till: Till) -> bool:
    """Wait until the machine takes cash; False when the attempt ended before."""
    await till.until(
        lambda: till.knob("cash", "look")["stage"] == "taking" or not till.state.attempts
    )
    return bool(till.state.attempts)


async def over(till: Till) -> None:
    await till.until(lambda: not till.running.terminal.payments._running)


async def pays_with_change(till: Till, cut: Cut | None) -> None:
    await pay(till)
    if await mouth_open(till):
        await insert(till, 5000, 2000)
        if cut is not None and "half" in cut.watched:
            cut.now(till.running)
        await insert(till, 5000, 5000)
        if cut is not None and "whole" in cut.watched:
            cut.now(till.running)
    await over(till)


async def changes_his_mind(till: Till, cut: Cut | None) -> None:
    await pay(till)
    if await mouth_open(till):
        await insert(till, 5000, 2000)
        if cut is not None and "half" in cut.watched:
            cut.now(till.running)
        await till.ask("remove_tender", tender=1)
    await over(till)


async def walks_away(till: Till, cut: Cut | None) -> None:
    """The time passes with half the amount in."""
    await pay(till)
    if await mouth_open(till):
        await insert(till, 5000)
        if cut is not None and "half" in cut.watched:
            cut.now(till.running)
    await over(till)


async def machine_falls_silent(till: Till, cut: Cut | None) -> None:
    await pay(till)
    if await mouth_open(till):
        await insert(till, 5000, 5000)
        till.knob("cash", "unplug")
        if cut is not None and "half" in cut.watched:
            cut.now(till.running)
    await over(till)
    till.knob("cash", "plug")


async def loses(till: Till, cut: Cut | None, operation: str) -> None:
    """One answer of the machine never comes."""
    till.knob("cash", "lose_answer", operation=operation)
    till.knob("cash", "next", pieces=[5000, 5000, 5000])
    await pay(till)
    await over(till)


STORIES: dict[str, Story] = {
    "pays with change": pays_with_change,
    "changes his mind": changes_his_mind,
    "walks away": walks_away,
    "machine falls silent": machine_falls_silent,
    "number lost": lambda till, cut: loses(till, cut, "startOperation"),
    "beginning lost": lambda till, cut: loses(till, cut, "acknowledgeOperationId"),
    "count lost": lambda till, cut: loses(till, cut, "askOperation"),
}


def event(name: str) -> Arm:
    return lambda cut, running: cut.after_event(running, name)


def request(name: str, *, handled: bool) -> Arm:
    return lambda cut, running: cut_at(cut, running, name, handled=handled)


def moment(name: str) -> Arm:
    return lambda cut, _: cut.watched.append(name)


POINTS: dict[str, Arm] = {
    "no cut": lambda cut, running: None,
    "intent durable": event("PaymentIntended"),
    "start arrived": request("startOperation", handled=False),
    "start answered": request("startOperation", handled=True),
    "number durable": event("PaymentSending"),
    "beginning arrived": request("acknowledgeOperationId", handled=False),
    "beginning answered": request("acknowledgeOperationId", handled=True),
    "half the cash inside": moment("half"),
    "all the cash inside": moment("whole"),
    "count asked": request("askOperation", handled=True),
    "end asked": request("finishOperation", handled=False),
    "end answered": request("finishOperation", handled=True),
    "approval durable": event("PaymentApproved"),
    "credit durable": event("TenderBooked"),
    "repayment durable": event("PaymentEnded"),
    "unknown durable": event("PaymentUnknown"),
}


@pytest.mark.parametrize("story", STORIES)
def test_every_story_cut_at_every_point(at_counter, tmp_path: Path, story: str):
    """The machine's cash == credited + repaid, and nothing is ever credited twice."""

    async def play(n: int, point: str) -> bool:
        cut = Cut(tmp_path / f"cut{n}")
        patience = {"answer_s": 0.1} if story == "walks away" else {}
        async with at_counter(settings=WITH_MACHINE, **patience) as till:
            POINTS[point](cut, till.running)
            await STORIES[story](till, cut)
            await check_settled(till)
        if cut.image is None:
            return point == "no cut"
        async with switched_on(cut.image, settings=WITH_MACHINE) as till:
            await check_settled(till)
        return True

    async def all_points() -> list[str]:
        return [point for n, point in enumerate(POINTS) if await play(n, point)]

    assert len(asyncio.run(all_points())) >= 6, "the story meets too few of the points"


@pytest.mark.parametrize("point", ["number durable", "half the cash inside", "all the cash inside"])
def test_a_machine_that_lost_its_power_too(at_counter, tmp_path: Path, point: str):
    """While it does not answer the sale is locked as for cards; later it is settled by itself."""

    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with at_counter(settings=WITH_MACHINE) as till:
            POINTS[point](cut, till.running)
            await pays_with_change(till, cut)
        assert cut.image is not None

        def dead(running: Running) -> None:
            running.hub.bench.control("cash", "power_off")

        async with switched_on(cut.image, settings=WITH_MACHINE, before=dead) as till:
            assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
            assert "cash_unknown" in [notice.kind for notice in till.state.notices]
            for name, fields in LOCKED.items():
                assert await till.refused(name, **fields) == "payment_unknown"
            cash = {"tender": "cash_machine", "amount_minor": PRICE}
            assert await till.refused("pay", **cash) == "payment_unknown"
            till.knob("cash", "power_on")
            await till.until(lambda: not till.state.attempts)
            assert "cash_unknown" not in [notice.kind for notice in till.state.notices]
            await check_settled(till)

    asyncio.run(play())


# --- one by one -----------------------------------------------------------------------------------


def test_what_the_machine_kept_is_what_is_paid(at_counter):
    """It pays the change itself: the tender counts what stays in, and the receipt says so."""

    async def play() -> None:
        async with at_counter(settings=WITH_MACHINE) as till:
            till.knob("cash", "next", pieces=[5000, 5000, 2000, 5000])
            await till.ok("pay", tender="cash_machine", amount_minor=PRICE)
            assert till.sale["status"] == "completed"
            tenders = [(t["tender"], t["amount_minor"], t["status"]) for t in till.sale["tenders"]]
            assert tenders == [("cash_machine", PRICE, "booked")]
            assert till.sale["change_minor"] == 0
            await till.printed()
            assert "Espèces (automate)" in "".join(till.papers())
            await check_settled(till)

    asyncio.run(play())


@pytest.mark.parametrize("role", ["till", "kiosk"])
def test_change_that_the_machine_has_not_is_given_by_staff(at_counter, role: str):
    """All that it kept counts; what it could not pay out is change, and somebody is told."""

    async def play() -> None:
        async with at_counter(settings=WITH_MACHINE, role=role) as till:
            await till.ok("scan", code=FLOUR)
            for value in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
                till.knob("cash", "fill", value=value, count=0)
            till.knob("cash", "next", pieces=[5000] * 4)
            await till.ok("pay", tender="cash_machine", amount_minor=PRICE + 250)
            assert till.sale["status"] == "completed"
            assert till.sale["tenders"][0]["amount_minor"] == 20_000
            assert till.sale["change_minor"] == 4750
            told = [n for n in till.state.notices if n.kind == "cash_not_paid_out"]
            assert [n.details["amount_minor"] for n in told] == [4750]
            assert till.state.help_reason == ("cash_not_paid_out" if role == "kiosk" else "")
            await check_settled(till)

    asyncio.run(play())


def test_a_part_at_the_machine_the_rest_by_card(at_counter):
    async def play() -> None:
        async with at_counter(settings=WITH_MACHINE) as till:
            till.knob("cash", "next", pieces=[5000])
            await till.ok("pay", tender="cash_machine", amount_minor=4000)
            assert till.sale["due_minor"] == PRICE - 4000
            await till.ok("pay", tender="card", amount_minor=PRICE - 4000)
            assert till.sale["status"] == "completed"
            await check_settled(till)

    asyncio.run(play())


def test_what_was_kept_is_given_back_from_the_drawer(at_counter):
    async def play() -> None:
        async with at_counter(settings=WITH_MACHINE) as till:
            till.knob("cash", "next", pieces=[5000])
            await till.ok("pay", tender="cash_machine", amount_minor=5000)
            await till.ok("remove_tender", tender=1)
            assert [t["status"] for t in till.sale["tenders"]] == ["reversed"]
            assert till.sale["due_minor"] == PRICE

    asyncio.run(play())


def test_a_till_without_a_machine_has_no_such_tender(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            refused = till.refused("pay", tender="cash_machine", amount_minor=PRICE)
            assert await refused == "unknown_tender_kind"

    asyncio.run(play())


def test_an_unplugged_machine_takes_nothing_and_the_sale_goes_on(at_counter):
    async def play() -> None:
        async with at_counter(settings=WITH_MACHINE) as till:
            till.knob("cash", "unplug")
            await till.ok("pay", tender="cash_machine", amount_minor=PRICE)
            assert [t["status"] for t in till.sale["tenders"]] == ["declined"]
            till.knob("cash", "plug")
            await check_settled(till)

    asyncio.run(play())
