"""How the next requests at the simulated terminal are going to end.

The knob ``next`` fills a queue; when it is empty, requests are approved:

    approve, decline, cancel, time_out   as they say
    partial       approves ``amount_minor``, by default half of what was asked
    stall         works on it for ever: an enquiry says running; abort or a power cycle ends it
    late_answer   as stall, but approves after ``delay_s`` and cannot be aborted
    lose_answer   approves and records, but the result is never sent
    unplug        the link dies when the request has arrived; recorded as approved when ``approved``
                  is true, and by a seeded coin when it is not given
    mismatch      answers with another ``field``: amount (taken so as well), ref, currency or op
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from dataclasses import dataclass

from drivers.simulation import UnknownAction, at_least

OUTCOMES = (
    "approve",
    "decline",
    "cancel",
    "time_out",
    "partial",
    "stall",
    "late_answer",
    "lose_answer",
    "unplug",
    "mismatch",
)
STANDING_ALONE = ("approve", "decline", "cancel")
"""What somebody at the counter may want to see of a terminal that is not connected."""
WHOLE = (*STANDING_ALONE, "late_answer", "stall", "lose_answer", "unplug")
"""And of a connected one, over a protocol that knows no part payments."""
IN_PART = (*STANDING_ALONE, "partial", *WHOLE[len(STANDING_ALONE) :])
"""And over one that does; the other outcomes are for tests."""
MISMATCHES = ("amount", "ref", "currency", "op")
MAX_PLANNED = 1000
REVERSALS = ("approve", "decline", "lose_answer")
MAX_DELAY_S = 3600


@dataclass(frozen=True, slots=True)
class Plan:
    """How a request is going to end."""

    outcome: str = "approve"
    approved: bool | None = None
    delay_s: float = 2.0
    amount_minor: int = 0
    field: str = "amount"


class Plans:
    """What is planned, in order."""

    def __init__(self) -> None:
        self._plans: deque[Plan] = deque()
        self._reversals: deque[str] = deque()

    def add(self, plan: Plan) -> None:
        """Plan the end of one more request. Raises UnknownAction."""
        if plan.outcome not in OUTCOMES:
            raise UnknownAction(f"outcome {plan.outcome!r} is none of {', '.join(OUTCOMES)}")
        if plan.field not in MISMATCHES:
            raise UnknownAction(f"field {plan.field!r} is none of {', '.join(MISMATCHES)}")
        if not 0 <= plan.delay_s <= MAX_DELAY_S:
            raise UnknownAction(f"delay_s goes from 0 to {MAX_DELAY_S}")
        at_least("amount_minor", plan.amount_minor, 0)
        _room(self._plans)
        self._plans.append(plan)

    def add_reversal(self, outcome: str) -> None:
        """Plan the end of one more reversal. Raises UnknownAction."""
        if outcome not in REVERSALS:
            raise UnknownAction(f"outcome {outcome!r} is none of {', '.join(REVERSALS)}")
        _room(self._reversals)
        self._reversals.append(outcome)

    def take(self) -> Plan:
        """Return the plan for the request that has come."""
        return self._plans.popleft() if self._plans else Plan()

    def take_reversal(self) -> str:
        """Return the plan for the reversal that has come."""
        return self._reversals.popleft() if self._reversals else "approve"

    def outcomes(self) -> list[str]:
        """Return what is planned."""
        return [plan.outcome for plan in self._plans]


def _room(planned: Sized) -> None:
    if len(planned) >= MAX_PLANNED:
        raise UnknownAction(f"no more than {MAX_PLANNED} outcomes can be planned")
