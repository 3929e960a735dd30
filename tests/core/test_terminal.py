"""Whatever is asked, in whatever order: decide answers, evolve folds, the books agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.core import commands as c
from terminal.core import payment
from terminal.core.basket import totals
from terminal.core.errors import REFUSAL_CODES, IllegalEvent
from terminal.core.events import (
    EVENTS,
    Event,
    LineAdded,
    LineVoided,
    NoticeAcknowledged,
    NoticeRaised,
    OperatorSignedOff,
    PrintJobAdvanced,
    PrintJobQueued,
    SaleCompleted,
    SaleLeft,
    SaleOpened,
    SaleRecalled,
    TenderingLeft,
    TerminalStarted,
    TerminalStopped,
    from_payload,
    to_payload,
)
from terminal.core.evolve import evolve, fold
from terminal.core.items import Article, Unit
from terminal.core.policy import Moment, Policy
from terminal.core.state import CardResult, PaymentState, SaleStatus, TenderStatus, TerminalState

AMOUNT = st.one_of(st.sampled_from([-500, 0, 1, 100, 500, 1000, 1500, 10**9]), st.integers())
SMALL = st.integers(-1, 6)
TEXT = st.one_of(st.sampled_from(["", "r", "9", "x" * 81]), st.text(max_size=5))
ARTICLE = st.builds(
    Article, st.just("4011"), TEXT, TEXT, TEXT, st.sampled_from([0, 1, 333, 500, 1000, 10**8]),
    st.sampled_from([0, 550, 2000]), st.sampled_from(Unit), st.just((("eco", "20"),)),
    st.sampled_from([0, 0, 18]),
)  # fmt: skip
COMMAND = st.one_of(
    st.builds(c.AddItem, TEXT, ARTICLE, st.sampled_from([1, 1, 2, 0, 10**9]),
              st.sampled_from([0, 0, 250, 10**6]), st.sampled_from([None, 5, -5]),
              st.sampled_from(["list", "list", "embedded", "open", "?"]), st.booleans(), TEXT),
    st.builds(c.SignOn, st.sampled_from(["1", "9", ""]), TEXT,
              st.sampled_from(["cashier", "supervisor", "nobody"])),
    st.builds(c.RejectSignOn, TEXT), st.just(c.SignOff()), st.builds(c.AddDeposit, TEXT, AMOUNT),
    st.builds(c.SelectLine, SMALL), st.builds(c.SetQuantity, SMALL, AMOUNT),
    st.builds(c.VoidLine, SMALL), st.builds(c.SetPrice, SMALL, AMOUNT, TEXT),
    st.builds(c.GrantDiscount, st.none() | SMALL, st.none() | AMOUNT, st.none() | AMOUNT, TEXT,
              TEXT),
    st.just(c.ApproveAge()), st.builds(c.SetSalesperson, TEXT), st.builds(c.TenderCash, AMOUNT),
    st.builds(c.TenderCheque, AMOUNT, TEXT), st.builds(c.TenderCard, AMOUNT, TEXT),
    st.builds(c.RemoveTender, SMALL, TEXT), st.builds(c.CancelSale, TEXT),
    st.builds(c.ParkSale, TEXT), st.builds(c.RecallSale, st.just("3001-000001") | TEXT),
    st.builds(c.Acknowledge, SMALL),
    st.builds(c.Resolve, SMALL, st.sampled_from(["paid", "not_paid", "?"]), TEXT, TEXT),
    st.builds(c.Reprint, TEXT, TEXT, SMALL, TEXT),
    st.builds(c.PrintSlip, SMALL),
    st.builds(c.ChooseReceipt, st.sampled_from(["print", "none", "?"])),
    st.just(c.NextCustomer()), st.builds(c.ChooseLanguage, st.sampled_from(["fr", "nl", "it"])),
    st.builds(c.CallHelp, TEXT), st.just(c.DismissHelp()), st.builds(c.OpenDrawer, TEXT),
)  # fmt: skip

ACTS = (
    ["sell"] * 10 + ["cash"] * 4 + ["advance"] * 16 + ["staff"] * 3
    + ["weigh", "return", "void", "quantity", "price", "line discount", "foot discount",
       "part", "cheque", "remove", "partial", "unacked", "acknowledge", "end", "unknown", "resolve",
       "reverse", "reverse", "reversed", "refused", "doubt", "card", "send", "approve", "age",
       "park", "recall", "cancel", "next"]
)  # fmt: skip
ACT = st.tuples(st.sampled_from(ACTS), st.integers(0, 9))
STEP = st.sampled_from(range(8)).flatmap(lambda i: ACT if i else COMMAND)
STORY = st.lists(STEP, min_size=12, max_size=50)
"""Mostly what people and devices do, at random; now and then something absurd."""


def selling(n: int) -> dict[str, c.Command]:
    """Return what people at a till do."""
    piece = Article("4011", "Banane", "", "", 100 * n, (550, 2000)[n % 2], minimum_age=n // 9 * 18)
    weighed = Article("4012", "Pomme", "", "", 320, 550, Unit.KILOGRAM)
    line = 1 + n % 4
    return {
        "sell": c.AddItem("4011", piece, 1 + n % 3),
        "weigh": c.AddItem("4012", weighed, weight_g=100 * n + 1),
        "return": c.AddItem("4011", piece, is_return=True, reason="défaut"),
        "void": c.VoidLine(line),
        "quantity": c.SetQuantity(line, n),
        "price": c.SetPrice(line, 50 * n, "geste"),
        "line discount": c.GrantDiscount(line, 500 * n, None, "geste"),
        "foot discount": c.GrantDiscount(None, None, 20 * n, "geste", "33"),
        "remove": c.RemoveTender(line),
        "resolve": c.Resolve(line, ("paid", "not_paid")[n // 4 % 2], "journal", "ticket 12"),
        "staff": c.SignOn("9", "S", "supervisor"),
        "age": c.ApproveAge(),
        "park": c.ParkSale(),
        "recall": c.RecallSale(f"3001-{n:06d}"),
        "cancel": c.CancelSale("parti"),
        "next": c.NextCustomer(),
    }


def paying(terminal, n: int) -> dict[str, Callable[[], object]]:
    """Return what customers and payment terminals do."""
    state, policy = terminal.state, terminal.policy
    attempt_id = next(iter(state.attempts), "")
    due = totals(state.sale).due_minor if state.sale else 0
    tenders = state.sale.tenders if state.sale else ()
    cards = [t.attempt_id for t in tenders if t.kind == "card"] or [""]
    asked = state.attempts[attempt_id].amount_minor if attempt_id else 1
    ending = sorted(payment.ENDINGS)[n % len(payment.ENDINGS)]

    def approve(amount: int, *, acked: bool) -> object:
        return terminal.record(
            payment.approve(state, attempt_id, amount_minor=amount, acked=acked,
                            card=CardResult(), policy=policy)
        )  # fmt: skip

    def record(fact: Callable[..., tuple[Event, ...]], *args: object) -> object:
        return terminal.record(fact(state, attempt_id, *args))

    def reverse() -> object:
        return terminal.record(payment.reversing(state, cards[n % len(cards)], "r", "1"))

    return {
        "cash": lambda: terminal.do(c.TenderCash(due + (n - 3) * (due > 0))),
        "part": lambda: terminal.do(c.TenderCash(due // 3)),
        "cheque": lambda: terminal.do(c.TenderCheque(due // (1 + n % 2), "12")),
        "card": lambda: terminal.do(c.TenderCard(due // (1 + n % 2), "poi")),
        "approve": lambda: approve(asked, acked=True),
        "partial": lambda: approve(asked - n, acked=True),
        "unacked": lambda: approve(asked, acked=False),
        "send": lambda: record(payment.sending, {}),
        "acknowledge": lambda: record(payment.acknowledge, policy),
        "end": lambda: record(payment.end, ending, "", ""),
        "unknown": lambda: record(payment.unknown, "timeout", ""),
        "reverse": reverse,
        "reversed": lambda: record(payment.reversed_),
        "refused": lambda: record(payment.reversal_failed, True, "r"),
        "doubt": lambda: record(payment.reversal_failed, False, "r"),
    }


NATURAL = {
    None: ("card", "card", "reverse"),
    PaymentState.INTENT: ("send", "send", "send", "end"),
    PaymentState.SENDING: ("approve", "partial", "unacked", "unknown", "end"),
    PaymentState.UNKNOWN: ("resolve", "approve", "end", "unknown"),
    PaymentState.APPROVED_UNACKED: ("acknowledge", "acknowledge", "unknown", "approve"),
    PaymentState.REVERSING: ("reversed", "doubt", "refused"),
    PaymentState.REVERSE_UNKNOWN: ("reversed", "resolve", "refused"),
}
"""What may well come next for a payment."""


def advance(terminal, n: int) -> tuple[str, int]:
    attempt = next(iter(terminal.state.attempts.values()), None)
    natural = NATURAL[attempt.state if attempt else None]
    tender = attempt.tender - 1 if attempt else n
    name = natural[n % len(natural)]
    return name, tender % 4 + 4 * (n % 2) if name == "resolve" else n


def take(terminal, step) -> None:
    before = terminal.state
    if isinstance(step, tuple) and step[0] == "advance":
        step = advance(terminal, step[1])
    if not isinstance(step, tuple):
        answer = terminal.do(step)
    elif step[0] in selling(step[1]):
        answer = terminal.do(selling(step[1])[step[0]])
    else:
        try:
            answer = paying(terminal, step[1])[step[0]]()
        except IllegalEvent:
            assert terminal.state is before
            return
    if isinstance(answer, str):
        assert answer in REFUSAL_CODES
        assert terminal.state is before


def check_books(terminal) -> None:
    state = terminal.state
    assert len(state.attempts) <= 1
    sale = state.sale
    if sale is None:
        assert not state.attempts
        return
    sums = totals(sale)
    locked = {TenderStatus.PENDING, TenderStatus.UNKNOWN}
    if any(t.status in locked for t in sale.tenders):
        assert state.attempts
        assert sale.status is SaleStatus.TENDERING
    if sale.status is SaleStatus.TENDERING:
        assert (sale.total_minor, sale.vat) == (sums.total_minor, sums.vat)
    if sale.status is SaleStatus.COMPLETED:
        assert sale.total_minor == sums.total_minor
        assert sums.due_minor == 0
    if sale.status is SaleStatus.CANCELLED:
        assert sums.paid_minor == 0
    if sale.selected:
        assert sale.line(sale.selected) is not None


@settings(max_examples=300)
@given(
    STORY,
    st.sampled_from(["till", "kiosk"]),
    st.sampled_from([1, 5]),
)
def test_any_story_keeps_the_books(new_terminal, steps, role, coin):
    terminal = new_terminal(Policy(role=role, cash_rounding_minor=coin))
    terminal.sign_on("9", "supervisor")
    for step in steps:
        take(terminal, step)
        check_books(terminal)
    assert fold(terminal.records) == terminal.state
    sequences = [e.receipt_sequence for e, _ in terminal.records if isinstance(e, SaleCompleted)]
    assert sequences == list(range(1, len(sequences) + 1))
    for event, _ in terminal.records:
        assert from_payload(type(event).__name__, to_payload(event)) == event


def test_time_and_trading_day_never_go_back():
    state = evolve(TerminalState(), TerminalStarted("0", "till", True), Moment(5, "2026-09-07"))
    state = evolve(state, TerminalStopped(), Moment(3, "2026-09-06"))
    assert (state.last_at_ms, state.business_date, state.running) == (5, "2026-09-07", False)


OPENED = SaleOpened("3001-000001", 1, "EUR", "1", "E", "fr")
LINE = LineAdded("3001-000001", 1, "article", "4011", "4011", "B", "", "", 1, 0, 5, 550, (), 0,
                 "list", "")  # fmt: skip


@pytest.mark.parametrize(
    "events",
    [
        (LINE,),
        (OPENED, OPENED),
        (OPENED, LineVoided("3001-000001", 1, "1")),
        (OPENED, LINE, LINE),
        (OPENED, LINE, LineVoided("3001-000001", 1, "1"), LineVoided("3001-000001", 1, "1")),
        (OPENED, TenderingLeft("3001-000001")),
        (OPENED, SaleLeft("3001-000001")),
        (OPENED, SaleCompleted("3001-000001", 1, "n", "", 0, 0, 0, ())),
        (OPENED, SaleCompleted("3001-000001", 2, "n", "", 0, 0, 0, ())),
        (SaleRecalled("3001-000001"),),
        (OperatorSignedOff("1"),),
        (NoticeRaised(2, "k", {}),),
        (NoticeAcknowledged(1, "1"),),
        (PrintJobQueued(2, "receipt", "s", "n", 0, "fr"),),
        (PrintJobAdvanced(1, "done", 0, ""),),
        (PrintJobQueued(1, "receipt", "s", "n", 0, "fr"), PrintJobAdvanced(1, "done", 0, "")),
        (PrintJobQueued(1, "receipt", "s", "n", 0, "fr"), PrintJobAdvanced(1, "lost", 0, "")),
    ],
)
def test_a_journal_that_makes_no_sense_stops_the_fold(events):
    with pytest.raises(IllegalEvent):
        fold((event, Moment(1, "2026-09-07")) for event in events)


def test_every_event_has_its_fact():
    """An event that evolve did not know would stop a start."""
    from terminal.core.evolve import facts_known

    assert facts_known() == set(EVENTS.values())
