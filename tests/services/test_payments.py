"""Every way a card payment can go, cut at every point: nothing charged twice, nothing lost.

The truth about the money is the simulated payment terminal's own memory, which it writes before it
answers and keeps through every cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terminal.app import Running
from tests.flows.power import Cut, switched_on
from tests.services.money import (
    PRICE,
    acknowledging,
    check_settled,
)

OUTCOMES: dict[str, dict[str, Any]] = {
    "approve": {"outcome": "approve"},
    "decline": {"outcome": "decline"},
    "cancel": {"outcome": "cancel"},
    "time_out": {"outcome": "time_out"},
    "partial": {"outcome": "partial", "amount_minor": 4000},
    "stall": {"outcome": "stall"},
    "late within our patience": {"outcome": "late_answer", "delay_s": 0.05},
    "late beyond our patience": {"outcome": "late_answer", "delay_s": 1000},
    "lose_answer": {"outcome": "lose_answer"},
    "unplug, approved": {"outcome": "unplug", "approved": True},
    "unplug, not approved": {"outcome": "unplug", "approved": False},
    "another amount": {"outcome": "mismatch", "field": "amount"},
    "another reference": {"outcome": "mismatch", "field": "ref"},
    "another currency": {"outcome": "mismatch", "field": "currency"},
    "another operation": {"outcome": "mismatch", "field": "op"},
}

Arm = Callable[[Cut, Running], None]
POINTS: dict[str, Arm] = {
    "no cut": lambda cut, running: None,
    "intent durable": lambda cut, running: cut.after_event(running, "PaymentIntended"),
    "before the first byte": lambda cut, running: cut.after_event(running, "PaymentSending"),
    "request arrived": lambda cut, running: cut.at_poi(running, "payment", handled=False),
    "request answered": lambda cut, running: cut.at_poi(running, "payment", handled=True),
    "enquiry arrived": lambda cut, running: cut.at_poi(running, "enquire", handled=False),
    "enquiry answered": lambda cut, running: cut.at_poi(running, "enquire", handled=True),
    "approval durable": lambda cut, running: cut.after_event(running, "PaymentApproved"),
    "acknowledgement arrived": lambda cut, running: cut.at_poi(running, "ack", handled=False),
    "acknowledgement answered": lambda cut, running: cut.at_poi(running, "ack", handled=True),
    "booked": lambda cut, running: cut.after_event(running, "TenderBooked"),
    "refusal durable": lambda cut, running: cut.after_event(running, "PaymentEnded"),
    "unknown durable": lambda cut, running: cut.after_event(running, "PaymentUnknown"),
}


@pytest.mark.parametrize("by_ack", [False, True], ids=["stands at once", "stands when acked"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_cut_at_every_point(at_counter, tmp_path: Path, outcome: str, by_ack: bool):
    """Rules R1 to R8: after recovery, charges that stand == booked tenders + declared unknowns."""

    async def play(n: int, point: str) -> bool:
        cut = Cut(tmp_path / f"cut{n}")
        async with at_counter(before=acknowledging(by_ack)) as till:
            POINTS[point](cut, till.running)
            till.knob("poi", "next", **OUTCOMES[outcome])
            await till.ask("pay", tender="card", amount_minor=PRICE)
            if point == "no cut":
                await check_settled(till)
                return True
        if cut.image is None:
            return False
        async with switched_on(cut.image, before=acknowledging(by_ack)) as till:
            await check_settled(till)
        return True

    async def all_points() -> list[bool]:
        return await asyncio.gather(*(play(n, point) for n, point in enumerate(POINTS)))

    reached = dict(zip(POINTS, asyncio.run(all_points()), strict=True))
    assert reached["request arrived"]
    assert sum(reached.values()) >= 5


@pytest.mark.parametrize("by_ack", [False, True], ids=["stands at once", "stands when acked"])
def test_a_second_cut_during_recovery_changes_nothing(at_counter, tmp_path: Path, by_ack: bool):
    """Recovery may be cut as well, at each of its steps, and is simply done again."""
    first = ("before the first byte", "request answered", "approval durable", "booked")
    second: dict[str, Arm] = {
        "terminal started": lambda cut, running: cut.after_event(running, "TerminalStarted"),
        "abort answered": lambda cut, running: cut.at_poi(running, "abort", handled=True),
        "enquiry answered": lambda cut, running: cut.at_poi(running, "enquire", handled=True),
        "approval durable": lambda cut, running: cut.after_event(running, "PaymentApproved"),
        "ended": lambda cut, running: cut.after_event(running, "PaymentEnded"),
        "recovered": lambda cut, running: cut.after_event(running, "Recovered"),
    }

    async def play(once: str, again: str) -> bool:
        cuts = [Cut(tmp_path / f"{once}, {again}, {n}") for n in (1, 2)]
        async with at_counter(before=acknowledging(by_ack)) as till:
            POINTS[once](cuts[0], till.running)
            await till.ask("pay", tender="card", amount_minor=PRICE)
        assert cuts[0].image is not None

        def prepare(running: Running) -> None:
            acknowledging(by_ack)(running)
            second[again](cuts[1], running)

        async with switched_on(cuts[0].image, before=prepare) as till:
            await check_settled(till)
        if cuts[1].image is None:
            return False
        async with switched_on(cuts[1].image, before=acknowledging(by_ack)) as till:
            await check_settled(till)
        return True

    async def all_pairs() -> list[bool]:
        pairs = [(once, again) for once in first for again in second]
        return await asyncio.gather(*(play(*pair) for pair in pairs))

    assert sum(asyncio.run(all_pairs())) >= len(first) * 2
