"""Signing on, lock-out, notices, help, drawer, duplicates, languages."""

import pytest

from terminal.core import payment
from terminal.core.commands import (
    Acknowledge,
    CallHelp,
    ChooseLanguage,
    DismissHelp,
    NextCustomer,
    OpenDrawer,
    PrintSlip,
    RejectSignOn,
    Reprint,
    SignOff,
    SignOn,
    TenderCard,
    TenderCash,
)
from terminal.core.errors import IllegalEvent
from terminal.core.events import (
    NoticeRaised,
    OperatorSignedOff,
    PaymentsReconciled,
    PrintJobAdvanced,
    PrintJobQueued,
)
from terminal.core.limits import MAX_LOCKOUT_MS, MAX_SLIPS, MAX_WATCHED_OPERATORS
from terminal.core.policy import Moment, Policy
from terminal.core.till import locked_for_ms


def test_signing_on_replaces_whoever_was(till):
    assert till.do(SignOn("1", "Elisabeth", "cashier")) == []
    assert till.do(SignOn("9", "Sylvie", "supervisor")) == ["OperatorSignedOff", "OperatorSignedOn"]
    assert till.do(SignOff()) == ["OperatorSignedOff"]
    assert till.do(SignOff()) == "not_signed_on"


@pytest.mark.parametrize(
    "command", [SignOn("", "x", "cashier"), SignOn("1\n", "x", "cashier"), RejectSignOn("x" * 21)]
)
def test_operator_ids_are_short_and_clean(till, command):
    assert till.do(command) == "bad_request"


def test_wrong_pins_lock_for_longer_and_longer(till):
    for _ in range(5):
        assert locked_for_ms(till.state, "9", till.moment) == 0
        assert till.do(RejectSignOn("9")) == ["SignOnFailed"]
    assert 0 < locked_for_ms(till.state, "9", till.moment) <= 60_000
    assert till.do(SignOn("9", "S", "supervisor")) == "operator_locked"
    assert till.do(RejectSignOn("9")) == "operator_locked"
    assert locked_for_ms(till.state, "1", till.moment) == 0
    till.at_ms += 60_000
    assert till.do(RejectSignOn("9")) == ["SignOnFailed"]
    assert 60_000 < locked_for_ms(till.state, "9", till.moment) <= 120_000
    till.at_ms += 120_000
    assert till.do(SignOn("9", "S", "supervisor"))[-1] == "OperatorSignedOn"
    assert "9" not in till.state.failed_sign_ons


def test_a_clock_set_back_does_not_shorten_the_wait(till):
    for _ in range(5):
        till.do(RejectSignOn("9"))
    assert locked_for_ms(till.state, "9", Moment(0, "2026-01-01")) == 60_000


def test_the_wait_has_an_end(till):
    for _ in range(60):
        till.do(RejectSignOn("9"))
        till.at_ms += MAX_LOCKOUT_MS
    wait = locked_for_ms(till.state, "9", Moment(till.state.last_at_ms, "2026-01-01"))
    assert 0 < wait <= MAX_LOCKOUT_MS


def test_only_so_many_operators_are_watched(till):
    for n in range(MAX_WATCHED_OPERATORS + 5):
        till.do(RejectSignOn(f"x{n}"))
    assert len(till.state.failed_sign_ons) == MAX_WATCHED_OPERATORS
    assert "x0" not in till.state.failed_sign_ons


def test_a_notice_is_read_by_somebody(till):
    """REC-08."""
    till.record((NoticeRaised(1, "payment_unknown", {"amount": 1000}),))
    assert till.do(Acknowledge(7)) == "no_such_notice"
    till.do(SignOff())
    assert till.do(Acknowledge(1)) == "not_signed_on"
    till.sign_on()
    assert till.do(Acknowledge(1)) == ["NoticeAcknowledged"]
    assert till.do(Acknowledge(1)) == "no_such_notice"


def test_help_is_called_by_anybody_and_answered_by_staff(kiosk):
    assert kiosk.do(CallHelp("")) == "reason_required"
    assert kiosk.do(CallHelp("age")) == ["HelpCalled"]
    assert kiosk.do(CallHelp("age")) == []
    assert kiosk.do(DismissHelp()) == "not_signed_on"
    kiosk.sign_on()
    assert kiosk.do(DismissHelp()) == ["HelpDismissed"]
    assert kiosk.do(DismissHelp()) == []


def test_the_drawer_opens_by_right_and_reason(till, new_terminal):
    assert till.do(OpenDrawer("")) == "reason_required"
    assert till.do(OpenDrawer("monnaie")) == ["DrawerOpened"]
    assert new_terminal().do(OpenDrawer("monnaie")) == "not_signed_on"
    nobody = new_terminal(Policy(rights={}))
    nobody.sign_on()
    assert nobody.do(OpenDrawer("monnaie")) == "right_required"


def test_a_duplicate_is_counted(till):
    """RCP-17."""
    till.sell(100)
    till.do(TenderCash(100))
    number = till.sale.receipt_number
    assert till.do(Reprint(number, till.sale.sale_id, 2, "nl")) == ["PrintJobQueued"]
    job = till.records[-1][0]
    assert isinstance(job, PrintJobQueued)
    assert (job.kind, job.copy, job.language) == ("duplicate", 3, "nl")
    assert till.do(Reprint("96385074", "x", 0, "")) == "no_such_receipt"
    assert till.do(Reprint(number, "x", 0, "tlh")) == "bad_request"


def test_a_slip_is_printed_again_only_for_a_doubt_and_not_for_ever(kiosk):
    """The shopper may press as long as he likes."""
    kiosk.sell(1000)
    assert kiosk.do(PrintSlip(0)) == "payment_not_unknown"
    kiosk.do(TenderCard(1000, "poi"))
    attempt_id = kiosk.send()
    assert kiosk.do(PrintSlip(0)) == "payment_not_unknown"
    kiosk.record(payment.unknown(kiosk.state, attempt_id, "no_answer", ""))
    assert kiosk.do(PrintSlip(-1)) == "bad_request"
    assert kiosk.do(PrintSlip(MAX_SLIPS)) == "too_many_slips"
    assert kiosk.do(PrintSlip(1)) == ["PrintJobQueued"]
    job = kiosk.records[-1][0]
    assert isinstance(job, PrintJobQueued)
    assert (job.kind, job.copy, job.receipt_number) == ("interruption", 1, "")
    assert kiosk.do(PrintSlip(2)) == []


def test_nothing_is_reconciled_while_a_payment_is_not_final(till):
    """Rule R11: it would stand in one day here and in another there."""
    day = PaymentsReconciled("poi", 0, 0, 0, 0, 0)
    till.sell(1000)
    till.do(TenderCard(1000, "poi"))
    with pytest.raises(IllegalEvent):
        till.record((day,))
    till.approve(till.send(), 1000)
    till.record((day,))
    assert till.state.last_reconciled == till.state.last_attempt == 1


def test_a_shopper_reprints_nothing(kiosk):
    assert kiosk.do(Reprint("820000000000004514", "x", 0, "")) == "right_required"


def test_waiting_jobs_bound_duplicates_only(till):
    for n in range(200):
        till.record((PrintJobQueued(n + 1, "receipt", "s", "96385074", 0, "fr"),))
    assert till.do(Reprint("820000000000004514", "s", 0, "")) == "device_failed"
    till.sell(100)
    assert till.do(TenderCash(100))[-1] == "PrintJobQueued"


@pytest.mark.parametrize("language", ["fr", "en", "nl", "de"])
def test_four_languages(kiosk, language):
    assert kiosk.do(ChooseLanguage(language)) == ([] if language == "fr" else ["LanguageChosen"])
    assert kiosk.do(ChooseLanguage("it")) == "bad_request"


def test_a_kiosk_greets_the_next_customer_in_its_own_language(kiosk):
    kiosk.do(ChooseLanguage("nl"))
    kiosk.sell(100)
    assert kiosk.sale.language == "nl"
    kiosk.do(TenderCash(100))
    assert kiosk.do(NextCustomer()) == ["SaleLeft", "LanguageChosen"]
    assert kiosk.state.language == "fr"


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (["sending", "begun", "printed", "cut", "done"], 0),
        (["sending", "wait_paper", "sending", "begun", "wait_device", "unconfirmed"], 0),
        (["cancelled"], 0),
        (["sending", "sending"], 1),
        (["sending", "begun", "ambiguous"], 1),
    ],
)
def test_a_print_job_moves_by_its_table(till, path, left):
    till.record((PrintJobQueued(1, "receipt", "s", "n", 0, "fr"),))
    for state in path:
        till.record((PrintJobAdvanced(1, state, 1, ""),))
    assert len(till.state.print_jobs) == left


def test_signing_off_names_who_was_on(till):
    till.do(SignOff())
    event = till.records[-1][0]
    assert event == OperatorSignedOff("1")
