"""Card payments: rules R1 to R12 as the core keeps them (REC-06 to REC-09)."""

import pytest

from terminal.core import payment
from terminal.core.commands import (
    RemoveTender,
    Resolve,
    TenderCard,
    TenderCash,
    VoidLine,
)
from terminal.core.errors import IllegalEvent
from terminal.core.events import PaymentApproved, PaymentIntended, TenderBooked
from terminal.core.state import PaymentState, TenderStatus

COMPLETED = ["SaleCompleted", "PrintJobQueued"]


@pytest.fixture
def paying(till):
    """A sale of 10.00 with a card payment of it at its terminal."""
    till.sell(1000)
    assert till.do(TenderCard(1000, "poi-1")) == ["TenderingStarted", "PaymentIntended"]
    till.send()
    return till


@pytest.fixture
def doubtful(paying):
    """The same, and the answer was lost."""
    paying.record(payment.unknown(paying.state, paying.attempt_id, "timeout", "no answer"))
    return paying


def status(terminal, n=1):
    return terminal.sale.tender(n).status


def test_an_intent_names_everything(till):
    till.sell(1000)
    till.do(TenderCard(400, "poi-1"))
    intended = till.records[-1][0]
    assert isinstance(intended, PaymentIntended)
    assert (intended.attempt_id, intended.reference) == ("3001-000001-1", "0000000001")
    assert (intended.operation, intended.amount_minor) == ("payment", 400)
    assert status(till) is TenderStatus.PENDING
    assert till.sums.paid_minor == 0


def test_an_approval_is_booked_with_the_sale(paying):
    assert paying.approve(paying.attempt_id, 1000) == [
        "PaymentApproved", "TenderBooked", *COMPLETED,
    ]  # fmt: skip
    tender = paying.sale.tender(1)
    assert (tender.status, tender.card.last4, tender.amount_minor) == (
        TenderStatus.BOOKED, "1234", 1000,
    )  # fmt: skip
    assert not paying.state.attempts


def test_an_approval_that_waits_for_our_acknowledgement(paying):
    attempt_id = paying.attempt_id
    assert paying.approve(attempt_id, 1000, acked=False) == ["PaymentApproved"]
    assert paying.state.attempts[attempt_id].state is PaymentState.APPROVED_UNACKED
    assert paying.record(payment.acknowledge(paying.state, attempt_id, paying.policy)) == [
        "PaymentAcknowledged", "TenderBooked", *COMPLETED,
    ]  # fmt: skip


def test_a_partial_approval_is_booked_as_it_is(paying):
    assert paying.approve(paying.attempt_id, 600) == ["PaymentApproved", "TenderBooked"]
    assert paying.sums.due_minor == 400
    assert "SaleCompleted" in paying.do(TenderCash(400))


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_an_approval_that_does_not_match_is_unknown(paying, amount):
    assert paying.approve(paying.attempt_id, amount) == ["PaymentUnknown"]
    assert paying.sale.tender(1).reason == "amount_mismatch"
    assert paying.do(VoidLine(1)) == "payment_unknown"


@pytest.mark.parametrize("outcome", sorted(payment.ENDINGS))
def test_after_a_definite_negative_the_sale_goes_on(paying, outcome):
    paying.record(payment.end(paying.state, paying.attempt_id, outcome, "51", "declined"))
    expected = TenderStatus.REVERSED if outcome == "reversed" else TenderStatus.DECLINED
    assert (status(paying), paying.sale.tender(1).reason) == (expected, outcome)
    assert not paying.state.attempts
    paying.do(TenderCard(1000, "poi-1"))
    assert paying.state.attempts[paying.attempt_id].reference == "0000000002"


@pytest.mark.parametrize("outcome", ["approved", "unknown", "", "booked"])
def test_only_a_negative_ends_a_payment(paying, outcome):
    with pytest.raises(IllegalEvent):
        payment.end(paying.state, paying.attempt_id, outcome, "", "")


def test_a_late_approval_is_booked(doubtful):
    """R3, R5: whatever an enquiry or a late answer says first, counts."""
    assert status(doubtful) is TenderStatus.UNKNOWN
    assert doubtful.do(TenderCash(1000)) == "payment_unknown"
    assert "SaleCompleted" in doubtful.approve(doubtful.attempt_id, 1000)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Resolve(1, "paid", "journal", "ticket 12"), "right_required"),
        (Resolve(9, "paid", "journal", "ticket 12"), "no_such_tender"),
        (Resolve(1, "perhaps", "journal", "ticket 12"), "bad_request"),
        (Resolve(1, "paid", "", "ticket 12"), "reason_required"),
        (Resolve(1, "paid", "journal", " "), "evidence_required"),
        (Resolve(1, "paid", "journal", "x" * 501), "reason_too_long"),
    ],
)
def test_only_a_supervisor_with_evidence_resolves(doubtful, command, code):
    """R10."""
    if code != "right_required":
        doubtful.sign_on("9", "supervisor")
    assert doubtful.do(command) == code


def test_resolved_as_paid(doubtful):
    doubtful.sign_on("9", "supervisor")
    assert doubtful.do(Resolve(1, "paid", "journal du TPE", "ticket 12")) == [
        "PaymentResolved", "TenderBooked", *COMPLETED,
    ]  # fmt: skip
    assert doubtful.do(Resolve(1, "paid", "r", "e")) == "payment_not_unknown"


def test_resolved_as_not_paid_then_found_charged(doubtful):
    doubtful.sign_on("9", "supervisor")
    assert doubtful.do(Resolve(1, "not_paid", "journal du TPE", "vide")) == ["PaymentResolved"]
    assert status(doubtful) is TenderStatus.DECLINED
    assert payment.must_reverse(PaymentState.MANUAL_NOT_PAID)
    attempt_id = doubtful.sale.tender(1).attempt_id
    doubtful.record(payment.reversing(doubtful.state, attempt_id, "found charged", "0000000009"))
    assert doubtful.do(TenderCash(1000)) == "payment_pending"
    assert doubtful.record(payment.reversed_(doubtful.state, attempt_id)) == ["PaymentReversed"]
    assert "SaleCompleted" in doubtful.do(TenderCash(1000))


def test_a_payment_of_a_finished_sale_is_not_undone(paying):
    attempt_id = paying.attempt_id
    paying.approve(attempt_id, 1000)
    with pytest.raises(IllegalEvent):
        payment.reversing(paying.state, attempt_id, "r", "0000000009")


@pytest.mark.parametrize(
    ("recorded", "owed"),
    [(PaymentState.DECLINED, True), (PaymentState.NOT_SENT, True), (PaymentState.BOOKED, False),
     (PaymentState.UNKNOWN, False), (PaymentState.MANUAL_PAID, False)],
)  # fmt: skip
def test_what_is_owed_to_the_cardholder(recorded, owed):
    assert payment.must_reverse(recorded) is owed


@pytest.fixture
def reversing(paying):
    """A booked card payment of 6.00 of 10.00 that is being undone."""
    paying.approve(paying.attempt_id, 600)
    assert paying.do(RemoveTender(1)) == "tender_not_removable"
    attempt_id = paying.sale.tender(1).attempt_id
    paying.record(payment.reversing(paying.state, attempt_id, "client parti", "0000000009"))
    return paying


def test_a_booked_payment_is_reversed_never_dropped(reversing):
    """REC-09: the attempt comes back with all that its terminal needs."""
    attempt = reversing.state.attempts[reversing.attempt_id]
    assert (attempt.reference, attempt.terminal_id, attempt.amount_minor) == (
        "0000000001", "poi-1", 600,
    )  # fmt: skip
    assert reversing.record(payment.reversed_(reversing.state, reversing.attempt_id)) == [
        "PaymentReversed", "TenderRemoved",
    ]  # fmt: skip
    assert status(reversing) is TenderStatus.REVERSED
    assert reversing.sums.due_minor == 1000


def test_a_refused_reversal_keeps_the_tender(reversing):
    events = payment.reversal_failed(reversing.state, reversing.attempt_id, True, "refused")
    reversing.record(events)
    assert status(reversing) is TenderStatus.BOOKED
    assert not reversing.state.attempts


@pytest.mark.parametrize(
    ("outcome", "events", "after"),
    [
        ("paid", ["PaymentResolved"], TenderStatus.BOOKED),
        ("not_paid", ["PaymentResolved", "TenderRemoved"], TenderStatus.REVERSED),
    ],
)
def test_a_doubtful_reversal_is_resolved(reversing, outcome, events, after):
    failed = payment.reversal_failed(reversing.state, reversing.attempt_id, False, "timeout")
    reversing.record(failed)
    assert reversing.do(VoidLine(1)) == "payment_unknown"
    reversing.sign_on("9", "supervisor")
    assert reversing.do(Resolve(1, outcome, "journal", "ticket 12")) == events
    assert status(reversing) is after
    assert not reversing.state.attempts


def test_a_refund_is_paid_out_by_card(till):
    till.sell(1000, is_return=True, reason="défaut")
    till.do(TenderCard(-1000, "poi-1"))
    attempt_id = till.send()
    assert till.state.attempts[attempt_id].operation == "refund"
    assert "SaleCompleted" in till.approve(attempt_id, 1000)
    assert till.sale.tender(1).amount_minor == -1000


def test_moves_that_the_table_does_not_know(till):
    till.sell(1000)
    till.do(TenderCard(1000, "poi-1"))
    state, attempt_id = till.state, till.attempt_id
    with pytest.raises(IllegalEvent):  # R1: nothing is approved before it was sent
        till.approve(attempt_id, 1000)
    for illegal in (
        lambda: payment.unknown(state, attempt_id, "r", "e"),
        lambda: payment.acknowledge(state, attempt_id, till.policy),
        lambda: payment.reversed_(state, attempt_id),
        lambda: payment.reversing(state, attempt_id, "r", "1"),
        lambda: payment.reversing(state, "nobody", "r", "1"),
        lambda: payment.sending(state, "nobody", {}),
    ):
        with pytest.raises(IllegalEvent):
            illegal()
    till.send()
    with pytest.raises(IllegalEvent):  # R2: a money request is never sent again
        payment.sending(till.state, attempt_id, {})


@pytest.mark.parametrize(
    "event",
    [
        TenderBooked("3001-000001", 1, "card", 1000, "", "3001-000001-1"),
        TenderBooked("3001-000001", 9, "cash", 1000, "", ""),
        TenderBooked("3001-000009", 2, "cash", 1000, "", ""),
        PaymentApproved("3001-000001-1", 1001, True),
        PaymentApproved("3001-000001-9", 1, True),
        PaymentIntended("3001-000001", 2, "x", 2, "p", "payment", 1, "EUR", "2"),
    ],
)
def test_facts_that_do_not_fit_stop_the_fold(paying, event):
    with pytest.raises(IllegalEvent):
        paying.record((event,))
