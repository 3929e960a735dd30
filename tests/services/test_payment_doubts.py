"""Doubt, patience, cancellations, reversals, and disks that fail in the middle of a payment."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from terminal.app import Running
from terminal.services import payments
from tests.flows.books import check_money
from tests.flows.power import PATIENCE_S, Cut, Disk, Till, switched_on
from tests.services.money import (
    LOCKED,
    LOCKS,
    PRICE,
    acknowledging,
    check_settled,
    ledger,
    standing,
)


def test_an_unknown_payment_settles_itself_when_the_terminal_is_back(at_counter, tmp_path: Path):
    """REC-06, REC-08: charged, cut, unplugged at the start: said so, and booked after the plug."""

    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with at_counter() as till:
            cut.at_poi(till.running, "payment", handled=True)
            await till.ask("pay", tender="card", amount_minor=PRICE)

        def unplug(running: Running) -> None:
            running.hub.bench.control("poi", "unplug")

        async with switched_on(cut.image, before=unplug) as till:
            assert till.running.recovery.payments_unknown == 1
            assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
            told = next(n for n in till.state.notices if n.kind == "payment_unknown")
            assert dict(told.details) | {"at_ms": 0} == {
                "tender": "card",
                "n": 1,
                "sale_id": "3001-000001",
                "amount_minor": PRICE,
                "at_ms": 0,
                "state": "sending",
            }
            assert await till.refused("void", line=1) == "payment_unknown"
            await till.ok("device", device="poi", action="plug")
            await till.until(lambda: till.sale["status"] == "completed")
            assert [t["status"] for t in till.sale["tenders"]] == ["booked"]
            check_money(till.running.folder.path, ledger(till))
            kinds = [notice.kind for notice in till.state.notices]
            assert "payment_settled" in kinds
            assert "payment_unknown" not in kinds

    asyncio.run(play())


@pytest.mark.parametrize(
    ("outcome", "status", "kind"),
    [
        ({"outcome": "approve"}, "booked", "payment_settled"),
        ({"outcome": "decline"}, "declined", "payment_not_restored"),
    ],
)
def test_what_recovery_settled_is_told(at_counter, tmp_path: Path, outcome, status, kind):
    """REC-07, REC-08: restored when it had reached its end, named with its reason when not."""

    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with at_counter() as till:
            cut.at_poi(till.running, "payment", handled=True)
            till.knob("poi", "next", **outcome)
            await till.ask("pay", tender="card", amount_minor=PRICE)
        async with switched_on(cut.image) as till:
            assert till.running.recovery.payments_settled == 1
            assert [t["status"] for t in till.sale["tenders"]] == [status]
            assert kind in [notice.kind for notice in till.state.notices]

    asyncio.run(play())


async def unknown_payment(till: Till) -> None:
    """Let a payment end in doubt, with a terminal that can no longer be asked."""
    till.knob("poi", "next", outcome="unplug", approved=True)
    await till.ok("pay", tender="card", amount_minor=PRICE)
    assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]


def test_only_a_supervisor_with_evidence_settles_an_unknown_payment(at_counter):
    """Rule R10."""
    word = {"tender": 1, "outcome": "paid", "reason": "vu", "evidence": "ticket 000001"}

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await unknown_payment(till)
            assert await till.refused("resolve", **word) == "right_required"
            await till.ok("sign_on", operator="9", pin="9999")
            assert await till.refused("resolve", **word | {"evidence": " "}) == "evidence_required"
            assert await till.refused("resolve", **word | {"reason": ""}) == "reason_required"
            assert await till.refused("resolve", **word | {"outcome": "maybe"}) == "bad_request"
            assert await till.refused("resolve", **word | {"tender": 7}) == "no_such_tender"
            await till.ok("resolve", **word)
            assert till.sale["status"] == "completed"
            assert await till.refused("resolve", **word) == "payment_not_unknown"
            ours = check_money(till.running.folder.path, ledger(till))
            assert list(ours.by_word.values()) == ["paid"]

    asyncio.run(play())


def test_the_terminal_itself_is_believed_before_the_supervisor(at_counter):
    """He may be wrong: a terminal that can answer is asked before his word is taken."""

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await unknown_payment(till)
            await till.ok("sign_on", operator="9", pin="9999")
            till.knob("poi", "plug")
            word = {"tender": 1, "outcome": "not_paid", "reason": "vu", "evidence": "rien"}
            assert await till.refused("resolve", **word) == "payment_not_unknown"
            assert [t["status"] for t in till.sale["tenders"]] == ["booked"]

    asyncio.run(play())


def test_a_charge_found_after_the_word_not_paid_can_be_undone(at_counter):
    """Rule R10: the approval that turns up later goes back to the card, by the same key."""

    async def play() -> None:
        async with at_counter(interval_s=60) as till:
            await unknown_payment(till)
            await till.ok("sign_on", operator="9", pin="9999")
            await till.ok("resolve", tender=1, outcome="not_paid", reason="non", evidence="rien")
            assert [t["status"] for t in till.sale["tenders"]] == ["declined"]
            till.knob("poi", "plug")
            assert standing(till) == [PRICE]
            await till.ok("remove_tender", tender=1)
            assert standing(till) == []
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            assert till.sale["status"] == "completed"
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


def test_a_payment_that_wins_against_its_cancellation_is_booked(at_counter):
    """Rule R5: cancelling is a request; the customer who was quicker has paid."""

    async def play() -> None:
        async with at_counter(real_time=True) as till:
            till.knob("poi", "next", outcome="late_answer", delay_s=0.2)
            await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
            assert [t["status"] for t in till.sale["tenders"]] == ["pending"]
            await till.until(lambda: till.running.surroundings.progress[0] or standing(till))
            await till.ask("remove_tender", tender=1)
            assert till.sale["status"] == "completed"
            assert standing(till) == [PRICE]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


def test_a_pending_payment_can_be_cancelled(at_counter):
    """A stalled terminal is told to stop, and the sale goes on."""

    async def play() -> None:
        async with at_counter(real_time=True) as till:
            till.knob("poi", "next", outcome="stall")
            await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
            await till.until(lambda: till.running.surroundings.progress[0])
            for name, fields in LOCKED.items():
                assert await till.refused(name, **fields) == "payment_pending"
            await till.ok("remove_tender", tender=1)
            assert [t["status"] for t in till.sale["tenders"]] == ["declined"]
            await till.ok("pay", tender="cash", amount_minor=PRICE)
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


def test_a_payment_cancelled_at_once_does_not_wait_for_the_customer(at_counter):
    """The wish to stop may be quicker than the request: the terminal must not go on asking."""

    async def play() -> None:
        async with (
            at_counter(real_time=True, answer_s=10 * PATIENCE_S) as till,
            asyncio.timeout(PATIENCE_S),
        ):
            till.knob("poi", "next", outcome="stall")
            await till.ok("pay", tender="card", amount_minor=PRICE, wait=False)
            await till.ok("remove_tender", tender=1)
            assert [t["status"] for t in till.sale["tenders"]] == ["declined"]
            assert till.knob("poi", "look")["stage"] not in ("card", "pin", "online")

    asyncio.run(play())


def test_a_late_approval_is_booked_and_completes_the_sale(at_counter):
    """The answer comes after our patience: unknown, then paid, without anybody's help."""

    async def play() -> None:
        async with at_counter() as till:
            till.knob("poi", "next", outcome="late_answer", delay_s=1000)
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
            till.running.hub.bench.poi.monotonic.now_s += 1000
            await till.until(lambda: till.sale["status"] == "completed")
            assert standing(till) == [PRICE]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


def test_an_executed_payment_of_a_finished_sale_stays(at_counter):
    """Removing a tender ends with the sale: a receipt was given, a return is the way back."""

    async def play() -> None:
        async with at_counter() as till:
            await till.ok("pay", tender="card", amount_minor=PRICE)
            assert await till.refused("remove_tender", tender=1) == "tender_not_removable"
            assert standing(till) == [PRICE]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


def test_a_shopper_cannot_reverse_a_card(at_counter):
    """REC-09: a tender is removed under the rights of the staff, a card like any other."""

    async def play() -> None:
        async with at_counter(role="kiosk") as till:
            await till.ok("pay", tender="card", amount_minor=4000)
            await till.ok("sign_off")
            assert await till.refused("remove_tender", tender=1) == "right_required"
            assert standing(till) == [4000]

    asyncio.run(play())


def test_a_booked_card_is_not_touched_while_another_payment_runs(at_counter):
    async def play() -> None:
        async with at_counter(real_time=True) as till:
            await till.ok("pay", tender="card", amount_minor=4000)
            till.knob("poi", "next", outcome="stall")
            await till.ok("pay", tender="card", amount_minor=1000, wait=False)
            assert await till.refused("remove_tender", tender=1) == "payment_pending"
            await till.ok("remove_tender", tender=2)
            assert standing(till) == [4000]

    asyncio.run(play())


@pytest.mark.parametrize(
    ("reversal", "refusal", "status"),
    [
        ("decline", "reversal_refused", "booked"),
        ("lose_answer", "", "reversed"),
    ],
)
def test_a_reversal_that_goes_wrong(at_counter, reversal: str, refusal: str, status: str):
    """REC-09: refused for certain, the tender stays; the answer lost, the terminal is asked."""

    async def play() -> None:
        async with at_counter() as till:
            await till.ok("pay", tender="card", amount_minor=4000)
            till.knob("poi", "next_reversal", outcome=reversal)
            answer = await till.ask("remove_tender", tender=1)
            assert (answer.refused.code if answer.refused else "") == refusal
            assert [t["status"] for t in till.sale["tenders"]] == [status]
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


@pytest.mark.parametrize("point", ["PaymentReversing", "reverse arrived", "reverse answered"])
def test_a_reversal_cut_by_the_power(at_counter, tmp_path: Path, point: str):
    async def play() -> None:
        cut = Cut(tmp_path / "cut")
        async with at_counter() as till:
            await till.ok("pay", tender="card", amount_minor=4000)
            if point == "PaymentReversing":
                cut.after_event(till.running, point)
            else:
                cut.at_poi(till.running, "reverse", handled=point.endswith("answered"))
            await till.ask("remove_tender", tender=1)
        async with switched_on(cut.image) as till:
            check_money(till.running.folder.path, ledger(till))
            assert not till.state.attempts
            status = "reversed" if point.endswith("answered") else "booked"
            assert [t["status"] for t in till.sale["tenders"]] == [status]
            await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
            assert till.sale["status"] == "completed"

    asyncio.run(play())


@pytest.mark.parametrize("event", ["PaymentIntended", "PaymentSending", "PaymentReversing"])
@pytest.mark.parametrize("by_ack", [False, True], ids=["stands at once", "stands when acked"])
def test_nobody_asks_about_a_payment_that_is_being_made(at_counter, event: str, by_ack: bool):
    """Asked too early the terminal answers truly, and wrongly: not there yet, not undone yet."""

    async def play() -> None:
        async with at_counter(before=acknowledging(by_ack)) as till:
            asked: list[asyncio.Future[Any]] = []

            def ask(change) -> None:
                if any(type(one).__name__ == event for one in change.events):
                    asked.append(asyncio.ensure_future(till.ask("enquire")))

            till.running._bus.subscribe(ask)
            await till.ok("pay", tender="card", amount_minor=4000)
            await till.ok("remove_tender", tender=1)
            await asyncio.gather(*asked)
            assert len(asked) == 1
            assert [t["status"] for t in till.sale["tenders"]] == ["reversed"]
            assert standing(till) == []
            check_money(till.running.folder.path, ledger(till))

    asyncio.run(play())


@pytest.mark.parametrize("by_ack", [False, True], ids=["stands at once", "stands when acked"])
def test_a_disk_too_slow_for_an_approval(at_counter, monkeypatch, by_ack: bool):
    """A stalled card may not hold the payment terminal for ever; the truth comes out later."""
    monkeypatch.setattr(payments, "COMMIT_TIMEOUT_S", 0.1)

    async def play() -> None:
        async with at_counter(before=acknowledging(by_ack)) as till:
            append = till.running._writer.append
            flows = asyncio.Event()

            async def stalls(events, moment, before):
                if any(type(one).__name__ == "PaymentApproved" for one in events):
                    await flows.wait()
                return await append(events, moment, before)

            till.running._writer.append = stalls
            paying = asyncio.ensure_future(till.ask("pay", tender="card", amount_minor=PRICE))
            poi = till.running.hub.poi
            await till.until(lambda: standing(till) or ledger(till))
            await till.until(lambda: poi._waiting == 0)
            flows.set()
            await paying
            await till.until(lambda: not till.state.attempts)
            await check_settled(till)

    asyncio.run(play())


@pytest.mark.parametrize("by_ack", [False, True], ids=["stands at once", "stands when acked"])
@pytest.mark.parametrize(
    "event", ["PaymentIntended", "PaymentSending", "PaymentApproved", "PaymentAcknowledged"]
)
def test_a_full_disk_in_the_middle_of_a_payment(at_counter, event: str, by_ack: bool):
    """What cannot be written is not acknowledged; with space again the terminal finds out."""

    async def play() -> None:
        disk = Disk()
        options = {"database_factory": disk.database, "before": acknowledging(by_ack)}
        async with at_counter(**options) as till:
            append = till.running._writer.append

            async def fills(events, moment, before):
                if any(type(one).__name__ == event for one in events):
                    disk.failure = sqlite3.SQLITE_FULL
                return await append(events, moment, before)

            till.running._writer.append = fills
            answer = await till.ask("pay", tender="card", amount_minor=PRICE)
            if disk.failure:
                assert answer.refused is not None
                assert answer.refused.code == "storage_full"
                assert await till.refused("void", line=1) in ("storage_full", *LOCKS)
            till.running._writer.append = append
            disk.failure = 0
            await till.until(lambda: not till.state.attempts)
            await check_settled(till)

    asyncio.run(play())
