"""What people, scanners, files and disks get wrong: a clear refusal, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from terminal.clock import ManualClock
from tests.flows.books import books
from tests.flows.power import switched_on
from tests.flows.process import ConsoleProcess

FLOUR = "3270190128724"
DAY_MS = 86_400_000

# --- codes, quantities, amounts -------------------------------------------------------------------

REFUSALS = [
    ("an unknown code", "scan", {"code": "4006381333931"}, "unknown_code"),
    ("a wrong check digit", "scan", {"code": "3270190128725"}, "bad_check_digit"),
    ("a QR of 7,000 characters", "scan", {"code": "A" * 7000}, "code_too_long"),
    ("7,000 digits", "scan", {"code": "1" * 7000}, "code_too_long"),
    ("control characters", "scan", {"code": "32701\x0090128724\x1b[2J"}, "code_not_readable"),
    ("a line feed inside", "scan", {"code": "3270190\n128724"}, "code_not_readable"),
    ("half a surrogate", "scan", {"code": "\ud800"}, "code_not_readable"),
    ("nothing", "scan", {"code": ""}, "code_not_readable"),
    ("spaces", "scan", {"code": "   "}, "code_not_readable"),
    ("a quantity of nothing", "quantity", {"line": 1, "quantity": 0}, "quantity_out_of_range"),
    ("a thousand million", "quantity", {"line": 1, "quantity": 10**9}, "quantity_out_of_range"),
    ("less than nothing", "quantity", {"line": 1, "quantity": -1}, "quantity_out_of_range"),
    ("a line that is not there", "void", {"line": 99}, "no_such_line"),
    ("line 0", "void", {"line": 0}, "no_such_line"),
    ("a line below 0", "void", {"line": -1}, "no_such_line"),
    ("a line beyond all", "void", {"line": 10**18}, "no_such_line"),
    ("a piece on the scale", "weigh", {"code": FLOUR, "weight_g": 100}, "weight_not_allowed"),
    ("no weight", "weigh", {"code": "4011", "weight_g": 0}, "weight_required"),
    ("a weight below 0", "weigh", {"code": "4011", "weight_g": -5}, "weight_out_of_range"),
    ("a lorry", "weigh", {"code": "4011", "weight_g": 10**9}, "weight_out_of_range"),
    ("bananas by the piece", "scan", {"code": "4011"}, "weight_required"),
    (
        "more by card than is due",
        "pay",
        {"tender": "card", "amount_minor": 251},
        "overpayment_not_allowed",
    ),
    (
        "more by cheque than is due",
        "pay",
        {"tender": "cheque", "amount_minor": 251, "number": "1"},
        "overpayment_not_allowed",
    ),
    ("less than nothing", "pay", {"tender": "card", "amount_minor": -250}, "amount_out_of_range"),
    ("cash below 0", "pay", {"tender": "cash", "amount_minor": -250}, "amount_out_of_range"),
    ("no cash", "pay", {"tender": "cash", "amount_minor": 0}, "amount_out_of_range"),
    ("all the cash there is", "pay", {"tender": "cash", "amount_minor": 10**12},
     "amount_out_of_range"),
    ("a cheque without number", "pay", {"tender": "cheque", "amount_minor": 250},
     "number_required"),
    ("sea shells", "pay", {"tender": "shells", "amount_minor": 250}, "unknown_tender_kind"),
    ("a price below 0", "price", {"line": 1, "unit_price_minor": -1, "reason": "x"},
     "price_out_of_range"),
    ("a price without reason", "price", {"line": 1, "unit_price_minor": 1}, "reason_required"),
    ("a discount of 101 %", "discount", {"line": 1, "percent": 101, "reason": "x"},
     "discount_out_of_range"),
    ("a discount below 0", "discount", {"line": 1, "amount_minor": -1, "reason": "x"},
     "discount_out_of_range"),
    ("more off than it costs", "discount", {"line": None, "amount_minor": 251, "reason": "x"},
     "discount_out_of_range"),
    ("both kinds at once", "discount", {"percent": 1, "amount_minor": 1, "reason": "x"},
     "bad_request"),
    ("a reason with an escape", "cancel_sale", {"reason": "\x1b[31m"}, "bad_request"),
    ("a reason of half a surrogate", "cancel_sale", {"reason": "\udfff"}, "bad_request"),
    ("a reason without end", "cancel_sale", {"reason": "x" * 5000}, "reason_too_long"),
    ("a tender that is not there", "remove_tender", {"tender": 1}, "no_such_tender"),
    ("a tender beyond all", "remove_tender", {"tender": 10**30}, "no_such_tender"),
    ("a sale that is not there", "recall", {"sale": "3001-999999"}, "sale_in_progress"),
    ("a receipt that is not there", "reprint", {"receipt_number": "1"}, "no_such_receipt"),
    ("a receipt number of 9,000 digits", "reprint", {"receipt_number": "8" * 9000},
     "no_such_receipt"),
    ("a notice that is not there", "acknowledge", {"notice": 1}, "no_such_notice"),
    ("a job that is not there", "settle_paper", {"job": 77, "came_out": True}, "no_such_receipt"),
    ("nothing to look for", "search", {"text": "  "}, "empty_search"),
    ("a resolution by a cashier", "resolve", {"tender": 1, "outcome": "paid"}, "right_required"),
    ("a language nobody speaks", "language", {"language": "tlh"}, "bad_request"),
    ("a receipt choice at a till", "receipt_choice", {"choice": "print"}, "no_choice_open"),
    ("the next customer, too soon", "next", {}, "sale_in_progress"),
]  # fmt: skip


def test_what_is_refused_says_so_and_the_sale_is_untouched(shop):
    with ConsoleProcess(shop.data) as console:
        assert console.refused("scan", code=FLOUR) == "not_signed_on"
        console.ok("sign_on", operator=1, pin="1111")
        before = console.ok("scan", code=FLOUR)["state"]
        for name, do, fields, code in REFUSALS:
            assert console.refused(do, **fields) == code, name
            assert console.ok("show")["state"] == before, name
        for text in ('"', "'; DROP TABLE articles; --", "a*", "NEAR(", "(", "\x00", "é" * 3000):
            assert console.ask("search", text=text, limit=10**9)["ok"], text
        done = console.ok("pay", tender="cash", amount_minor=250)["state"]["sale"]
        assert done["status"] == "completed"
        code, errors = console.close()
        assert (code, "Traceback" in errors) == (0, False)
    assert books(shop.data).receipts == (done["receipt_number"],)


def test_garbage_from_the_scanner_is_refused_or_nothing(shop):
    """What no reader can make sense of never adds a line, whatever bytes it is made of."""

    async def play() -> None:
        async with switched_on(shop.data) as till:
            await till.ok("sign_on", operator="1", pin="1111")
            for text in ("\x00\x01\x02", "A" * 7000, "]E0", "\x1d\x1d", "\xff" * 40, "]d2" * 900):
                till.knob("scanner", "scan", code=text)
            till.knob("scanner", "scan", code=FLOUR)
            await till.until(lambda: till.state.sale is not None)
            assert [line["code"] for line in till.sale["lines"]] == [FLOUR]

    asyncio.run(play())


# --- time -----------------------------------------------------------------------------------------


def test_a_clock_set_back_a_day_is_said_and_changes_no_order(sold: Path):
    """Records never go back in time; the receipts go on counting; a person is told once."""

    async def play() -> None:
        clock = ManualClock(at_ms=4_000_000_000_000)
        async with switched_on(sold, clock=clock) as till:
            await till.ok("pay", tender="cash", amount_minor=250)
            first, day = till.sale["receipt_number"], till.state.business_date
            clock.set(clock.now_ms() - DAY_MS)
            await till.ok("scan", code=FLOUR)
            await till.ok("scan", code=FLOUR)
            await till.ok("pay", tender="cash", amount_minor=500)
            assert till.sale["receipt_number"] > first
            assert till.state.business_date == day
            assert [n.kind for n in till.state.notices].count("clock_set_back") == 1
            await till.printed()
        async with switched_on(sold, clock=clock) as till:
            await till.ok("scan", code=FLOUR)
            assert till.state.business_date == day
        assert books(sold).events["ClockSetBack"] >= 1

    asyncio.run(play())
