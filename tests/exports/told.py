"""A day told through the core's own decisions, and read back as an export reads a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

from terminal.core import commands as c
from terminal.core import events as e
from terminal.core import payment
from terminal.core.basket import totals
from terminal.core.decide import decide
from terminal.core.errors import Refused
from terminal.core.evolve import evolve
from terminal.core.items import Article, Unit
from terminal.core.policy import Policy
from terminal.core.state import CardResult, Sale, TerminalState
from terminal.core.tenders import cash_due
from terminal.exports.company import Company
from terminal.exports.days import Day, day_of, has_entry, rows_of
from terminal.exports.ledger import EXPORTED, Entry
from tests.store.story import Story

COMPANY = Company(
    name="Chez <Lise> & fils",
    address=("1 rue du Marché", "75001 Paris"),
    country="FR",
    number="123456782",
    vat_number="FR32123456782",
    till="3001",
    workstation="300101",
    role="till",
    currency="EUR",
    timezone=ZoneInfo("Europe/Paris"),
    software="0.2.0",
)
POLICY = Policy(department_categories=MappingProxyType({"Soins": "TPS1", "Timbres": "TNT1"}))
ARTICLES = (
    Article("3270190128724", "Farine de blé", "Bio", "Bio", 250, 550),
    Article("2000000000053", "Tablier radis", "", "Jardin", 1500, 2000),
    Article("2000000000060", "Coupe", "", "Soins", 2333, 2000),
    Article("3000", "Journal", "", "Presse", 199, 210),
    Article("3001", "Timbre", "", "Timbres", 129, 0),
    Article("3002", "Plat du jour", "", "Cuisine", 1075, 1000),
    Article("3003", "Massage", "", "", 4999, 1000, attributes=(("category", "TPS1"),)),
    Article("4011", "Bananes", "", "Fruits", 199, 550, Unit.KILOGRAM),
)
BANANAS = len(ARTICLES) - 1


@dataclass
class Told(Story):
    """A story with more ways to pay, and the decisions that were refused left out."""

    policy: Policy = field(default_factory=lambda: POLICY)
    at_ms: int = 1_795_863_600_000
    business_date: str = "2026-11-28"

    def maybe(self, command: c.Command) -> bool:
        """Carry a command out if it is allowed."""
        decision = decide(self.state, command, self.policy, self.moment())
        if isinstance(decision, Refused):
            return False
        self.record(decision)
        return True

    def add(self, index: int, amount: int, *, taken_back: bool) -> None:
        """Sell or take back some of an article."""
        article, reason = ARTICLES[index], "unwanted" if taken_back else ""
        weighed = {"weight_g": amount} if index == BANANAS else {"quantity": amount % 4 + 1}
        self.maybe(c.AddItem(article.code, article, is_return=taken_back, reason=reason, **weighed))

    @property
    def due(self) -> int:
        assert self.state.sale is not None
        return totals(self.state.sale).due_minor

    def pay(self, kind: str, part: int) -> None:
        """Settle a part of what is due, in hundredths."""
        amount = self.due * part // 100
        if self.state.sale.status == "completed" or amount <= 0:
            return
        if kind == "cheque":
            self.maybe(c.TenderCheque(amount, "0001234"))
        elif kind == "card":
            self.pay_by_card(amount)
        elif self.maybe(c.TenderCashMachine(amount)):
            self.record(payment.sending(self.state, self.attempt, {}))
            self.record(
                payment.approve(
                    self.state, self.attempt, amount_minor=amount, acked=True, card=CardResult(),
                    policy=self.policy,
                )
            )  # fmt: skip

    def finish(self, handed_minor: int) -> None:
        """Settle the rest in cash, or give the sale up; then the next customer comes."""
        sale = self.state.sale
        if sale is None:
            return
        if sale.status != "completed":
            to_pay = cash_due(self.due, self.policy.cash_rounding_minor)
            handed = to_pay + (handed_minor if to_pay > 0 else 0)
            if not self.maybe(c.TenderCash(handed)):
                self.do(c.CancelSale("nothing in it"))
        self.do(c.NextCustomer())


class ToldLedger:
    """What a store would say of a story (``exports.ledger.Ledger``)."""

    def __init__(self, story: Story) -> None:
        self._entries: list[Entry] = []
        self._days: list[Day] = []
        self._totals: dict[str, int] = {}
        state, seq, number = TerminalState(), 0, 0
        names = {kind.__name__ for kind in EXPORTED}
        for events, moment in story.batches:
            for event in events:
                seq += 1
                state = evolve(state, event, moment)
                if isinstance(event, e.SaleCompleted):
                    self._totals[event.receipt_number] = event.total_minor
                if isinstance(event, e.PeriodClosed) and event.scope == "day":
                    number += has_entry(event)
                    entry = number if has_entry(event) else 0
                    rows = rows_of(event)
                    self._days.append(day_of(event, rows, "TLB1", moment.at_ms, entry))
                if type(event).__name__ in names:
                    who = state.operator.operator_id if state.operator else ""
                    kept = Entry(seq, moment.at_ms, moment.business_date, event, who)
                    ended = isinstance(event, e.SaleCompleted | e.SaleCancelled)
                    self._entries.append(replace(kept, sale=state.sale) if ended else kept)

    def days(self) -> Iterator[Day]:
        return iter(self._days)

    def entries(self) -> Iterator[Entry]:
        return iter(self._entries)

    def receipt_total(self, receipt_number: str) -> int:
        return self._totals.get(receipt_number, 0)

    def sales(self) -> list[Sale]:
        """Return the completed sales."""
        return [entry.sale for entry in self._entries if isinstance(entry.event, e.SaleCompleted)]
