"""The bugs that tills had in the field, and where each is kept out of this one: the only list.

Each has a test of its name, and a mutant that puts it back; ``test_put_back.py`` proves that the
test then fails.  Other tests may name a bug as well, for other protocols.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.field_bugs import mutants
from tests.field_bugs.mutants import PutBack


@dataclass(frozen=True)
class Bug:
    number: int
    what: str
    seen: str
    """Where it was met."""
    test: str
    put_back: PutBack


CONCERT = "tests/drivers/test_concert_field_bugs.py::test_bug_"
NEXO = "tests/drivers/test_nexo_field_bugs.py::test_bug_"
ZVT = "tests/drivers/zvt/test_zvt_faults.py::test_field_bug_"
TILL = "tests/services/test_field_bugs.py::test_bug_"
OCA = "OCA l10n-france PR"

BUGS = (
    Bug(
        1, "one read, a split answer: paid was shown as an error", f"{OCA} 787, 797, 798",
        f"{CONCERT}1_one_read_is_not_one_answer[caisse-ap]", mutants.one_read,
    ),
    Bug(
        2, "a timeout shown as a failure, with a retry: charged twice",
        "OCA caisse_ap; stripe-terminal-android 470",
        f"{CONCERT}2_our_timeout_is_no_refusal_and_nothing_is_sent_again[caisse-ap]",
        mutants.timeout_is_a_failure,
    ),
    Bug(
        3, "the echo check broke on a refusal, which has no amount", f"{OCA} 669 to 672",
        f"{CONCERT}3_a_refusal_without_an_amount_is_a_refusal[True]", mutants.echoes_of_a_refusal,
    ),
    Bug(
        4, "the cashier deletes the line, the terminal still waits for the old amount",
        "OCA/pos PR 550",
        f"{CONCERT}4_a_terminal_that_still_waits_takes_no_other_amount[caisse-ap]",
        mutants.forgets_what_runs,
    ),
    Bug(
        5, "a sale validated while its payment was pending: ticket at 0, money taken",
        "odoo PR 122539",
        f"{TILL}5_no_sale_is_completed_while_the_terminal_is_at_work",
        mutants.a_running_payment_locks_nothing,
    ),
    Bug(
        6, "stuck in waiting for a terminal that says nothing more",
        "odoo PR 228406, 230969, 235244, 243263",
        f"{TILL}6_whoever_waits_for_a_terminal_gets_a_way_out[paid]", mutants.waits_for_ever,
    ),
    Bug(
        7, "the answer was deleted by its first reader, and lost with him", "odoo PR 79680",
        f"{CONCERT}7_an_answer_can_be_read_again[concert-e]", mutants.read_once,
    ),
    Bug(
        8, "a notification that comes twice crashes its handler", "odoo PR 269720",
        f"{CONCERT}8_an_answer_said_more_than_once_is_one_payment[2]", mutants.one_answer_only,
    ),
    Bug(
        9, "send and cancel in a hurry: the terminal asks for a payment nobody records",
        "odoo PR 128920, 129102",
        f"{CONCERT}9_send_and_cancel_in_a_hurry_leave_no_payment_unrecorded[caisse-ap]",
        mutants.cancelled_here_alone,
    ),
    Bug(
        10, "the terminal approves, the till never hears it: a shared, long-lived connection",
        "Portalum.Zvt 59",
        f"{ZVT}10_every_payment_has_a_connection_of_its_own[tcp]", mutants.one_connection_for_all,
    ),
    Bug(
        10, "the terminal approves, the till never hears it, and does not ask", "Portalum.Zvt 59",
        f"{NEXO}10_an_approval_nobody_heard_is_found_by_asking[nexo]",
        mutants.not_heard_is_not_paid,
    ),
    Bug(
        11, "first failed, nine seconds later paid, under one request", "VivaPayments/API 2373",
        f"{CONCERT}11_two_answers_that_contradict_one_another_are_unknown",
        mutants.the_first_answer_counts,
    ),
    Bug(
        12, "a reference burnt by a timeout can never be retried", "sumup url-scheme 2",
        f"{NEXO}12_a_reference_is_burnt_and_the_next_attempt_has_its_own[nexo]",
        mutants.one_reference_for_all,
    ),
    Bug(
        13, "a completion taken for an approval", "ecrterm 1.0.8",
        f"{ZVT}13_a_completion_is_no_approval", mutants.completed_is_paid,
    ),
    Bug(
        14, "STAT 7, not accepted, taken for accepted", "pypostelium 0.0.5",
        f"{CONCERT}14_not_accepted_is_declined", mutants.stat_is_not_looked_at,
    ),
    Bug(
        15, "AE=10 together with AF=09", "a terminal's emulator",
        f"{CONCERT}15_performed_and_refused_at_once_is_unknown[09]", mutants.performed_is_enough,
    ),
)  # fmt: skip
COUNT = 15
