"""What a status information proves about an attempt.

ZVT carries no reference of ours.  What ties an answer to an attempt is the dialogue it came in, or,
after a cut, its marks (receipt, trace, turnover number): they differ from the baseline, which was
read and stored before the request went out, and follow on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from drivers.payment.base import Outcome, Request, Result
from drivers.payment.judge import doubt, judge
from drivers.payment.transaction import APPROVED, CANCELLED, DECLINED, REVERSED, Transaction
from drivers.payment.zvt.slip import slip_of
from drivers.payment.zvt.status import StatusInformation
from drivers.payment.zvt.tables import ABORTED, ERRORS, OK

TERMINAL, SEEN = "terminal_id", "seen"
NOTHING, SOMETHING = "nothing", "transaction"
"""What 06 20 gave for the baseline."""
MARKS = ("receipt", "trace", "turnover")
MAX_TRACES_OF_A_FAILURE = 2
"""A payment that failed may have taken a trace number, and its automatic reversal another."""


def baseline_of(terminal_id: str, last: StatusInformation | None) -> Mapping[str, str]:
    """Return the marks to store before a request goes out."""
    if last is None:
        return {TERMINAL: terminal_id, SEEN: NOTHING}
    return {TERMINAL: terminal_id or last.terminal_id, SEEN: SOMETHING, **last.marks}


def judge_answer(request: Request, said: StatusInformation) -> Result:
    """Return what a status information in the request's own dialogue says (rule R3)."""
    if said.result is None:
        return doubt(request, "the terminal told no result")
    if not said.performed:
        return _judged(request, said, _negative(said))
    if said.original_trace:
        return doubt(request, "the terminal answered with a reversal")
    if request.baseline.get(SEEN) == SOMETHING and is_baseline(said, request.baseline):
        return doubt(request, "the terminal answered with its previous transaction")
    if not _same_terminal(said, request.baseline):
        return doubt(request, "another terminal answered")
    return _judged(request, said, APPROVED)


def judge_last(request: Request, terminal_id: str, last: StatusInformation | None) -> Result:
    """Return what the terminal's last transaction (06 20) says about an attempt (rule R9).

    The terminal was asked before, and is idle.
    """
    baseline = request.baseline
    if not baseline.get(SEEN):
        return doubt(request, "nothing was stored of the terminal before the request")
    if last is None:
        return doubt(request, "the terminal does not tell its last transaction")
    known = last.terminal_id or terminal_id
    if baseline.get(TERMINAL) and known and baseline[TERMINAL] != known:
        return doubt(request, f"terminal {baseline[TERMINAL]} was replaced by {known}")
    if baseline[SEEN] == NOTHING:
        return doubt(request, f"the terminal told nothing before, now receipt {last.receipt}")
    if is_baseline(last, baseline):
        return Result(
            Outcome.NOT_PROCESSED,
            request.ref,
            terminal_id=known,
            evidence="the terminal's last transaction is the one before",
        )
    if last.original_trace and last.performed:
        if _ahead(baseline.get("trace", ""), last.original_trace) != 1:
            return doubt(request, "the terminal reversed a transaction, maybe another one")
        return _judged(request, last, REVERSED)
    if not _follows(last, baseline):
        return doubt(request, "other transactions were made at the terminal since")
    if last.result is None:
        return doubt(request, "the terminal told no result")
    if not last.performed and last.amount_minor not in (None, request.amount_minor):
        return doubt(request, "the terminal's last transaction has another amount")
    return _judged(request, last, APPROVED if last.performed else _negative(last))


def judge_error(request: Request, code: int) -> Result:
    """Return what a negative end (06 1E) says: the terminal itself tells that nothing was paid."""
    outcome = Outcome.CANCELLED if code == ABORTED else Outcome.DECLINED
    return Result(outcome, request.ref, native_code=f"{code:02X}", native_text=ERRORS.get(code, ""))


def is_baseline(said: StatusInformation, baseline: Mapping[str, str]) -> bool:
    """Tell whether a transaction is the one that was the last before the request."""
    return all(said.marks[name] == baseline.get(name, "") for name in MARKS)


def transaction_id(terminal_id: str, said: StatusInformation) -> str:
    """Return TERMINAL/RECEIPT/TRACE, which ``receipt_of`` and ``trace_of`` take apart.

    The strokes keep the numbers from looking like one card number.
    """
    return f"{terminal_id or said.terminal_id}/{said.receipt}/{said.trace}" if said.marked else ""


def receipt_of(transaction: str) -> str:
    """Return the receipt number in a transaction id; empty when there is none."""
    parts = transaction.split("/")
    return parts[1] if len(parts) == 3 and parts[1].isdecimal() else ""


def trace_of(transaction: str) -> str:
    """Return the trace number in a transaction id; empty when there is none."""
    parts = transaction.split("/")
    return parts[2] if len(parts) == 3 else ""


def _negative(said: StatusInformation) -> str:
    return CANCELLED if said.result == ABORTED else DECLINED


def _judged(request: Request, said: StatusInformation, outcome: str) -> Result:
    """Compare amount and currency; a terminal that tells no currency has only its contract's."""
    terminal_id = said.terminal_id or request.baseline.get(TERMINAL, "")
    judged = judge(
        request,
        Transaction(
            ref=request.ref,
            op=request.op.value,
            amount=said.amount_minor or 0,
            currency=said.currency or request.currency,
            outcome=outcome,
            authorized=said.amount_minor or 0,
            transaction=transaction_id(terminal_id, said),
            approval=said.approval,
            terminal=terminal_id,
            brand=said.card_name,
            last4=said.last4,
            entry=said.entry,
            aid=said.aid,
            code=said.code,
            text=said.text or ("" if said.result == OK else ERRORS.get(said.result or 0, "")),
            slip=slip_of(request, said),
        ),
        approval_code=False,
    )
    return judged if judged.outcome is Outcome.APPROVED else replace(judged, slip=())


def _same_terminal(said: StatusInformation, baseline: Mapping[str, str]) -> bool:
    expected = baseline.get(TERMINAL, "")
    return not expected or not said.terminal_id or expected == said.terminal_id


def _follows(last: StatusInformation, baseline: Mapping[str, str]) -> bool:
    """Tell whether no other transaction can lie between: the next receipt, or the same again.

    A number may be used again (chapter 4), and not every failure takes one; a failure proves only
    what its trace number proves as well.
    """
    ahead = {name: _ahead(baseline.get(name, ""), last.marks[name]) for name in MARKS}
    near = next((ahead[name] for name in MARKS if ahead[name] is not None), None)
    if near is None or near > 1:
        return False
    return last.performed or (ahead["trace"] or 0) <= MAX_TRACES_OF_A_FAILURE


def _ahead(before: str, now: str) -> int | None:
    """Return how far a number has gone on; None when it cannot be told. Numbers begin anew."""
    if not before or not now or len(before) != len(now):
        return None
    gone = (int(now) - int(before)) % int("1" + len(now) * "0")
    return gone - 1 if int(now) < int(before) and gone > 1 else gone
