"""Rule R11: our card tenders against the payment terminal's own totals."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.payment.base import Operation, PaymentTerminal, Request
from drivers.payment.manual import ManualTerminal
from drivers.payment.nexo.driver import NexoTerminal
from drivers.payment.nexo.requests import Identity
from drivers.payment.nexo.simulator import NexoPoiSimulator
from drivers.payment.zvt.driver import ZvtPaymentTerminal
from drivers.payment.zvt.simulator.terminal import ZvtPoiSimulator
from terminal.core.events import NoticeRaised, PaymentsReconciled
from tests.flows.power import Till, copied, standing_still
from tests.services.another_poi import paying_at
from tests.services.money import FLOUR, PRICE


async def supervised(till: Till) -> None:
    await till.ok("sign_on", operator="9", pin="9999")


async def compared(till: Till) -> PaymentsReconciled:
    answer = await till.ok("reconcile")
    return next(event for event in answer.events if isinstance(event, PaymentsReconciled))


def test_books_and_terminal_agree_and_a_new_day_begins(at_counter):
    """A payment, a partial approval, a reversal and a refund: only what stands counts."""

    async def play() -> None:
        async with at_counter() as till:
            await supervised(till)
            await till.ok("pay", tender="card", amount_minor=4000)
            await till.ok("remove_tender", tender=1)
            till.knob("poi", "next", outcome="partial", amount_minor=2500)
            await till.ok("pay", tender="card", amount_minor=5000)
            await till.ok("pay", tender="card", amount_minor=PRICE - 2500)
            await till.ok("next")
            await till.ok("return", code=FLOUR, reason="abîmé")
            await till.ok("pay", tender="card", amount_minor=-250)
            answer = await till.ok("reconcile")
            day = PaymentsReconciled("poi", 3, PRICE - 250, 3, PRICE - 250, 0)
            assert answer.events == (day,)
            assert answer.found["told"].key == "told.reconciled"
            assert await compared(till) == PaymentsReconciled("poi", 0, 0, 0, 0, 0)

    asyncio.run(play())


def test_the_day_closes_behind_the_comparison(at_counter):
    """Rule R11: once, and not at all when the closure itself is refused."""

    async def play() -> None:
        async with at_counter() as till:
            await supervised(till)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            await till.ok("next")
            answer = await till.ok("close", scope="day")
            names = [type(event).__name__ for event in answer.events]
            assert names[:2] == ["PaymentsReconciled", "PeriodClosed"]
            assert answer.events[0] == PaymentsReconciled("poi", 1, PRICE, 1, PRICE, 0)
            before = till.state.last_at_ms
            assert await till.refused("close", scope="day") == "already_closed"
            assert till.state.last_at_ms == before

    asyncio.run(play())


def test_a_terminal_that_is_away_stands_in_no_closures_way(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            await supervised(till)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            await till.ok("next")
            till.knob("poi", "unplug")
            answer = await till.ok("close", scope="day")
            assert "PeriodClosed" in [type(event).__name__ for event in answer.events]
            assert till.state.last_reconciled == 0

    asyncio.run(play())


async def unknown_payment(till: Till) -> None:
    """Let the card be charged without anybody here knowing, and the terminal unreachable."""
    till.knob("poi", "next", outcome="unplug", approved=True)
    await till.ok("pay", tender="card", amount_minor=PRICE)


@pytest.mark.parametrize(("word", "ours"), [("paid", PRICE), ("not_paid", 0)])
def test_an_approval_that_the_books_do_not_have_is_an_alarm(at_counter, word: str, ours: int):
    """The supervisor's word counts in our books; where it was wrong the totals tell."""

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await supervised(till)
            await unknown_payment(till)
            await till.ok("resolve", tender=1, outcome=word, reason="vu", evidence="rien")
            till.knob("poi", "plug")
            answer = await till.ok("reconcile")
            day, *notices = answer.events
            theirs = (1, PRICE)
            assert (day.theirs_count, day.theirs_minor) == theirs
            assert (day.ours_minor, day.difference_minor) == (ours, ours - PRICE)
            kinds = [one.kind for one in notices if isinstance(one, NoticeRaised)]
            assert kinds == ([] if ours else ["reconciliation_difference"])

    asyncio.run(play())


def test_a_tender_that_the_terminal_does_not_have_is_an_alarm(at_counter):
    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await supervised(till)
            till.knob("poi", "next", outcome="unplug", approved=False)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            await till.ok("resolve", tender=1, outcome="paid", reason="vu", evidence="faux")
            till.knob("poi", "plug")
            assert (await compared(till)).difference_minor == PRICE
            notice = till.state.notices[-1]
            assert notice.kind == "reconciliation_difference"
            assert notice.details["difference_minor"] == PRICE

    asyncio.run(play())


def test_nothing_is_closed_while_a_payment_is_in_doubt(at_counter):
    """The terminal is asked first; what it cannot settle must be resolved before."""

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await supervised(till)
            await unknown_payment(till)
            assert await till.refused("reconcile") == "payment_unknown"
            till.knob("poi", "plug")
            assert (await compared(till)).difference_minor == 0
            assert till.sale["status"] == "completed"

    asyncio.run(play())


def test_a_terminal_that_does_not_answer_closes_nothing_here(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            await supervised(till)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            till.knob("poi", "unplug")
            assert await till.refused("reconcile") == "device_failed"
            till.knob("poi", "plug")
            assert (await compared(till)).ours_minor == PRICE

    asyncio.run(play())


def test_no_payment_begins_while_the_terminal_closes(at_counter):
    """It would be in one day here and in another there."""

    async def play() -> None:
        async with at_counter() as till:
            await supervised(till)
            with standing_still(till.running):
                closing = asyncio.ensure_future(till.ok("reconcile"))
                hand = till.running.terminal.payments._at_hand
                await till.until(lambda: hand.reconciling)
                pay = {"tender": "card", "amount_minor": PRICE}
                assert await till.refused("pay", **pay) == "reconciling"
                assert await till.refused("reconcile") == "reconciling"
            await closing
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert till.sale["status"] == "completed"

    asyncio.run(play())


def test_closing_the_day_wants_the_right(at_counter):
    async def play() -> None:
        async with at_counter() as till:
            assert await till.refused("reconcile") == "right_required"
            answer = await till.ok("reconcile", authorised_by={"operator": "9", "pin": "9999"})
            names = [type(event).__name__ for event in answer.events]
            assert names == ["AuthorityGiven", "PaymentsReconciled"]
            assert answer.found["told"].key == "told.reconciled"

    asyncio.run(play())


def at_zvt() -> PaymentTerminal:
    return ZvtPaymentTerminal(ZvtPoiSimulator().connect())


def at_nexo() -> PaymentTerminal:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    us = Identity("TILL-1", "P400Plus-275039202")
    return NexoTerminal(NexoPoiSimulator().connect, us, lambda: now)


def by_hand(poi: PaymentTerminal) -> None:
    """Pay at the terminal itself, past the till."""
    poi.open(1)
    request = Request("by-hand", "9999999999", Operation.PAYMENT, 700, "EUR", poi.baseline(1))
    poi.payment(request, lambda _: None, lambda _: None, 10)


@pytest.mark.parametrize("protocol", [at_zvt, at_nexo])
def test_every_protocol_that_tells_totals_is_compared(counter: Path, tmp_path: Path, protocol: Any):
    """Agreed first; then one approval that the books do not have."""
    data = copied(counter, tmp_path / "till")

    async def play() -> None:
        async with paying_at(protocol(), data) as till:
            await supervised(till)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            agreed = await compared(till)
            assert agreed == PaymentsReconciled("poi", 1, PRICE, 1, PRICE, 0)
            await till.running.hub.poi.call(by_hand)
            assert await compared(till) == PaymentsReconciled("poi", 0, 0, 1, 700, -700)
            assert till.state.notices[-1].kind == "reconciliation_difference"

    asyncio.run(play())


def test_a_total_without_a_sign_goes_the_way_of_the_books(counter: Path, tmp_path: Path):
    """ZVT tells no sign: a day of refunds alone agrees, and one cent more still differs."""
    data = copied(counter, tmp_path / "till")

    async def refund_and_compare(till: Till) -> PaymentsReconciled:
        await till.ok("return", code=FLOUR, reason="abîmé")
        await till.ok("pay", tender="card", amount_minor=till.sale["due_minor"])
        await till.ok("next")
        return await compared(till)

    async def play() -> None:
        async with paying_at(at_zvt(), data) as till:
            await supervised(till)
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            await till.ok("next")
            agreed = await refund_and_compare(till)
            assert (agreed.ours_minor, agreed.theirs_minor) == (-250, -250)
            assert agreed.difference_minor == 0
            await till.running.hub.poi.call(by_hand)
            assert (await refund_and_compare(till)).difference_minor != 0

    asyncio.run(play())


def test_a_terminal_without_totals_says_so(counter: Path, tmp_path: Path):
    """Its day is closed at the terminal itself; nothing is written here."""
    data = copied(counter, tmp_path / "till")

    async def play() -> None:
        async with paying_at(ManualTerminal(), data) as till:
            await supervised(till)
            assert await till.refused("reconcile") == "no_such_action"

    asyncio.run(play())
