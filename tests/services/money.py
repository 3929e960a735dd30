"""What the tests of payments share: the terminal's memory, and what must hold at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terminal.app import Running
from tests.flows.books import check_money
from tests.flows.power import Till

BENCH, FLOUR = "2000000000015", "3270190128724"
PRICE = 15_000
"""Of the garden bench in the basket."""


def acknowledging(on: bool) -> Callable[[Running], object]:
    """Set whether the payment terminal undoes an approval that is not acknowledged."""
    return lambda running: running.hub.bench.control("poi", "commit_by_ack", on=on)


def ledger(till: Till) -> list[dict[str, Any]]:
    return till.knob("poi", "ledger")["ledger"]


def standing(till: Till) -> list[int]:
    return [e["amount_minor"] for e in ledger(till) if e["state"] in ("approved", "partial")]


async def check_settled(till: Till) -> None:
    """Check money and books, and that whoever stands there can go on."""
    await till.ok("enquire")
    ours = check_money(till.running.folder.path, ledger(till))
    assert set(ours.open.values()) <= {"unknown"}
    assert len(standing(till)) <= 1, "the customer was charged twice"
    if ours.open:
        assert [t["status"] for t in till.sale["tenders"]] == ["unknown"]
        for name, fields in LOCKED.items():
            assert await till.refused(name, **fields) == "payment_unknown"
    elif till.sale["status"] == "tendering":
        await till.ok("pay", tender="cash", amount_minor=till.sale["due_minor"])
        assert till.sale["status"] == "completed"
        check_money(till.running.folder.path, ledger(till))
    else:
        assert till.sale["status"] in ("open", "completed")


LOCKS = ("payment_pending", "payment_unknown")
LOCKED: dict[str, dict[str, Any]] = {
    "pay": {"tender": "card", "amount_minor": 100},
    "scan": {"code": FLOUR},
    "void": {"line": 1},
    "cancel_sale": {"reason": "parti"},
    "park": {},
    "price": {"line": 1, "unit_price_minor": 1, "reason": "geste"},
}
"""What an unknown payment forbids, each after asking the terminal once more (rule R7)."""
