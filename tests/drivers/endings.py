"""Every way in which a request at a payment terminal can end, and how each protocol tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from drivers.payment.base import Outcome

_O = Outcome
APPROVE, DECLINE = {"outcome": "approve"}, {"outcome": "decline"}
CANCEL, TIME_OUT = {"outcome": "cancel"}, {"outcome": "time_out"}
PART = {"outcome": "partial", "amount_minor": 500}
STALL, LATE = {"outcome": "stall"}, {"outcome": "late_answer", "delay_s": 60}
LOST = {"outcome": "lose_answer"}
CHARGED = {"outcome": "unplug", "approved": True}
NOT_CHARGED = {"outcome": "unplug", "approved": False}
AMOUNT, REF, CURRENCY, OP = (
    {"outcome": "mismatch", "field": field} for field in ("amount", "ref", "currency", "op")
)
Plan = Mapping[str, Any]
ENDINGS: tuple[tuple[Plan, dict[str, tuple[Outcome, Outcome]]], ...] = (
    (APPROVE, {"": (_O.APPROVED, _O.APPROVED)}),
    (DECLINE, {"": (_O.DECLINED, _O.DECLINED)}),
    (CANCEL, {"": (_O.CANCELLED, _O.CANCELLED), "e": (_O.DECLINED, _O.DECLINED)}),
    (
        TIME_OUT,
        {
            "": (_O.CANCELLED, _O.CANCELLED),
            "simple": (_O.TIMED_OUT, _O.TIMED_OUT),
            "v3": (_O.TIMED_OUT, _O.TIMED_OUT),
            "e": (_O.DECLINED, _O.DECLINED),
        },
    ),
    (
        PART,
        {
            "": (_O.PARTIAL, _O.PARTIAL),
            "zvt": (_O.UNKNOWN, _O.UNKNOWN),
            "e": (_O.UNKNOWN, _O.UNKNOWN),
        },
    ),
    (
        STALL,
        {
            "": (_O.CANCELLED, _O.CANCELLED),
            "v3": (_O.IN_PROGRESS, _O.IN_PROGRESS),
            "e": (_O.IN_PROGRESS, _O.IN_PROGRESS),
        },
    ),
    (LATE, {"": (_O.IN_PROGRESS, _O.IN_PROGRESS)}),
    (
        LOST,
        {
            "": (_O.APPROVED, _O.APPROVED),
            "zvt": (_O.DECLINED, _O.DECLINED),
            "v3": (_O.IN_PROGRESS, _O.IN_PROGRESS),
            "e": (_O.IN_PROGRESS, _O.IN_PROGRESS),
        },
    ),
    (
        CHARGED,
        {
            "": (_O.UNKNOWN, _O.APPROVED),
            "zvt": (_O.UNKNOWN, _O.DECLINED),
            "v3": (_O.UNKNOWN, _O.UNKNOWN),
            "e": (_O.UNKNOWN, _O.UNKNOWN),
        },
    ),
    (
        NOT_CHARGED,
        {
            "": (_O.UNKNOWN, _O.NOT_PROCESSED),
            "v3": (_O.UNKNOWN, _O.UNKNOWN),
            "e": (_O.UNKNOWN, _O.UNKNOWN),
        },
    ),
    (AMOUNT, {"": (_O.UNKNOWN, _O.UNKNOWN)}),
    (
        REF,
        {
            "simple": (_O.UNKNOWN, _O.APPROVED),
            "nexo": (_O.UNKNOWN, _O.APPROVED),
            "v3": (_O.UNKNOWN, _O.UNKNOWN),
            "e": (_O.UNKNOWN, _O.UNKNOWN),
        },
    ),
    (
        CURRENCY,
        {
            "": (_O.UNKNOWN, _O.UNKNOWN),
            "simple": (_O.UNKNOWN, _O.APPROVED),
            "nexo": (_O.UNKNOWN, _O.APPROVED),
            "zvt": (_O.DECLINED, _O.DECLINED),
        },
    ),
    (OP, {"simple": (_O.UNKNOWN, _O.APPROVED), "nexo": (_O.UNKNOWN, _O.APPROVED)}),
)
"""What is planned at the terminal; by protocol, the outcome and what an enquiry finds when the
terminal can be reached again. ``""`` is what protocols say that are not named; where it is missing,
the others cannot tell such a thing."""


def named(case: Sequence[Any]) -> str:
    """Return the name of a case: its plan."""
    return "-".join(map(str, case[0].values()))


def endings(protocol: str) -> pytest.MarkDecorator:
    """Return the parametrization of ``case`` for one protocol: plan, outcome, enquired."""
    told = [(plan, said.get(protocol, said.get(""))) for plan, said in ENDINGS]
    cases = [(plan, *ends) for plan, ends in told if ends is not None]
    return pytest.mark.parametrize("case", cases, ids=named)
