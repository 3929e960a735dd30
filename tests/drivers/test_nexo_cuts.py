"""Power cuts at twelve points of a nexo payment: approvals == booked + unknown, never two."""

from __future__ import annotations

import contextlib
import os
import random

import pytest

from drivers.errors import NotSent, Unplugged
from drivers.payment.base import Operation, Outcome, Request
from drivers.payment.waits import Waits
from drivers.transports.base import Transport

RUNS = 1000 if os.environ.get("REPRISE_EXPLORE") == "full" else 12
"""For each of the points, in each of the dialects."""
REQUEST_BYTES = 900
"""About the size of a payment on the wire, plain."""
WITHOUT_RECOVERY = Waits(connect_s=0.3, answer_s=0.02, recover_s=0.0, retry_s=0.01)
PAID = (Outcome.APPROVED, Outcome.PARTIAL)
POINTS = (
    "before connect",
    "after connect",
    "half the request",
    "after the request",
    "first news",
    "card at the terminal",
    "approved, answer lost",
    "half the answer",
    "before the commit",
    "after the commit is durable",
    "before booking",
    "after booking",
)


class PowerCut(BaseException):
    """The till loses its power here."""


class _Torn:
    """A transport that dies after so many bytes were read."""

    def __init__(self, inner: Transport, left: int) -> None:
        self._inner, self._left = inner, left
        self.open, self.write, self.close = inner.open, inner.write, inner.close

    def read(self, limit: int, timeout_s: float) -> bytes:
        if self._left <= 0:
            self._inner.close()
            raise Unplugged("torn")
        data = self._inner.read(min(limit, self._left), timeout_s)
        self._left -= len(data)
        return data


class _Till:
    """What the terminal's core does with an attempt: durable before each step."""

    def __init__(self) -> None:
        self.state = "intent"
        self.booked_minor = 0

    def commit(self, result) -> None:
        self.state, self.booked_minor = "booked", result.authorized_minor

    def settle(self, result) -> None:
        if self.state == "booked":
            return
        if result.outcome in PAID:
            self.commit(result)
        elif result.outcome in (Outcome.UNKNOWN, Outcome.IN_PROGRESS):
            self.state = "unknown"
        else:
            self.state = "ended"


def _cut(*_: object) -> None:
    raise PowerCut


KNOBS = {
    "after connect": ("unplug_after", {"bytes": 0}),
    "after the request": ("next", {"outcome": "unplug"}),
    "card at the terminal": ("auto", {"on": False}),
    "approved, answer lost": ("next", {"outcome": "lose_answer"}),
}


def _run_until_cut(nexo, till, request, point, chance) -> None:
    """Pay, and lose the till's power at the point."""
    if point == "before connect":
        return
    till.state = "sending"
    if point in KNOBS:
        action, parameters = KNOBS[point]
        nexo.control(action, **parameters)
    if point == "half the request":
        nexo.control("unplug_after", bytes=chance.randrange(1, REQUEST_BYTES))
    left = chance.randrange(1, 2500) if point == "half the answer" else 10**6
    news_cuts = point in ("first news", "card at the terminal")

    def commit(result) -> None:
        if point == "before the commit":
            raise PowerCut
        till.commit(result)
        if point == "after the commit is durable":
            raise PowerCut

    driver = nexo.driver(lambda: _Torn(nexo.poi.connect(), left), WITHOUT_RECOVERY)
    try:
        result = driver.payment(request, commit, _cut if news_cuts else lambda _: None, 0.02)
    except NotSent:
        till.state = "ended"
        return
    if point != "before booking":
        till.settle(result)


def _recover(nexo, till, request, chance) -> None:
    """Start again: the terminal too, sometimes; abort first, then ask until it is certain."""
    if chance.random() < 0.3:
        nexo.control("power_off")
    nexo.control("power_on")
    nexo.control("plug")
    if chance.random() < 0.5:
        nexo.control("present_card")
        nexo.control("press", key="ok")
    if till.state == "intent":
        till.state = "ended"
    if till.state in ("ended", "booked"):
        return
    driver = nexo.driver()
    driver.abort(0.3)
    till.settle(driver.transaction_status(request, 0.3))


@pytest.mark.parametrize("point", POINTS)
def test_what_was_approved_is_booked_or_declared_unknown(nexo_bench, point):
    """REC-06: at each point, whoever lost power; what is open is asked about after the start."""
    ends = []
    for seed in range(RUNS):
        chance = random.Random(f"{point}:{seed}")
        nexo = nexo_bench(chance.choice(["nexo", "nexo-local"]), seed=seed)
        till = _Till()
        marks = nexo.driver().baseline(1)
        request = Request("a", f"{seed:010}", Operation.PAYMENT, 1234, "EUR", marks)
        with contextlib.suppress(PowerCut):
            _run_until_cut(nexo, till, request, point, chance)
        _recover(nexo, till, request, chance)
        standing = [e for e in nexo.ledger().values() if e["state"] in ("approved", "partial")]
        assert len(standing) <= 1, seed
        assert len(standing) == (till.state == "booked") or till.state == "unknown", seed
        assert till.booked_minor == sum(e["amount_minor"] for e in standing), seed
        ends.append(till.state)
    assert set(ends) <= {"booked", "ended"}, "a terminal that can be asked leaves no doubt"
