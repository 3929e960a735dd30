"""The bugs of the field, written again: each replaces the one place that keeps it out of ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.payment.base import AbortAnswer, Outcome, Result
from drivers.payment.concert import fixed, verdict
from drivers.payment.concert.channel import READ_BYTES, TcpChannel
from drivers.payment.concert.terminal import ConcertTerminal
from drivers.payment.nexo.driver import NexoTerminal
from drivers.payment.nexo.session import NexoSession
from drivers.payment.zvt.payment_run import PaymentRun
from drivers.payment.zvt.session import ZvtSession
from terminal.core import authority
from terminal.services.settlement import Settlement

PutBack = Callable[[pytest.MonkeyPatch], None]


def one_read(patch: pytest.MonkeyPatch) -> None:
    """Bug 1: what one read brings is taken for the whole answer."""

    def receive(channel, deadline):
        return (channel._transport.read(READ_BYTES, 1.0),)

    patch.setattr(TcpChannel, "receive", receive)


def timeout_is_a_failure(patch: pytest.MonkeyPatch) -> None:
    """Bug 2: nobody answered in time, so it failed, and may be tried again."""
    hear = ConcertTerminal._hear

    def impatient(terminal, request, deadline):
        result = hear(terminal, request, deadline)
        if result.outcome is not Outcome.IN_PROGRESS:
            return result
        terminal._pending = None
        return replace(result, outcome=Outcome.TIMED_OUT)

    patch.setattr(ConcertTerminal, "_hear", impatient)


def echoes_of_a_refusal(patch: pytest.MonkeyPatch) -> None:
    """Bug 3: everything sent must come back, of a refusal as well."""
    judge = verdict.judge_answer

    def strict(request, asked, said, profile):
        if any(said.get(tag) is None for tag in ("CA", "CB", "CD", "CE")):
            return Result(Outcome.UNKNOWN, request.ref)
        return judge(request, asked, said, profile)

    patch.setattr(verdict, "judge_answer", strict)


def forgets_what_runs(patch: pytest.MonkeyPatch) -> None:
    """Bug 4: the line was deleted here, so the terminal is believed to be free."""

    def forget(terminal):
        terminal._pending = None
        terminal._channel.finish()

    patch.setattr(ConcertTerminal, "_settle_earlier", forget)


def a_running_payment_locks_nothing(patch: pytest.MonkeyPatch) -> None:
    """Bug 5: the sale may be completed while its payment is with the terminal."""
    patch.setattr(authority, "lock", lambda _: None)


def waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Bug 6: without an answer the payment stays "waiting", and nobody can end it."""

    async def unwritten(_books, _attempt_id, _evidence):
        return ()

    patch.setattr(Settlement, "unknown", unwritten)


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Bug 7: an answer is gone with its first reader."""
    patch.setattr(ConcertTerminal, "_remember", lambda _, result: result)


def one_answer_only(patch: pytest.MonkeyPatch) -> None:
    """Bug 8: a second notification of the same payment crashes its handler."""
    judge = verdict.agreed

    def crashing(ref, answers, judge_one):
        (answer,) = answers
        return judge(ref, (answer,), judge_one)

    patch.setattr(verdict, "agreed", crashing)


def cancelled_here_alone(patch: pytest.MonkeyPatch) -> None:
    """Bug 9: a cancel ends the payment for the till, and the terminal never hears of it."""

    def hang_up(terminal, _timeout_s):
        terminal.close()
        return AbortAnswer.ACCEPTED

    patch.setattr(ConcertTerminal, "abort", hang_up)


def one_connection_for_all(patch: pytest.MonkeyPatch) -> None:
    """Bug 10: the connection is kept for the next payment, and may be deaf by then."""
    patch.setattr(ZvtSession, "leave", lambda _: None)


def not_heard_is_not_paid(patch: pytest.MonkeyPatch) -> None:
    """Bug 10: the terminal approved, nobody heard it, and nobody asks."""

    def closed(_session, request, _deadline, why):
        return Result(Outcome.NOT_PROCESSED, request.ref, evidence=why)

    patch.setattr(NexoSession, "enquire", closed)


def the_first_answer_counts(patch: pytest.MonkeyPatch) -> None:
    """Bug 11: it failed, and what is said nine seconds later is not listened to."""
    patch.setattr(verdict, "agreed", lambda _, answers, judge_one: judge_one(answers[0]))


def one_reference_for_all(patch: pytest.MonkeyPatch) -> None:
    """Bug 12: a new attempt goes out under the reference of the old one, which is burnt."""
    pay = NexoTerminal._pay

    def again(terminal, request, on_progress, deadline):
        terminal.burnt = getattr(terminal, "burnt", request.ref)
        return pay(terminal, replace(request, ref=terminal.burnt), on_progress, deadline)

    patch.setattr(NexoTerminal, "_pay", again)


def completed_is_paid(patch: pytest.MonkeyPatch) -> None:
    """Bug 13: the dialogue went well, so the payment did."""
    end = PaymentRun._end

    def ended(run, code):
        end(run, code)
        if code is None:
            run.result = Result(Outcome.APPROVED, run._request.ref)

    patch.setattr(PaymentRun, "_end", ended)


def stat_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Bug 14: an answer came, so the payment was accepted."""
    judge = fixed.judge_fixed
    patch.setattr(
        fixed,
        "judge_fixed",
        lambda request, till, said: judge(request, till, replace(said, status="0")),
    )


def performed_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Bug 15: AE=10 is believed, whatever AF says beside it."""
    judge = verdict.judge_answer

    def trusting(request, asked, said, profile):
        without = {tag: value for tag, value in said.items() if tag != "AF"}
        return judge(request, asked, without if said.get("AE") == "10" else said, profile)

    patch.setattr(verdict, "judge_answer", trusting)
