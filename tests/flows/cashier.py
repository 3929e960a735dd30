"""A cashier who sells by dice and remembers what was answered, for tests that cut the power.

Each restart is compared with the memory: everything that was answered is there, and at most the one
step that was not answered yet.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CODES = ("3270190128724", "3760152700704", "2000000000053", "2000000000060", "2000000000046")
Step = tuple[str, dict[str, Any]]


@dataclass
class Memory:
    """What the driver was told, and what it last asked without having been told."""

    sale: Mapping[str, Any] | None = None
    asked: Step | None = None
    receipts: list[str] = field(default_factory=list)
    kills: int = 0
    answers: int = 0

    def told(self, answer: Mapping[str, Any]) -> None:
        """Remember an answer: it is durable."""
        self.asked = None
        self.answers += 1
        self.sale = answer["state"]["sale"]
        number = self.sale and self.sale["receipt_number"]
        if number and number not in self.receipts:
            self.receipts.append(number)


class Cashier:
    """Chooses the next step from what the sale looks like."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def next(self, sale: Mapping[str, Any] | None) -> list[Step]:
        """Return the commands of the next step."""
        if sale is None or sale["status"] in ("completed", "cancelled"):
            return [("scan", {"code": self.dice.choice(CODES)})]
        if any(tender["status"] in ("pending", "unknown") for tender in sale["tenders"]):
            return [("enquire", {})]
        counting = [line["n"] for line in sale["lines"] if not line["void"]]
        if not counting or (sale["status"] == "open" and self.dice.random() < 0.6):
            return [self._change(counting)]
        return self._pay(sale["due_minor"])

    def _change(self, lines: list[int]) -> Step:
        if lines and self.dice.random() < 0.3:
            n = self.dice.choice(lines)
            return self.dice.choice(
                [
                    ("quantity", {"line": n, "quantity": self.dice.randint(1, 9)}),
                    ("select", {"line": n}),
                    ("price", {"line": n, "unit_price_minor": 100, "reason": "geste"}),
                    ("discount", {"line": n, "percent": 10, "reason": "geste"}),
                ]
            )
        return ("scan", {"code": self.dice.choice(CODES)})

    def _pay(self, due: int) -> list[Step]:
        kind = self.dice.choice(["cash", "card", "card", "split", "cheque", "declined"])
        if kind == "cash":
            return [("pay", {"tender": "cash", "amount_minor": due + 500})]
        if kind == "cheque":
            return [("pay", {"tender": "cheque", "amount_minor": due, "number": "77"})]
        amount = due if kind == "card" or due < 2 else due // 2
        outcome = self.dice.choice(["decline", "lose_answer"]) if kind == "declined" else "approve"
        return [
            ("device", {"device": "poi", "action": "next", "outcome": outcome}),
            ("pay", {"tender": "card", "amount_minor": amount}),
        ]


def advanced(before: Any, after: Any) -> bool:
    """Tell whether a sale is what it was, or one step further: nothing that was there is gone."""
    if before is None or before == after:
        return True
    if before["status"] in ("completed", "cancelled"):
        return after is None or after["ordinal"] == before["ordinal"] + 1
    if after is None or after["id"] != before["id"]:
        return False
    more_lines = len(after["lines"]) - len(before["lines"])
    more_tenders = len(after["tenders"]) - len(before["tenders"])
    changed = sum(a != b for a, b in zip(before["lines"], after["lines"], strict=False))
    kept = all(
        a["status"] == b["status"] or a["status"] in ("pending", "unknown")
        for a, b in zip(before["tenders"], after["tenders"], strict=False)
    )
    return kept and 0 <= more_lines <= 1 and 0 <= more_tenders <= 1 and more_lines + changed <= 1


def check_restart(ready: Mapping[str, Any], memory: Memory) -> None:
    """Compare what stands on the screen with what was acknowledged."""
    assert ready["ready"]
    sale = ready["state"]["sale"]
    assert advanced(memory.sale, sale), f"after {memory.asked}:\n{memory.sale}\n{sale}"
    if memory.asked is None:
        assert sale == memory.sale or memory.sale is None
    assert ready["state"]["operator"] is not None
    memory.sale = sale
    number = sale and sale["receipt_number"]
    if number and number not in memory.receipts:
        memory.receipts.append(number)
