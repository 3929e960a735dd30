"""Whatever a day brings, all four files say the same as its closure, to the cent, and balance.

``REPRISE_EXPLORE=full`` tells a thousand days.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.accounts_settings import Accounts
from terminal.core import categories
from terminal.core import commands as c
from terminal.core.periods import kept
from terminal.core.policy import Policy
from terminal.exports import day_journal, fec, poslog, saf_t
from terminal.exports.days import Day
from terminal.exports.plan import Plan
from tests.exports import fec_reader
from tests.exports.told import ARTICLES, COMPANY, POLICY, Told, ToldLedger

FULL = os.environ.get("REPRISE_EXPLORE") == "full"
SERVICES = ("TPS1",)
PERIOD = ("2026-11-28", "2026-11-28")
SAF_T = "{urn:StandardAuditFile-Taxation-CashRegister:NO}"
ARTS = "{http://www.nrf-arts.org/IXRetail/namespace/}"

INDEX = st.integers(0, len(ARTICLES) - 1)
LINE = st.one_of(
    st.tuples(st.just("add"), INDEX, st.integers(1, 3000), st.booleans()),
    st.tuples(st.just("deposit"), st.integers(1, 50_000)),
    st.tuples(st.just("price"), st.integers(1, 4), st.integers(0, 9_000)),
    st.tuples(st.just("percent"), st.integers(0, 4), st.integers(1, 10_000)),
    st.tuples(st.just("amount"), st.integers(0, 4), st.integers(1, 2_000)),
    st.tuples(st.just("void"), st.integers(1, 4)),
)
PAY = st.tuples(st.sampled_from(("cheque", "card", "cash_machine")), st.integers(0, 100))
SALE = st.tuples(
    st.lists(LINE, min_size=1, max_size=6), st.lists(PAY, max_size=2), st.integers(0, 20)
)
MOVE = st.tuples(st.sampled_from(("float", "drop", "paid_in", "paid_out")), st.integers(1, 30_000))
DAY = st.tuples(
    st.lists(SALE, max_size=5),
    st.lists(MOVE, max_size=3),
    st.sampled_from((1, 5)),
    st.none() | st.integers(-5_000, 200_000),
)


def told(day) -> ToldLedger:
    """Tell a generated day through the core."""
    sales, moves, step, counted = day
    story = Told(policy=replace(POLICY, cash_rounding_minor=step))
    story.do(c.SignOn("9", "Dominique", "supervisor"))
    for lines, payments, more in sales:
        for line in lines:
            _line(story, *line)
        if story.state.sale is not None:
            for kind, part in payments:
                story.pay(kind, part)
        story.finish(more * step * 20)
    for kind, amount in moves:
        story.do(c.MoveCash(kind, amount, "reason"))
    story.do(c.ClosePeriod("day", () if counted is None else (("cash", counted),)))
    return ToldLedger(story)


def _line(story: Told, what: str, *values: int) -> None:
    match what, values:
        case "add", (index, amount, taken_back):
            story.add(index, amount, taken_back=bool(taken_back))
        case "deposit", (amount,):
            story.maybe(c.AddDeposit("DOC-1", amount))
        case _ if story.state.sale is None:
            return
        case "price", (line, price):
            story.maybe(c.SetPrice(line, price, "shelf"))
        case "percent", (line, percent):
            story.maybe(c.GrantDiscount(line or None, percent, None, "card"))
        case "amount", (line, amount):
            story.maybe(c.GrantDiscount(line or None, None, amount, "card"))
        case "void", (line,):
            story.maybe(c.VoidLine(line))


@given(DAY)
@settings(max_examples=1000 if FULL else 40)
def test_all_four_files_say_what_was_closed(day):
    ledger = told(day)
    (closed,) = ledger.days()
    check_rows(closed, ledger)
    check_day_journal(closed)
    check_csv(closed)
    check_fec(closed)
    check_saf_t(closed, ledger)
    check_poslog(closed, ledger)


def check_rows(day: Day, ledger: ToldLedger) -> None:
    """What the closure carries is what its receipts come to, counted anew."""
    rows = ()
    for sale in ledger.sales():
        rows = categories.added(rows, categories.of_sale(sale))
    assert day.rows == rows
    assert sum(row.gross_minor for row in rows) == day.event.total_minor
    tenders = Counter()
    for sale in ledger.sales():
        tenders.update(kept(sale))
    assert dict(day.event.tenders) == dict(tenders)
    assert day.rounding_minor == sum(sale.rounding_minor for sale in ledger.sales())


def check_day_journal(day: Day) -> None:
    out = io.StringIO()
    day_journal.write_json(out, COMPANY, [day], PERIOD, SERVICES)
    (said,) = json.loads(out.getvalue())["days"]
    assert sum(row["gross_minor"] for row in said["turnover"]) == day.event.total_minor
    by_rate = Counter()
    for row in said["turnover"]:
        by_rate[row["rate"], "base"] += row["base_minor"]
        by_rate[row["rate"], "vat"] += row["vat_minor"]
    for rate, net, vat, _ in day.event.vat:
        name = f"{rate // 100}.{rate % 100:02}"
        assert (by_rate[name, "base"], by_rate[name, "vat"]) == (net, vat)
    paid = sum(tender["amount_minor"] for tender in said["tenders"])
    assert paid == day.event.total_minor + said["rounding_minor"]
    services = [row for row in said["turnover"] if row["category"] in SERVICES]
    assert sum(one["amount_minor"] for one in said["services_paid"]) == sum(
        row["gross_minor"] for row in services
    )


def check_csv(day: Day) -> None:
    out = io.StringIO()
    day_journal.write_csv(out, COMPANY, [day], SERVICES)
    rows = list(csv.DictReader(io.StringIO(out.getvalue()), delimiter=";"))
    gross = Counter()
    for row in rows:
        gross[row["row"]] += int(row["gross"].replace(",", ""))
    assert gross["turnover"] == gross["total"] == day.event.total_minor
    assert gross["tender"] - gross["rounding"] == day.event.total_minor
    assert gross["cash_difference"] == day.difference_minor


def check_fec(day: Day) -> None:
    out = io.StringIO()
    fec.write(out, COMPANY, [day], Plan(Accounts()))
    lines = fec_reader.read(out.getvalue())
    vat = sum(row[2] for row in day.event.vat)
    net = sum(row[1] for row in day.event.vat)
    assert fec_reader.balance(lines, "4457") == -vat
    assert fec_reader.balance(lines, "70", "4191") == -net
    moved = sum(amount for _, amount in day.event.movements)
    cash = dict(day.event.tenders).get("cash", 0)
    assert fec_reader.balance(lines, "531000") == cash + moved + day.difference_minor
    assert fec_reader.balance(lines, "65", "75") == -day.rounding_minor - day.difference_minor
    assert bool(lines) == bool(day.entry)


def check_saf_t(day: Day, ledger: ToldLedger) -> None:
    out = io.StringIO()
    saf_t.write(out, COMPANY, ledger, PERIOD, created_ms=0, vat_codes={"20": "3"})
    root = ET.fromstring(out.getvalue())
    sales = root.findall(f".//{SAF_T}cashtransaction")
    assert len(sales) == day.event.count
    assert _sum(sales, f"{SAF_T}transAmntIn") == day.event.total_minor
    assert _sum(sales, f"{SAF_T}transAmntEx") == sum(row[1] for row in day.event.vat)
    assert _sum(sales, f"{SAF_T}rounding/{SAF_T}roundingAmnt") == day.rounding_minor
    for sale in sales:
        lines, total = sale.findall(f"{SAF_T}ctLine"), [sale]
        for name in ("AmntIn", "AmntEx"):
            assert _sum(lines, f"{SAF_T}line{name}") == _sum(total, f"{SAF_T}trans{name}")
        assert _sum(lines, f"{SAF_T}vat/{SAF_T}vatAmnt") == _sum(
            total, f"{SAF_T}vat/{SAF_T}vatAmnt"
        )
    paid = root.findall(f".//{SAF_T}cashtransaction/{SAF_T}payment")
    assert _sum(paid, f"{SAF_T}paidAmnt") == day.event.total_minor + day.rounding_minor
    (report,) = root.iter(f"{SAF_T}eventReport")
    groups = report.findall(f"{SAF_T}reportArtGroups/{SAF_T}reportArtGroup")
    assert _sum(groups, f"{SAF_T}artGroupAmnt") == day.event.total_minor
    assert _sum([report], f"{SAF_T}reportGrandTotalSalesNet") == day.event.perpetual_minor
    check_names(root)


def check_names(root: ET.Element) -> None:
    """What the file uses it has named before: the keys of the schema."""
    basics = [one.text for one in root.findall(f".//{SAF_T}basic/{SAF_T}basicID")]
    assert len(set(basics)) == len(basics)
    used = ("eventType", "transType", "lineType", "artGroupID", "dscTp")
    for tag in used:
        values = {one.text for one in root.iter(f"{SAF_T}{tag}")} - {"None"}
        assert values <= set(basics), tag
    articles = {one.text for one in root.findall(f".//{SAF_T}article/{SAF_T}artID")}
    assert {one.text for one in root.findall(f".//{SAF_T}ctLine/{SAF_T}artID")} <= articles
    employees = {one.text for one in root.findall(f".//{SAF_T}employee/{SAF_T}empID")}
    assert {one.text for one in root.iter(f"{SAF_T}empID")} <= employees


def check_poslog(day: Day, ledger: ToldLedger) -> None:
    out = io.StringIO()
    poslog.write(out, COMPANY, ledger, SERVICES)
    root = ET.fromstring(out.getvalue())
    sales = [
        sale
        for sale in root.iter(f"{ARTS}RetailTransaction")
        if sale.get("TransactionStatus") == "Finished"
    ]
    assert len(sales) == day.event.count
    grand = f"{ARTS}Total[@TotalType='TransactionGrandAmount']"
    assert _sum(sales, grand) == day.event.total_minor
    for sale in sales:
        lines = [one for one in sale.findall(f"{ARTS}LineItem") if not one.get("CancelFlag")]
        sold = _sum(lines, f"{ARTS}Sale/{ARTS}ExtendedAmount")
        back = _sum(lines, f"{ARTS}Return/{ARTS}ExtendedAmount")
        deposits = _sum(lines, f"{ARTS}Deposit/{ARTS}Amount")
        total = _sum([sale], grand)
        assert sold - back + deposits == total
        came = _sum(lines, f"{ARTS}Tender[@TypeCode='Sale']/{ARTS}Amount")
        went = _sum(lines, f"{ARTS}Tender[@TypeCode='Refund']/{ARTS}Amount")
        change = _sum(lines, f"{ARTS}TenderChange/{ARTS}Amount")
        up = _sum(lines, f"{ARTS}Rounding[@RoundingDirection='Up']")
        down = _sum(lines, f"{ARTS}Rounding[@RoundingDirection='Down']")
        assert came - went - change == total + up - down
    numbers = [int(one.text) for one in root.findall(f"{ARTS}Transaction/{ARTS}SequenceNumber")]
    assert numbers == sorted(set(numbers))
    amounts = [one.text for one in root.iter() if one.get("Currency")]
    assert all(Decimal(amount) >= 0 for amount in amounts), "the schema's amounts have no sign"


def _sum(elements, path: str) -> int:
    """Return the sum of the amounts under a path, in cents."""
    found = [part.text for element in elements for part in element.findall(path)]
    return int(sum(Decimal(text) for text in found) * 100)


@pytest.mark.parametrize("step", [1, 5])
def test_a_day_without_a_sale_has_files_too(step):
    ledger = told(([], [], step, None))
    (day,) = ledger.days()
    check_fec(day)
    check_saf_t(day, ledger)
    check_poslog(day, ledger)
    assert (day.entry, day.turnover) == (0, ())


def test_the_policy_of_the_story_names_categories():
    assert isinstance(POLICY, Policy)
    assert POLICY.category_of("", "Soins") == "TPS1"
