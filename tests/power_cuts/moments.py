"""The moments at which the power goes: chosen by a seed, hit by counting what reaches the disks."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.flows.cashier import CODES, Cashier, Memory, Step

SHOP, DEVICES = "shop", "devices"


@dataclass(frozen=True, slots=True)
class Moment:
    """When the power goes."""

    name: str
    disk: str = SHOP
    """Whose writes are counted; those of the devices are approvals and paper."""
    writes: int = 0
    """So many writes after the moment came; 0 when it is a time."""
    after_s: float = 0.0
    lead: int = 0
    """Steps of ordinary selling before it."""

    def __str__(self) -> str:
        counted = f"write {self.writes} of the {self.disk}" if self.writes else ""
        return f"{self.name}, {counted or f'{self.after_s:.2f} s'}, after {self.lead} steps"


NAMED = ("sale", "payment", "print", "void", "closure", "archive")
"""What the till does at the moment."""
MOST_WRITES = {
    "sale": 10,
    "payment": 9,
    "print": 14,
    "void": 4,
    "closure": 9,
    "archive": 44,
    "write": 120,
    "start": 40,
}
MOST_S = 12.0


def chosen(dice: random.Random) -> Moment:
    """Return a moment."""
    name = dice.choice(("time", "write", "start", *NAMED))
    lead = dice.randint(0, 6)
    if name == "time":
        return Moment(name, after_s=dice.uniform(0, MOST_S))
    by_device = name in ("payment", "print") and dice.random() < 0.5
    if by_device:
        return Moment(name, DEVICES, dice.randint(1, 4), lead=lead)
    return Moment(name, SHOP, dice.randint(1, MOST_WRITES[name]), lead=lead)


class Shift:
    """What the cashier does until the power goes: ordinary steps, then those of the moment."""

    def __init__(self, moment: Moment, cashier: Cashier, memory: Memory, dice: random.Random):
        self._moment = moment
        self._cashier = cashier
        self._memory = memory
        self._dice = dice

    def steps(self, arm: Callable[[], None]) -> Iterator[Step]:
        """Yield the steps; ``arm`` is called before the one in which the power is to go."""
        if self._moment.name not in NAMED:
            while True:
                yield from self._cashier.next(self._memory.sale)
        for _ in range(self._moment.lead):
            yield from self._cashier.next(self._memory.sale)
        doing: Callable[[Callable[[], None]], Iterator[Step]]
        doing = getattr(self, f"_{self._moment.name}")
        yield from doing(arm)

    def _between_sales(self) -> Iterator[Step]:
        """Finish what is begun: with cash, or once what is in doubt is known."""
        for _ in range(20):
            sale = self._memory.sale
            if sale is None or sale["status"] in ("completed", "cancelled"):
                return
            if any(tender["status"] in ("pending", "unknown") for tender in sale["tenders"]):
                yield ("enquire", {})
            elif sale["due_minor"] > 0:
                yield ("pay", {"tender": "cash", "amount_minor": sale["due_minor"]})
            else:
                yield ("cancel_sale", {"reason": "essai"})

    def _basket(self) -> Iterator[Step]:
        yield from self._between_sales()
        for _ in range(self._dice.randint(1, 3)):
            yield ("scan", {"code": self._dice.choice(CODES)})

    def _due(self) -> int:
        return self._memory.sale["due_minor"] if self._memory.sale else 0

    def _sale(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._basket()
        arm()
        yield ("pay", {"tender": "cash", "amount_minor": self._due() + 300})

    def _print(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._sale(arm)
        for _ in range(60):
            yield ("device", {"device": "printer", "action": "look"})

    def _payment(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._basket()
        due = self._due()
        arm()
        yield ("pay", {"tender": "card", "amount_minor": self._dice.choice([due, due // 2 or due])})

    def _void(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._basket()
        sale = self._memory.sale
        lines = [line["n"] for line in sale["lines"] if not line["void"]] if sale else []
        arm()
        yield ("void", {"line": self._dice.choice(lines or [1])})

    def _closure(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._sale(lambda: None)
        yield ("next", {})
        arm()
        yield ("close", {"scope": "day"})

    def _archive(self, arm: Callable[[], None]) -> Iterator[Step]:
        yield from self._closure(lambda: None)
        arm()
        yield ("archive", {"period": self._memory.business_date})
