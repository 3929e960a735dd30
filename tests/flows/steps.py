"""The step lists of a counter: what people do, in which order, and what must be true at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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


def coins(amount: int, *pieces: int) -> Step:
    """A payment at the cash machine, and what the customer is going to insert."""
    return [
        knob("cash", "next", pieces=list(pieces)),
        do("pay", tender="cash_machine", amount_minor=amount),
    ]


WITH_CASH_MACHINE = ("devices.cash_machine=sim:cash",)


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
        "the cash machine pays the change by itself",
        [CASHIER, [do("scan", code=FLOUR)], coins(250, 200, 200)],
        paid(250, ("cash_machine", 250, "booked"), change_minor=0),
        ("2,50", "Espèces (automate)"),
        settings=WITH_CASH_MACHINE,
    ),
    Flow(
        "a part at the cash machine, a part by card, the rest by hand",
        [
            CASHIER,
            [do("scan", code=BENCH)],
            coins(4000, 5000),
            card(6000),
            [do("pay", tender="cash", amount_minor=5000)],
        ],
        paid(
            15000,
            ("cash_machine", 4000, "booked"),
            ("card", 6000, "booked"),
            ("cash", 5000, "booked"),
        ),
        settings=WITH_CASH_MACHINE,
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
        "kiosk: coins and notes, a receipt",
        [[do("scan", code=FLOUR)], coins(250, 500), PRINT_AND_GO],
        paid(250, ("cash_machine", 250, "booked")),
        ("Espèces (automate)",),
        role="kiosk",
        settings=WITH_CASH_MACHINE,
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
