"""A shop day by dice: shoppers, cashiers, faults and cuts, from one seed.

``Dice`` chooses steps from what stands on the screen, ``World`` carries them out and checks after
each what must hold.  Steps are plain values: a list of them can be written down and played again.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sqlite3
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from terminal.clock import ManualClock
from terminal.core.state import PrintState, SaleStatus
from tests.flows.books import check_money, check_paper
from tests.flows.power import Cut, Disk, Till, switched_on

Step = tuple[Any, ...]
"""("ask", do, fields), ("knob", device, action, parameters), ("cut",), ("arm", point, name),
("disk", result code) or ("clock", milliseconds)."""

CODES = (
    "3270190128724", "3760152700704", "2000000000015", "2000000000039", "2000000000046",
    "2000000000053", "2000000000060", "2000000000084", "2000000001012",
)  # fmt: skip
NONSENSE = ("3270190128725", "x" * 700, "", "4011", "\x00", "https://example.com/01/1")
OUTCOMES: tuple[tuple[int, Mapping[str, Any]], ...] = (
    (60, {"outcome": "approve"}),
    (8, {"outcome": "decline"}),
    (3, {"outcome": "cancel"}),
    (2, {"outcome": "time_out"}),
    (4, {"outcome": "partial"}),
    (2, {"outcome": "late_answer", "delay_s": 0.02}),
    (1, {"outcome": "late_answer", "delay_s": 0.3}),
    (3, {"outcome": "lose_answer"}),
    (1, {"outcome": "stall"}),
    (2, {"outcome": "unplug", "approved": True}),
    (2, {"outcome": "unplug", "approved": False}),
    (1, {"outcome": "mismatch", "field": "amount"}),
    (1, {"outcome": "mismatch", "field": "ref"}),
    (1, {"outcome": "mismatch", "field": "currency"}),
)
POINTS = (
    *(("event", name) for name in (
        "LineAdded", "TenderingStarted", "PaymentIntended", "PaymentSending", "PaymentApproved",
        "PaymentAcknowledged", "TenderBooked", "SaleCompleted", "PrintJobAdvanced",
        "PaymentUnknown", "PaymentEnded", "PaymentReversing",
    )),
    *(("poi", f"{kind} {when}") for kind in ("payment", "enquire", "ack", "reverse", "abort")
      for when in ("before", "after")),
)  # fmt: skip
PRINTER_FAULTS = (
    ("paper_out", {}),
    ("paper_out_after", {"lines": 5}),
    ("unplug", {}),
    ("power_off", {}),
    ("cover_open", {}),
    ("unplug_after", {"bytes": 700}),
    ("power_off_after", {"bytes": 300}),
)
REPAIRS = (
    ("printer", "plug"), ("printer", "power_on"), ("printer", "refill"), ("printer", "cover_close"),
    ("poi", "plug"), ("poi", "power_on"),
)  # fmt: skip
DAY_MS = 86_400_000
PATIENCE = 4
"""Enquiries before a supervisor settles an unknown payment."""


class Dice:
    """Chooses what happens next."""

    def __init__(self, seed: int, role: str) -> None:
        self.role = role
        self._random = random.Random(seed)
        self._asked = 0

    def steps(self, world: World, sales: int) -> Iterator[Step]:
        """Yield steps until so many sales are completed."""
        if self.role == "till":
            yield ("ask", "sign_on", {"operator": "1", "pin": "1111"})
        while world.completed < sales:
            yield from self._fault()
            yield from self._deed(world.till)

    def _chance(self, percent: float) -> bool:
        return self._random.random() * 100 < percent

    def _fault(self) -> Iterator[Step]:
        if self._chance(1.5):
            yield ("cut",)
        if self._chance(1.5):
            yield ("arm", *self._random.choice(POINTS))
        if self._chance(2):
            action, how = self._random.choice(PRINTER_FAULTS)
            yield ("knob", "printer", action, how)
        if self._chance(6):
            for device, action in REPAIRS:
                yield ("knob", device, action, {})
        if self._chance(1):
            garbage = self._random.choice(("\x00\x01", "A" * 900, "]E0", "\xff\xfe"))
            yield ("knob", "scanner", "scan", {"code": garbage})
        if self._chance(0.4):
            yield ("clock", self._random.choice((-DAY_MS, -3_600_000, 3_600_000, DAY_MS)))
        if self._chance(0.4):
            failures = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY)
            yield ("disk", self._random.choice(failures))
            yield ("ask", "scan", {"code": self._random.choice(CODES)})
            yield ("ask", "pay", {"tender": "cash", "amount_minor": 10_000})
            yield ("disk", 0)

    def _deed(self, till: Till) -> Iterator[Step]:
        state = till.state
        sale = state.sale
        ambiguous = [j for j in state.print_jobs.values() if j.state is PrintState.AMBIGUOUS]
        if ambiguous:
            yield ("ask", "settle_paper", {"job": ambiguous[0].job_id, "came_out": False})
        elif state.attempts:
            yield from self._doubt(till)
        elif sale is None or sale.status not in (SaleStatus.OPEN, SaleStatus.TENDERING):
            yield from self._begin(till)
        elif sale.status is SaleStatus.TENDERING or (len(sale.lines) > 1 and self._chance(35)):
            yield from self._pay(till)
        else:
            yield self._change(till)

    def _begin(self, till: Till) -> Iterator[Step]:
        state = till.state
        done = state.sale is not None and state.sale.status is SaleStatus.COMPLETED
        if done and self.role == "kiosk" and not state.sale.receipt_choice:
            choice = "none" if self._chance(20) else "print"
            yield ("ask", "receipt_choice", {"choice": choice})
        if state.parked and self._chance(30):
            yield ("ask", "recall", {"sale": self._random.choice(sorted(state.parked))})
        elif self._chance(3) and state.sale and state.sale.receipt_number:
            yield ("ask", "reprint", {"receipt_number": state.sale.receipt_number})
        elif self._chance(10):
            yield ("ask", "language", {"language": self._random.choice(("fr", "en", "nl", "de"))})
        else:
            yield ("ask", "scan", {"code": self._random.choice(CODES)})

    def _change(self, till: Till) -> Step:
        n = self._random.randint(1, len(till.state.sale.lines) + 1)
        fields: tuple[tuple[int, str, dict[str, Any]], ...] = (
            (50, "scan", {"code": self._random.choice(CODES)}),
            (10, "weigh", {"code": "4011", "weight_g": self._random.randint(-1, 5000)}),
            (8, "quantity", {"line": n, "quantity": self._random.choice((0, 1, 2, 7, 10**9))}),
            (6, "void", {"line": n}),
            (4, "select", {"line": n}),
            (4, "price", {"line": n, "unit_price_minor": 99, "reason": "geste"}),
            (4, "discount", {"line": n, "percent": self._random.randint(0, 60), "reason": "x"}),
            (3, "discount", {"amount_minor": self._random.randint(1, 300), "reason": "x"}),
            (3, "return", {"code": CODES[0], "quantity": 1, "reason": "abîmé"}),
            (2, "deposit", {"document": "1234567890123456", "amount_minor": 1500}),
            (3, "park", {"label": "plus tard"}),
            (2, "cancel_sale", {"reason": "parti"}),
            (6, "scan", {"code": self._random.choice(NONSENSE)}),
            (2, "salesperson", {"salesperson": "7"}),
            (1, "open_drawer", {"reason": "monnaie"}),
        )
        _, do, given = self._random.choices(fields, [weight for weight, _, _ in fields])[0]
        return ("ask", do, given)

    def _pay(self, till: Till) -> Iterator[Step]:
        sale = till.sale
        due = sale["due_minor"]
        if self.role == "kiosk" and any(line.minimum_age for line in till.state.sale.lines):
            yield from self._with_staff("1", "1111", ("ask", "approve_age", {}))
        booked = [t["n"] for t in sale["tenders"] if t["status"] == "booked"]
        if booked and self._chance(12):
            plan = self._random.choice(("approve", "approve", "decline", "lose_answer"))
            yield ("knob", "poi", "next_reversal", {"outcome": plan})
            yield ("ask", "remove_tender", {"tender": self._random.choice(booked)})
        elif sale["status"] == "tendering" and not booked and self._chance(8):
            yield ("ask", "scan", {"code": self._random.choice(CODES)})
        elif self._chance(40):
            amount = due if self._chance(70) else due + 500 if due > 0 else due
            yield ("ask", "pay", {"tender": "cash", "amount_minor": amount})
        elif self._chance(10):
            yield ("ask", "pay", {"tender": "cheque", "amount_minor": due, "number": "7"})
        else:
            weights = [weight for weight, _ in OUTCOMES]
            plan = dict(self._random.choices(OUTCOMES, weights)[0][1])
            amount = due if self._chance(70) or abs(due) < 2 else due // 2
            yield ("knob", "poi", "next", plan)
            wait = not self._chance(5)
            yield ("ask", "pay", {"tender": "card", "amount_minor": amount, "wait": wait})

    def _doubt(self, till: Till) -> Iterator[Step]:
        self._asked += 1
        attempt = next(iter(till.state.attempts.values()))
        if self._chance(30):
            yield ("ask", "remove_tender", {"tender": attempt.tender})
        elif self._chance(30):
            yield self._random.choice((
                ("ask", "cancel_sale", {"reason": "parti"}),
                ("ask", "void", {"line": 1}),
                ("ask", "park", {}),
                ("ask", "pay", {"tender": "cash", "amount_minor": 100}),
            ))  # fmt: skip
        else:
            yield ("knob", "poi", "plug", {})
            yield ("ask", "enquire", {})
        if self._asked > PATIENCE and till.state.attempts:
            self._asked = 0
            entries = till.knob("poi", "ledger")["ledger"]
            stands = any(
                entry["ref"] == attempt.reference and entry["state"] in ("approved", "partial")
                for entry in entries
            )
            word = {
                "tender": attempt.tender,
                "outcome": "paid" if stands else "not_paid",
                "reason": "vu au terminal",
                "evidence": "journal du terminal",
            }
            yield from self._with_staff("9", "9999", ("ask", "resolve", word))

    def _with_staff(self, operator: str, pin: str, step: Step) -> Iterator[Step]:
        yield ("ask", "sign_on", {"operator": operator, "pin": pin})
        yield step
        if self.role == "till":
            yield ("ask", "sign_on", {"operator": "1", "pin": "1111"})
        else:
            yield ("ask", "sign_off", {})


class World:
    """A terminal, its disk, its clock and its devices, and what was acknowledged so far."""

    def __init__(self, data: Path, role: str, *, by_ack: bool = False) -> None:
        self.role = role
        self.clock = ManualClock()
        self.disk = Disk()
        self.log: list[Step] = []
        self.counts: Tally[str] = Tally()
        self._by_ack = by_ack
        self._data = data
        self._images = 0
        self._cut = Cut(data)
        self._acknowledged = (0, b"")
        self._checked = 0
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._start(self._data)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    async def _start(self, data: Path) -> None:
        self._data = data
        self.disk.failure = 0
        self._images += 1
        self._cut = Cut(data.with_name(f"image{self._images}"))
        self.till = await self._running.enter_async_context(
            switched_on(
                data,
                role=self.role,
                answer_s=0.1,
                enquiry_s=0.1,
                before=lambda running: running.hub.bench.control(
                    "poi", "commit_by_ack", on=self._by_ack
                ),
                clock=self.clock,
                database_factory=self.disk.database,
            )
        )

    @property
    def completed(self) -> int:
        return self.till.state.last_receipt_sequence

    async def play(self, steps: Iterable[Step]) -> None:
        """Carry steps out, checking after each; what was played is in ``log``."""
        for step in steps:
            self.log.append(step)
            await self._carry_out(step)
            self.clock.advance(0.5)
            if self._cut.image is not None:
                await self._restart()
            if self.completed >= self._checked + 40:
                await self.check()

    async def _carry_out(self, step: Step) -> None:
        self.counts[step[0]] += 1
        match step:
            case ("ask", do, fields):
                await self._ask(do, fields)
            case ("knob", device, action, parameters):
                self.till.knob(device, action, **parameters)
            case ("cut",):
                self._cut.now(self.till.running)
            case ("arm", "event", name):
                self._cut.after_event(self.till.running, name)
            case ("arm", "poi", name):
                kind, when = name.split()
                self._cut.at_poi(self.till.running, kind, handled=when == "after")
            case ("disk", failure):
                self.disk.failure = failure
            case ("clock", milliseconds):
                self.clock.set(self.clock.now_ms() + milliseconds)

    async def _ask(self, do: str, fields: Mapping[str, Any]) -> None:
        before = self.till.state
        answer = await self.till.ask(do, **fields)
        after = self.till.state
        self.counts["refused" if answer.refused else "carried out"] += 1
        if answer.refused and not before.attempts and not after.attempts:
            reversal = answer.refused.code.startswith("reversal_")
            assert before.sale == after.sale or reversal, f"{answer.refused} changed the sale"
        store = self.till.running._writer._store
        head = store.journal.head if store is not None else None
        if head is not None and self._cut.image is None:
            self._acknowledged = (head.seq, head.hash)

    async def _restart(self) -> None:
        """The power went: go on from the disk, which holds everything that was acknowledged."""
        self.counts["cuts"] += 1
        image, old = self._cut.image, self._data
        assert image is not None
        await self._running.aclose()
        await self._start(image)
        shutil.rmtree(old)
        seq, own = self._acknowledged
        kept = await self.till.running._writer.ask(lambda store: store.journal.stored_hash(seq))
        assert seq == 0 or kept == own, f"record {seq} was acknowledged and is not there"
        states = {attempt.state.value for attempt in self.till.state.attempts.values()}
        assert states <= {"unknown", "reverse_unknown"}

    async def check(self) -> None:
        """Check books, money, numbers and paper, with every device in order."""
        for device, action in REPAIRS:
            self.till.knob(device, action)
        self.disk.failure = 0
        with contextlib.suppress(StopIteration):
            job = next(j for j in self.till.state.print_jobs.values() if j.state == "ambiguous")
            await self.till.ask("settle_paper", job=job.job_id, came_out=False)
        await self.till.ask("enquire")
        await self.till.printed()
        if self._cut.image is not None:
            await self._restart()
            await self.till.printed()
        ours = check_money(self._data, self.till.knob("poi", "ledger")["ledger"])
        papers = self.till.papers()
        for number in ours.receipts[self._checked : -1]:
            await self._check_receipt(number, papers)
        self._checked = max(self._checked, len(ours.receipts) - 1)
        self.counts["checks"] += 1

    async def _check_receipt(self, number: str, papers: list[str]) -> None:
        sale = await self.till.running._writer.ask(lambda store: store.sale(number))
        assert sale is not None
        originals, duplicates = check_paper(papers, number)
        if self.role == "till":
            assert originals + duplicates >= 1, f"receipt {number} was lost"
        self.counts["papers"] += originals + duplicates

    def story(self) -> str:
        """Return what was played, to be played again."""
        return "\n".join(json.dumps(step) for step in self.log)


def read_story(text: str) -> list[Step]:
    """Return the steps that ``World.story`` wrote."""
    return [tuple(json.loads(line)) for line in text.splitlines() if line.strip()]
