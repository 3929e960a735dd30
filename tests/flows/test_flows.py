"""What happens at a counter, step by step, and the same with the power cut after every step.

A step is a list of commands that a person does in one go.  A flow says what must be true at its
end; it must be as true when the power went after any of its steps, or after each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from terminal.core.state import TerminalState
from tests.flows.power import MARK, Cut, Till, check_money, check_paper, switched_on

Command = tuple[str, dict[str, Any]]
Step = list[Command]


def do(name: str, **fields: Any) -> Command:
    return name, fields


def knob(device: str, action: str, **parameters: Any) -> Command:
    return "device", {"device": device, "action": action, **parameters}


FLOUR, STICKS, WINE = "3270190128724", "3760152700704", "2000000001012"
RADISH, KIT, SHOES = "2000000000053", "2000000000060", "2000000000084"
BENCH, TRAMPOLINE, CONSOLE = "2000000000015", "2000000000039", "2000000000046"
CASHIER = [do("sign_on", operator="1", pin="1111")]
PRINT_AND_GO = [do("receipt_choice", choice="print")]


def card(amount: int, outcome: str = "approve", **how: Any) -> Step:
    """A card payment, and how the payment terminal is going to answer."""
    return [
        knob("poi", "next", outcome=outcome, **how),
        do("pay", tender="card", amount_minor=amount),
    ]


@dataclass(frozen=True)
class Flow:
    """Steps, and what must stand in the sale and on the receipt at the end."""

    name: str
    steps: Sequence[Step]
    expected: Callable[[dict[str, Any]], object]
    """Of the sale's statement: true when it is right."""
    paper: tuple[str, ...] = ()
    """What must be readable on the receipt."""
    role: str = "till"
    settings: tuple[str, ...] = ()
    refused: dict[int, str] | None = None
    """Step number -> the refusal that its last command must meet."""


def paid(total: int, *tenders: tuple[str, int, str], **more: int) -> Callable[[dict], object]:
    """A completed sale of this total with exactly these tenders (kind, amount, status)."""

    def right(sale: dict[str, Any]) -> bool:
        found = tuple((t["tender"], t["amount_minor"], t["status"]) for t in sale["tenders"])
        return (
            sale["status"] == "completed"
            and sale["total_minor"] == total
            and sale["due_minor"] == 0
            and found == tenders
            and all(sale[key] == value for key, value in more.items())
        )

    return right


FLOWS = [
    Flow(
        "cash with change",
        [
            CASHIER,
            [do("scan", code=FLOUR)],
            [do("scan", code=STICKS)],
            [do("quantity", line=1, quantity=3)],
            [do("pay", tender="cash", amount_minor=2000)],
        ],
        paid(929, ("cash", 2000, "booked"), change_minor=1071),
        ("9,29", "20,00", "10,71"),
    ),
    Flow(
        "card",
        [CASHIER, [do("scan", code=FLOUR)], card(250)],
        paid(250, ("card", 250, "booked")),
        ("2,50", "4242"),
    ),
    Flow(
        "split over cash, cheque and card",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            [do("pay", tender="cash", amount_minor=5000)],
            [do("pay", tender="cheque", amount_minor=4000, number="7340021")],
            card(6000),
        ],
        paid(15000, ("cash", 5000, "booked"), ("cheque", 4000, "booked"), ("card", 6000, "booked")),
        ("7340021",),
    ),
    Flow(
        "card declined, then cash",
        [
            CASHIER,
            [do("scan", code=FLOUR)],
            card(250, "decline"),
            [do("pay", tender="cash", amount_minor=250)],
        ],
        paid(250, ("card", 250, "declined"), ("cash", 250, "booked")),
    ),
    Flow(
        "partial approval, the rest in cash",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            card(15000, "partial", amount_minor=4000),
            [do("pay", tender="cash", amount_minor=11000)],
        ],
        paid(15000, ("card", 4000, "booked"), ("cash", 11000, "booked")),
    ),
    Flow(
        "a booked card taken off is reversed at its terminal (REC-09)",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            card(4000),
            [do("remove_tender", tender=1)],
            [do("pay", tender="cash", amount_minor=15000)],
        ],
        paid(15000, ("card", 4000, "reversed"), ("cash", 15000, "booked")),
    ),
    Flow(
        "cash given back, then a card",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            [do("pay", tender="cash", amount_minor=4000)],
            [do("remove_tender", tender=1)],
            card(15000),
        ],
        paid(15000, ("cash", 4000, "reversed"), ("card", 15000, "booked")),
    ),
    Flow(
        "the receipt of 8.00: a return, a discount, and 6.67 + 1.33 of VAT",
        [
            CASHIER,
            [do("scan", code=RADISH)],
            [do("return", code=SHOES, quantity=1, reason="taille")],
            [do("discount", line=None, amount_minor=200, reason="Fidélité")],
            [do("pay", tender="cash", amount_minor=800)],
        ],
        lambda sale: (
            paid(800, ("cash", 800, "booked"))(sale)
            and sale["vat"]
            == [{"rate": "20.00", "net_minor": 667, "vat_minor": 133, "gross_minor": 800}]
        ),
        ("8,00", "6,67", "1,33"),
    ),
    Flow(
        "the receipt of 239.00: discounts, a gift, and 199.17 + 39.83 of VAT",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            [do("scan", code=CONSOLE)],
            [do("scan", code=KIT)],
            [do("price", line=3, unit_price_minor=0, reason="Cadeau")],
            [do("discount", line=2, percent=5, reason="Vitrine")],
            [do("discount", line=None, amount_minor=505, reason="Geste commercial")],
            card(23900),
        ],
        lambda sale: (
            paid(23900, ("card", 23900, "booked"))(sale)
            and sale["vat"]
            == [{"rate": "20.00", "net_minor": 19917, "vat_minor": 3983, "gross_minor": 23900}]
        ),
        ("239,00", "199,17", "39,83"),
    ),
    Flow(
        "weighed",
        [
            CASHIER,
            [do("weigh", code="4011", weight_g=1234)],
            [do("pay", tender="cash", amount_minor=500)],
        ],
        paid(246, ("cash", 500, "booked"), change_minor=254),
        ("2,46",),
    ),
    Flow(
        "a void line is not paid",
        [
            CASHIER,
            [do("scan", code=FLOUR)],
            [do("scan", code=STICKS)],
            [do("void", line=1)],
            [do("pay", tender="cash", amount_minor=179)],
        ],
        paid(179, ("cash", 179, "booked")),
    ),
    Flow(
        "a selected line stays selected (REC-03)",
        [
            CASHIER,
            [do("scan", code=FLOUR)],
            [do("scan", code=STICKS)],
            [do("select", line=1)],
            [do("salesperson", salesperson="7")],
            [do("pay", tender="cash", amount_minor=429)],
        ],
        paid(429, ("cash", 429, "booked")),
    ),
    Flow(
        "parked, another served, recalled",
        [
            CASHIER,
            [do("scan", code=FLOUR)],
            [do("park", label="porte-monnaie oublié")],
            [do("scan", code=STICKS)],
            [do("pay", tender="cash", amount_minor=179)],
            [do("recall", sale="3001-000001")],
            [do("pay", tender="cash", amount_minor=250)],
        ],
        paid(250, ("cash", 250, "booked")),
    ),
    Flow(
        "a return is paid out",
        [
            CASHIER,
            [do("return", code=FLOUR, quantity=2, reason="abîmé")],
            [do("pay", tender="cash", amount_minor=-500)],
        ],
        paid(-500, ("cash", -500, "booked")),
    ),
    Flow(
        "a return is refunded on the card",
        [CASHIER, [do("return", code=FLOUR, quantity=1, reason="abîmé")], card(-250)],
        paid(-250, ("card", -250, "booked")),
    ),
    Flow(
        "cash is rounded where there are no small coins",
        [CASHIER, [do("scan", code=STICKS)], [do("pay", tender="cash", amount_minor=180)]],
        paid(179, ("cash", 180, "booked"), rounding_minor=1),
        settings=("terminal.cash_rounding_minor=5",),
    ),
    Flow(
        "a deposit on a document",
        [
            CASHIER,
            [do("deposit", document="1234567890123456", amount_minor=15000)],
            card(15000),
        ],
        paid(15000, ("card", 15000, "booked")),
        ("1234567890123456", "125,00", "25,00"),
    ),
    Flow(
        "kiosk: wine, staff checks the age, a card, a receipt",
        [
            [do("language", language="en")],
            [do("scan", code=WINE)],
            [do("help", reason="age")],
            [do("pay", tender="card", amount_minor=690)],
            [
                do("sign_on", operator="1", pin="1111"),
                do("approve_age"),
                do("help_done"),
                do("sign_off"),
            ],
            card(690),
            PRINT_AND_GO,
        ],
        paid(690, ("card", 690, "booked")),
        role="kiosk",
        refused={3: "age_check_waiting"},
    ),
    Flow(
        "kiosk: no receipt wanted, next customer",
        [
            [do("scan", code=FLOUR)],
            card(250),
            [do("receipt_choice", choice="none")],
        ],
        paid(250, ("card", 250, "booked")),
        role="kiosk",
    ),
]


def kept(state: TerminalState, screen: str) -> tuple[Any, ...]:
    """Return what a customer and an operator would notice if it changed."""
    return (
        screen,
        state.operator,
        state.language,
        state.sale,
        dict(state.parked),
        state.help_reason,
        state.last_ordinal,
        state.last_receipt_sequence,
        state.business_date,
    )


async def carry_out(till: Till, flow: Flow, n: int) -> None:
    """Do one step; every command is carried out, but for the refusal that is foreseen."""
    *before, last = flow.steps[n]
    for name, fields in before:
        await till.ok(name, **fields)
    name, fields = last
    foreseen = (flow.refused or {}).get(n)
    if foreseen:
        assert await till.refused(name, **fields) == foreseen
    else:
        await till.ok(name, **fields)


async def check_end(till: Till, flow: Flow) -> None:
    """Check the sale, the books, the money and the paper at the end of a flow."""
    assert flow.expected(dict(till.sale)), till.sale
    assert not till.state.attempts
    await till.printed()
    ledger = till.knob("poi", "ledger")["ledger"]
    ours = check_money(till.running.folder.path, ledger)
    papers = till.papers()
    receipt = till.sale["receipt_number"]
    originals, duplicates = check_paper(papers, receipt)
    wanted = till.state.sale.receipt_choice != "none"
    assert bool(originals + duplicates) == wanted
    assert all(text in "\n".join(papers) for text in flow.paper)
    assert len(ours.receipts) == till.state.last_receipt_sequence


def started(shop: Any, flow: Flow) -> Path:
    return shop.create(*flow.settings).data


CASES = [pytest.param(flow, id=flow.name) for flow in FLOWS]


@pytest.mark.parametrize("flow", CASES)
def test_as_it_is(bare_shop, flow: Flow):
    async def play() -> None:
        async with switched_on(started(bare_shop, flow), role=flow.role) as till:
            for n in range(len(flow.steps)):
                await carry_out(till, flow, n)
            await check_end(till, flow)
            assert MARK not in "".join(till.papers())

    asyncio.run(play())


@pytest.mark.parametrize("flow", CASES)
def test_with_one_cut_after_any_step(bare_shop, tmp_path, flow: Flow):
    """REC-02, REC-03: the same screen, the same sale; the rest of the flow then ends the same."""

    async def play() -> None:
        images = []
        async with switched_on(started(bare_shop, flow), role=flow.role) as till:
            for n in range(len(flow.steps)):
                await carry_out(till, flow, n)
                before = kept(till.state, till.screen())
                images.append((Cut(tmp_path / f"cut{n}").now(till.running), before))
        for n, (image, before) in enumerate(images):
            async with switched_on(image, role=flow.role) as till:
                assert kept(till.state, till.screen()) == before, f"cut after step {n}"
                for left in range(n + 1, len(flow.steps)):
                    await carry_out(till, flow, left)
                await check_end(till, flow)

    asyncio.run(play())


@pytest.mark.parametrize("flow", CASES)
def test_with_a_cut_after_every_step(bare_shop, tmp_path, flow: Flow):
    async def play() -> None:
        data = started(bare_shop, flow)
        for n in range(len(flow.steps)):
            async with switched_on(data, role=flow.role) as till:
                await carry_out(till, flow, n)
                before = kept(till.state, till.screen())
                data = Cut(tmp_path / f"cut{n}").now(till.running)
        async with switched_on(data, role=flow.role) as till:
            assert kept(till.state, till.screen()) == before
            assert sum(notice.kind == "power_cut" for notice in till.state.notices) <= 1
            await check_end(till, flow)

    asyncio.run(play())


def test_a_clean_stop_is_no_power_cut(shop):
    """The next start finds the same sale and has nothing to tell."""

    async def play() -> None:
        async with shop.open() as till:
            await till.ok("sign_on", operator="1", pin="1111")
            await till.ok("scan", code=FLOUR)
            before = replace(till.state, running=False)
        async with shop.open() as till:
            assert till.state.sale == before.sale
            assert till.state.notices == ()
            assert till.running.recovery is not None
            assert not till.running.recovery.power_cut

    asyncio.run(play())
