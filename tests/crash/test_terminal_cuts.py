"""REC-01 to REC-10, NUM-01: the whole terminal, cut at every point of a sale with its payments.

The session, the services, the drivers and the simulated devices run as they do in a shop; only the
disk under the store is the recorder's.  What the devices remember without power (approvals, paper)
is put back as it was at the moment of the cut, and the terminal is started on it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivers.simulation import DurableLines
from terminal.app import build
from terminal.cli import init
from terminal.cli.wire import request_of
from terminal.core.evolve import evolve
from terminal.core.state import Sale, SaleStatus, TenderStatus, TerminalState
from terminal.store.store import Store
from tests.crash.explorer import FULL, Crash, Stage, explore

BUDGET = None if FULL else 60
FLOUR, RADISH = "3270190128724", "2000000000053"
ARTICLES = f"""code,label,brand,department,price_minor,vat_rate,unit,attributes,minimum_age
{FLOUR},Farine de blé,Carrefour Bio,Bio,250,5.50,piece,,
{RADISH},Tablier radis,,Jardin,1500,20.00,piece,ref=M0035,
"""
STORE_FILES = "store.db*"

Step = dict[str, Any]
SALE: tuple[Step, ...] = (
    {"do": "sign_on", "operator": "1", "pin": "1111"},
    {"do": "scan", "code": FLOUR},
    {"do": "scan", "code": RADISH},
    {"do": "discount", "line": 2, "amount_minor": 200, "reason": "Fidélité"},
    {"do": "pay", "tender": "card", "amount_minor": 500},
    {"do": "remove_tender", "tender": 1},
    {"do": "pay", "tender": "card", "amount_minor": 600},
    {"do": "pay", "tender": "cash", "amount_minor": 1000},
    {"do": "scan", "code": FLOUR},
    {"do": "pay", "tender": "card", "amount_minor": 250},
)


@dataclass(frozen=True)
class Seen:
    """What a person at the till could tell apart."""

    ordinal: int
    status: str
    lines: tuple[tuple[str, int], ...]
    cash: int


def seen(state: TerminalState) -> Seen | None:
    sale = state.sale
    if sale is None:
        return None
    cash = sum(t.amount_minor for t in sale.tenders if t.kind == "cash")
    # Whether the customer pays already or still looks at the basket is not lost goods or money.
    status = "open" if sale.status is SaleStatus.TENDERING else sale.status.value
    lines = tuple((line.code, line.quantity) for line in sale.lines)
    return Seen(sale.ordinal, status, lines, cash)


def booked(sale: Sale | None) -> list[int]:
    tenders = sale.tenders if sale else ()
    return [t.amount_minor for t in tenders if t.kind == "card" and t.status is TenderStatus.BOOKED]


@contextmanager
def tapped(tell: Callable[[str], None]):
    """Tell what the devices write into their own memories, as they write it."""
    original = DurableLines.append

    def append(self, records):
        records = [dict(record) for record in records]
        original(self, records)
        tell(json.dumps([self._path.name, records]))

    DurableLines.append = append
    try:
        yield
    finally:
        DurableLines.append = original


class CountedSale:
    """The scenario, and the check of what a restart finds."""

    def __init__(self, template: Path) -> None:
        self.template = template
        self.after: list[Seen | None] = []
        self.cards: list[list[int]] = []

    def play(self, stage: Stage) -> None:
        self._furnish(stage.data_dir)
        with tapped(stage.mark.outside):
            asyncio.run(self._play(stage))

    async def _play(self, stage: Stage) -> None:
        async with build(stage.data_dir, database_factory=stage.factory) as running:
            await running.ready()
            self.after = [seen(running.state)]
            self.cards = [[]]
            for n, step in enumerate(SALE, start=1):
                stage.mark.begin(n)
                request = request_of(step)
                assert request is not None
                answer = await running.submit(request)
                assert answer.refused is None, (step, answer.refused)
                stage.mark.ack(n)
                self.after.append(seen(running.state))
                self.cards.append(booked(running.state.sale))

    def _furnish(self, data_dir: Path) -> None:
        """Put everything of the shop but its store into the folder."""
        shutil.copytree(
            self.template, data_dir, ignore=shutil.ignore_patterns(STORE_FILES), dirs_exist_ok=True
        )

    def check(self, data_dir: Path, crash: Crash) -> None:
        self._furnish(data_dir)
        memory = data_dir / "simulators"
        memory.mkdir(exist_ok=True)
        for fact in crash.ledger:
            name, records = json.loads(fact)
            DurableLines(memory / name).append(records)
        asyncio.run(self._check(data_dir, crash))
        with closing(Store.open_read_only(data_dir, evolve=evolve)) as store:
            verdict = store.verify()
        assert verdict.ok, verdict.first_bad

    async def _check(self, data_dir: Path, crash: Crash) -> None:
        async with build(data_dir) as running:
            await running.ready()
            found = running.state
            allowed = (self.after[crash.acked], self.after[crash.begun])
            assert seen(found) in allowed, f"resumed {seen(found)}, wanted one of {allowed}"
            assert not found.attempts, "a payment is left without an outcome"
            self._check_cards(running, found.sale, crash)

    def _check_cards(self, running: Any, sale: Sale | None, crash: Crash) -> None:
        """No approval without a tender, no tender without an approval, none lost."""
        ledger = running.hub.bench.control("poi", "ledger")["ledger"]
        standing = {
            row["ref"]: row["amount_minor"]
            for row in ledger
            if row["op"] == "payment" and row["state"] in ("approved", "partial")
        }
        on_screen = {
            t.reference: t.amount_minor
            for t in (sale.tenders if sale else ())
            if t.kind == "card" and t.status is TenderStatus.BOOKED
        }
        assert on_screen.items() <= standing.items(), "a tender without an approval"
        if sale is not None and sale.ordinal == 1:
            assert standing == on_screen, "an approval without a tender"
        if crash.acked == crash.begun:
            assert sorted(on_screen.values()) == sorted(self.cards[crash.acked]), "cards"


def test_the_terminal_resumes_from_every_cut(tmp_path):
    csv = tmp_path / "articles.csv"
    csv.write_text(ARTICLES, encoding="utf-8")
    template = tmp_path / "shop"
    init.make(template, csv, ["payment.enquiry_window_s=5", "receipt.paper=always"])
    sale = CountedSale(template)
    stores = {
        path.name: path.read_bytes() for path in template.glob(STORE_FILES) if path.stat().st_size
    }
    report = explore(sale.play, sale.check, budget=BUDGET, initial=stores)
    print(report)  # noqa: T201 - the counts are published with -s
    assert [str(violation) for violation in report.violations] == []
    assert report.checked >= 60
